internal import CRdKafka

/// Records that are handed to librdkafka together: their keys and values one behind the other, in memory that librdkafka
/// reads until it has reported the last of them.
package struct KafkaRecordBlock: ~Copyable {
  private static let mostRecords = 256

  private let capacity: Int
  private let memory: UnsafeMutableRawBufferPointer
  /// Bytes so far.
  private var length = 0
  /// Records so far.
  private var count = 0
  private let messages: UnsafeMutablePointer<rd_kafka_message_t>
  private let topics: UnsafeMutablePointer<Int32>

  /// With room for one record of so many bytes, and for some more. No more than `records` will come.
  package init(for size: Int = 0, records: Int = .max) {
    capacity = min(KafkaRecordBlock.mostRecords, max(1, records))
    memory = .allocate(byteCount: max(65_536, size), alignment: 8)
    messages = .allocate(capacity: capacity)
    topics = .allocate(capacity: capacity)
  }

  deinit {
    memory.deallocate()
    messages.deallocate()
    topics.deallocate()
  }

  /// Whether one record more, of so many bytes, has its place here.
  package func hasRoom(for size: Int) -> Bool { count < capacity && memory.count - length >= size }

  /// Where the next record is to be written: its key, and its value behind it.
  package var spare: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: memory[length...]) }

  /// Makes a record of what was written: a key of so many bytes, and a value up to the end. `place` is the one in the
  /// shipment, `topic` the one in the producer's list.
  package mutating func add(
    _ place: Int, of shipment: KafkaProducer.Shipment, topic: Int, _ keyLength: Int, _ end: Int
  ) {
    let slot = shipment.slots + place
    let start = memory.baseAddress.map { $0 + length }
    slot.pointee.topic = Int32(truncatingIfNeeded: topic)
    topics[count] = slot.pointee.topic
    var message = rd_kafka_message_t()
    message.key = start
    message.key_len = keyLength
    message.payload = start.map { $0 + keyLength }
    message.len = end - keyLength
    message._private = UnsafeMutableRawPointer(slot)
    (messages + count).initialize(to: message)
    length += end
    count += 1
  }

  /// Lends out the messages, those that go to one topic together, in order.
  borrowing func forEachTopic(_ body: (_ topic: Int, UnsafeMutableBufferPointer<rd_kafka_message_t>) -> Void) {
    var first = 0
    for number in 0..<count where number + 1 == count || topics[number + 1] != topics[number] {
      body(Int(topics[number]), UnsafeMutableBufferPointer(start: messages + first, count: number + 1 - first))
      first = number + 1
    }
  }
}
