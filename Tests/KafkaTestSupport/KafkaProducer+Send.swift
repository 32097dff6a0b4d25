package import ArbdKafka

extension KafkaProducer {
  /// Sends texts to one topic, and waits.
  package func send(_ records: [(key: String, value: String)], topic: Int = 0) -> [KafkaError?] {
    let shipment = Shipment(records.count)
    for (place, record) in records.enumerated() {
      Array(record.key.utf8).withUnsafeBytes { key in
        Array(record.value.utf8).withUnsafeBytes { value in
          produce(shipment, place: place, topic: topic, key: key, value: value)
        }
      }
    }
    return finish(shipment) ?? Array(repeating: nil, count: records.count)
  }
}
