package import ArbdKafka

extension KafkaProducer {
  /// Sends texts to one topic, and waits.
  package func send(_ records: [(key: String, value: String)], topic: Int = 0) -> [KafkaError?] {
    let shipment = begin(records, topic: topic)
    return finish(shipment) ?? Array(repeating: nil, count: records.count)
  }

  /// Sends texts to one topic.
  package func begin(_ records: [(key: String, value: String)], topic: Int = 0) -> Shipment {
    let shipment = Shipment(records.count)
    var block = KafkaRecordBlock()
    for (place, record) in records.enumerated() {
      let bytes = Array(record.key.utf8) + Array(record.value.utf8)
      if !block.hasRoom(for: bytes.count) {
        produce(block, shipment)
        block = KafkaRecordBlock(for: bytes.count)
      }
      block.spare.copyBytes(from: bytes)
      block.add(place, of: shipment, topic: topic, record.key.utf8.count, bytes.count)
    }
    produce(block, shipment)
    return shipment
  }
}
