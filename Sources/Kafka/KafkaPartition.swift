internal import CRdKafka

/// A partition of a topic.
package struct KafkaPartition: Sendable, Hashable, CustomStringConvertible {
  package let topic: String
  package let number: Int32

  package init(topic: String, number: Int32) {
    self.topic = topic
    self.number = number
  }

  package var description: String { "\(topic)[\(number)]" }
}

/// A place in a partition that a group has committed, and what it keeps with it.
package struct KafkaPosition: Sendable, Equatable {
  package let partition: KafkaPartition
  /// Of the record to read next; nil where nothing was committed.
  package var offset: Int64?
  package var metadata: [UInt8]

  package init(partition: KafkaPartition, offset: Int64?, metadata: [UInt8] = []) {
    self.partition = partition
    self.offset = offset
    self.metadata = metadata
  }
}

/// librdkafka's list of partitions, and its one owner.
struct KafkaPartitionList: ~Copyable {
  let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

  init(_ positions: [KafkaPosition]) {
    pointer = rd_kafka_topic_partition_list_new(Int32(positions.count))
    for position in positions {
      guard let item = rd_kafka_topic_partition_list_add(pointer, position.partition.topic, position.partition.number)
      else { continue }
      item.pointee.offset = position.offset ?? arbd_kafka_invalid_offset()
      guard !position.metadata.isEmpty else { continue }
      _ = position.metadata.withUnsafeBytes { arbd_kafka_set_metadata(item, $0.baseAddress, $0.count) }
    }
  }

  deinit { rd_kafka_topic_partition_list_destroy(pointer) }

  var positions: [KafkaPosition] { KafkaPartitionList.positions(in: pointer) }

  /// The first error of a single partition.
  var fault: KafkaError? { KafkaPartitionList.fault(in: pointer) }

  static func fault(in list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> KafkaError? {
    for place in 0..<list.pointee.cnt {
      guard let item = arbd_kafka_partition_at(list, place) else { continue }
      guard item.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else { return KafkaError(item.pointee.err) }
    }
    return nil
  }

  static func positions(in list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> [KafkaPosition] {
    (0..<list.pointee.cnt).compactMap { place in
      guard let item = arbd_kafka_partition_at(list, place) else { return nil }
      let metadata = item.pointee.metadata.map { UnsafeRawBufferPointer(start: $0, count: item.pointee.metadata_size) }
      return KafkaPosition(
        partition: KafkaPartition(topic: String(cString: item.pointee.topic), number: item.pointee.partition),
        offset: item.pointee.offset >= 0 ? item.pointee.offset : nil, metadata: metadata.map { Array($0) } ?? [])
    }
  }
}
