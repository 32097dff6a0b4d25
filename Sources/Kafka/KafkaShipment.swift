internal import CRdKafka
internal import Dispatch
internal import Synchronization

extension KafkaProducer {
  /// Records that are sent together, and what became of each.
  ///
  /// The reports of librdkafka point into it, and so it lives until the last of them is here. Unchecked: a slot is written
  /// before its answer is counted, and read once all are.
  package final class Shipment: @unchecked Sendable {
    struct Slot {
      unowned(unsafe) let shipment: Shipment
      var answer = RD_KAFKA_RESP_ERR_NO_ERROR
      /// Its place in the producer's list.
      var topic: Int32 = 0
    }

    /// Each has to be produced.
    package let count: Int
    let slots: UnsafeMutablePointer<Slot>
    private let due: Atomic<Int>
    /// What librdkafka reads of it.
    private var blocks: [Held] = []
    private let isComplete = DispatchSemaphore(value: 0)

    package init(_ count: Int) {
      self.count = count
      due = Atomic(count)
      slots = .allocate(capacity: max(1, count))
      for place in 0..<count { (slots + place).initialize(to: Slot(shipment: self)) }
      if count > 0 { _ = Unmanaged.passRetained(self) } else { isComplete.signal() }
    }

    deinit { slots.deallocate() }

    private final class Held {
      let block: KafkaRecordBlock

      init(_ block: consuming KafkaRecordBlock) { self.block = block }
    }

    /// Keeps the block until the last answer is here, and lends it out.
    func keep(_ block: consuming KafkaRecordBlock, _ body: (borrowing KafkaRecordBlock) -> Void) {
      let held = Held(block)
      blocks.append(held)
      body(held.block)
    }

    /// So many answers more are in their slots.
    func arrived(_ answers: Int) {
      guard answers > 0 else { return }
      guard due.subtract(answers, ordering: .acquiringAndReleasing).newValue == 0 else { return }
      isComplete.signal()
      Unmanaged.passUnretained(self).release()
    }

    /// Returns once every answer is here. To be called once.
    func wait() { isComplete.wait() }

    /// Whether all are acknowledged, as far as is known.
    var isAcknowledged: Bool { (0..<count).allSatisfy { slots[$0].answer == RD_KAFKA_RESP_ERR_NO_ERROR } }
  }
}

extension KafkaProducer.Shipment {
  /// Takes the answers that a report of librdkafka brings.
  static func take(_ report: OpaquePointer) {
    // Most of a report is about one shipment.
    var shipment: KafkaProducer.Shipment?
    var answers = 0
    while let message = rd_kafka_event_message_next(report) {
      guard let slot = message.pointee._private?.assumingMemoryBound(to: Slot.self) else { continue }
      slot.pointee.answer = message.pointee.err
      if slot.pointee.shipment !== shipment {
        shipment?.arrived(answers)
        shipment = slot.pointee.shipment
        answers = 0
      }
      answers += 1
    }
    shipment?.arrived(answers)
  }
}
