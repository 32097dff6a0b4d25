package import ArbdKafka

extension KafkaProducer {
  /// Sends texts to one topic, and waits.
  package func send(_ records: [(key: String, value: String)], topic: Int = 0) -> [KafkaError?] {
    let shipment = Shipment(records.count)
    for (place, record) in records.enumerated() {
      produce(shipment, place: place, topic: topic, key: Array(record.key.utf8), value: Array(record.value.utf8))
    }
    return finish(shipment)
  }
}
