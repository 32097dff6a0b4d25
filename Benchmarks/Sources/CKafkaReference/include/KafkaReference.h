#ifndef ARBD_KAFKA_REFERENCE_H
#define ARBD_KAFKA_REFERENCE_H

#include <stddef.h>

/// A mock cluster of librdkafka with one broker; NULL when it cannot be made. `bootstrap` is its address.
typedef struct ReferenceCluster ReferenceCluster;
ReferenceCluster *reference_cluster_new(const char *topic, int partitions);
const char *reference_cluster_bootstrap(const ReferenceCluster *cluster);
void reference_cluster_free(ReferenceCluster *cluster);

/// Sends `count` records, each one of `kinds` values by turns, as a plain program on librdkafka does: produce, poll, flush.
/// The settings are names and values by turns, ended by NULL. Gives seconds from the first record to the last
/// acknowledgement; below 0 when a record was not acknowledged.
double reference_produce(const char *const *settings, const char *topic, const char *key, const char *const *values,
                         const size_t *lengths, int kinds, int count);

#endif
