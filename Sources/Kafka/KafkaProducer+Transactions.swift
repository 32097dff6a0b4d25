internal import CRdKafka

/// Transactions of a producer that has a `transactional.id`. All calls block, and give what went wrong; nil when nothing
/// did.
extension KafkaProducer {
  /// Before the first transaction: shuts out whoever has the same id, and undoes what that left open.
  package func beginTransactions(within timeout: Duration) -> KafkaError? {
    KafkaError(owned: rd_kafka_init_transactions(handle, KafkaProducer.milliseconds(timeout)), while: "taking the id")
  }

  package func beginTransaction() -> KafkaError? {
    KafkaError(owned: rd_kafka_begin_transaction(handle), while: "beginning")
  }

  /// The place becomes the group's when the transaction is committed.
  package func send(_ place: KafkaPlace, within timeout: Duration) -> KafkaError? {
    let list = KafkaPartitionList(place.positions)
    return KafkaError(
      owned: rd_kafka_send_offsets_to_transaction(
        handle, list.pointer, place.group.pointer, KafkaProducer.milliseconds(timeout)), while: "sending offsets")
  }

  /// Waits for at most what is left of the transaction's time, as librdkafka recommends. After a retriable error it goes on
  /// in the background: call it again.
  package func commitTransaction() -> KafkaError? {
    KafkaError(owned: rd_kafka_commit_transaction(handle, -1), while: "committing")
  }

  package func abortTransaction() -> KafkaError? {
    KafkaError(owned: rd_kafka_abort_transaction(handle, -1), while: "aborting")
  }

  private static func milliseconds(_ time: Duration) -> Int32 { Int32(clamping: Int64(time / .milliseconds(1))) }
}
