package import ArbdFramework
internal import CRdKafka

/// What a consumer knows of its group at a moment: a broker takes offsets for the group from nobody who is not of it any
/// more.
package final class KafkaGroup: @unchecked Sendable {
  /// Never changes.
  let pointer: OpaquePointer

  init(owning pointer: OpaquePointer) { self.pointer = pointer }

  deinit { rd_kafka_consumer_group_metadata_destroy(pointer) }
}

/// Where a group is to go on reading, for a transaction.
package struct KafkaPlace: SourcePlace {
  package let group: KafkaGroup
  package let positions: [KafkaPosition]

  package init(group: KafkaGroup, positions: [KafkaPosition]) {
    self.group = group
    self.positions = positions
  }
}

extension TransactionScope {
  /// A transaction is within a cluster, which is known by the brokers that clients begin with.
  package static func kafka(_ brokers: String, option: String = "", obstacle: String? = nil) -> TransactionScope {
    let names = Set(brokers.split(separator: ",").map { $0.filter { !$0.isWhitespace } }).sorted()
    return TransactionScope(name: "Kafka at \(names.joined(separator: ","))", option: option, obstacle: obstacle)
  }
}
