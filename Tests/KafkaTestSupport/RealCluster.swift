import CRdKafka
import Foundation

/// A cluster of real brokers, where the environment names one: for what the mock cannot show.
public final class RealCluster: Sendable {
  /// `localhost:9092,…`
  public static let brokers = ProcessInfo.processInfo.environment["ARBD_KAFKA_BROKERS"]
  public static var isNamed: Bool { brokers != nil }
  public static let reason = "skipped: needs a broker"

  public let bootstrap: String

  public init?() {
    guard let brokers = RealCluster.brokers else { return nil }
    bootstrap = brokers
  }

  /// Makes a topic, on as many brokers as there are up to three; false when that is refused. `settings`: names and values.
  public func create(_ topic: String, partitions: Int32, settings: [String: String] = [:]) -> Bool {
    let conf = rd_kafka_conf_new()
    rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, nil, 0)
    guard let handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nil, 0) else { return false }
    defer { rd_kafka_destroy(handle) }
    var metadata: UnsafePointer<rd_kafka_metadata>?
    guard rd_kafka_metadata(handle, 1, nil, &metadata, 15_000) == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata else {
      return false
    }
    let replicas = min(3, metadata.pointee.broker_cnt)
    rd_kafka_metadata_destroy(metadata)
    guard let queue = rd_kafka_queue_new(handle),
      let wanted = rd_kafka_NewTopic_new(topic, partitions, replicas, nil, 0)
    else { return false }
    defer {
      rd_kafka_NewTopic_destroy(wanted)
      rd_kafka_queue_destroy(queue)
    }
    for (name, value) in settings { rd_kafka_NewTopic_set_config(wanted, name, value) }
    var topics: [OpaquePointer?] = [wanted]
    rd_kafka_CreateTopics(handle, &topics, 1, nil, queue)
    guard let event = rd_kafka_queue_poll(queue, 30_000) else { return false }
    defer { rd_kafka_event_destroy(event) }
    guard rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR,
      let result = rd_kafka_event_CreateTopics_result(event)
    else { return false }
    var count = 0
    guard let results = rd_kafka_CreateTopics_result_topics(result, &count), count == 1, let first = results[0] else {
      return false
    }
    return rd_kafka_topic_result_error(first) == RD_KAFKA_RESP_ERR_NO_ERROR
  }
}
