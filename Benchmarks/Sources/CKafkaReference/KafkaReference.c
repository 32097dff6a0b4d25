#include "KafkaReference.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct ReferenceCluster {
  rd_kafka_t *handle;
  rd_kafka_mock_cluster_t *cluster;
};

ReferenceCluster *reference_cluster_new(const char *topic, int partitions) {
  ReferenceCluster *made = malloc(sizeof *made);
  char text[512];
  made->handle = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), text, sizeof text);
  made->cluster = made->handle ? rd_kafka_mock_cluster_new(made->handle, 1) : NULL;
  if (!made->cluster) return NULL;
  rd_kafka_mock_topic_create(made->cluster, topic, partitions, 1);
  return made;
}

const char *reference_cluster_bootstrap(const ReferenceCluster *cluster) {
  return rd_kafka_mock_cluster_bootstraps(cluster->cluster);
}

void reference_cluster_free(ReferenceCluster *cluster) {
  rd_kafka_mock_cluster_destroy(cluster->cluster);
  rd_kafka_destroy(cluster->handle);
  free(cluster);
}

static void delivered(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque) {
  (void)handle;
  if (!message->err) ++*(int *)opaque;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

double reference_produce(const char *const *settings, const char *topic, const char *key, const char *const *values,
                         const size_t *lengths, int kinds, int count) {
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  int acknowledged = 0;
  for (; *settings; settings += 2) {
    if (rd_kafka_conf_set(conf, settings[0], settings[1], NULL, 0) != RD_KAFKA_CONF_OK) return -1;
  }
  rd_kafka_conf_set_opaque(conf, &acknowledged);
  rd_kafka_conf_set_dr_msg_cb(conf, delivered);
  rd_kafka_t *handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, NULL, 0);
  if (!handle) return -1;
  rd_kafka_topic_t *target = rd_kafka_topic_new(handle, topic, NULL);
  const struct rd_kafka_metadata *metadata = NULL;
  if (rd_kafka_metadata(handle, 0, target, &metadata, 10000) == RD_KAFKA_RESP_ERR_NO_ERROR)
    rd_kafka_metadata_destroy(metadata);

  double start = now();
  for (int place = 0; place < count; ++place) {
    int kind = place % kinds;
    while (rd_kafka_produce(target, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, (void *)values[kind], lengths[kind], key,
                            strlen(key), NULL) != 0)
      rd_kafka_poll(handle, 1);
    if (place % 64 == 0) rd_kafka_poll(handle, 0);
  }
  rd_kafka_flush(handle, 60000);
  double seconds = now() - start;
  rd_kafka_topic_destroy(target);
  rd_kafka_destroy(handle);
  return acknowledged == count ? seconds : -1;
}
