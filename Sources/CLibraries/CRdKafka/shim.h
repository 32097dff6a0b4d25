#ifndef ARBD_CRDKAFKA_SHIM_H
#define ARBD_CRDKAFKA_SHIM_H

#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>
// The cluster in the process that tests run on; nothing of it is called outside of them.
#include <librdkafka/rdkafka_mock.h>

// Macros with a cast, which Swift does not see.
static inline int32_t arbd_kafka_unassigned_partition(void) { return RD_KAFKA_PARTITION_UA; }
static inline int64_t arbd_kafka_invalid_offset(void) { return RD_KAFKA_OFFSET_INVALID; }

// Lists of partitions are C arrays behind a pointer and a count; elements are given out by place, checked.
static inline rd_kafka_topic_partition_t *arbd_kafka_partition_at(rd_kafka_topic_partition_list_t *list, int place) {
  return place >= 0 && place < list->cnt ? &list->elems[place] : NULL;
}

// Metadata of a partition belongs to librdkafka's allocator: it frees with free() what it is given.
static inline int arbd_kafka_set_metadata(rd_kafka_topic_partition_t *partition, const void *bytes, size_t count) {
  void *copy = malloc(count ? count : 1);
  if (!copy) return 0;
  memcpy(copy, bytes, count);
  free(partition->metadata);
  partition->metadata = copy;
  partition->metadata_size = count;
  return 1;
}

#endif
