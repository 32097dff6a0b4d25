import CRdKafka

/// Reads what is in a topic, all partitions, without a group. Its own code, so that a test does not trust what it tests.
public final class TopicReader: @unchecked Sendable {
  public struct Record: Sendable, Equatable {
    public let partition: Int32
    public let offset: Int64
    public let key: String
    public let value: String
  }

  private let handle: OpaquePointer

  public init?(_ brokers: String, _ topic: String, partitions: Int32 = 4) {
    let settings = rd_kafka_conf_new()
    rd_kafka_conf_set_log_cb(settings) { _, _, _, _ in }
    for (name, value) in [
      ("bootstrap.servers", brokers), ("group.id", "reader"), ("auto.offset.reset", "earliest"),
      ("isolation.level", "read_committed"), ("enable.auto.commit", "false"),
    ] {
      guard rd_kafka_conf_set(settings, name, value, nil, 0) == RD_KAFKA_CONF_OK else { return nil }
    }
    guard let handle = rd_kafka_new(RD_KAFKA_CONSUMER, settings, nil, 0) else { return nil }
    self.handle = handle
    rd_kafka_poll_set_consumer(handle)
    let list = rd_kafka_topic_partition_list_new(partitions)
    for partition in 0..<partitions {
      rd_kafka_topic_partition_list_add(list, topic, partition)?.pointee.offset = 0
    }
    rd_kafka_assign(handle, list)
    rd_kafka_topic_partition_list_destroy(list)
  }

  deinit {
    rd_kafka_consumer_close(handle)
    rd_kafka_destroy(handle)
  }

  /// So many records, fewer when nothing comes for `seconds`.
  public func read(_ count: Int, seconds: Int32 = 5) -> [Record] {
    var records: [Record] = []
    var deadline = ContinuousClock.now + .seconds(Int(seconds))
    while records.count < count, ContinuousClock.now < deadline {
      // A poll also returns, with nothing, at the end of each transaction.
      guard let message = rd_kafka_consumer_poll(handle, 200) else { continue }
      defer { rd_kafka_message_destroy(message) }
      guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
      deadline = ContinuousClock.now + .seconds(Int(seconds))
      func text(_ start: UnsafeMutableRawPointer?, _ count: Int) -> String {
        String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
      }
      records.append(
        Record(
          partition: message.pointee.partition, offset: message.pointee.offset,
          key: text(message.pointee.key, message.pointee.key_len),
          value: text(message.pointee.payload, message.pointee.len)))
    }
    return records
  }
}
