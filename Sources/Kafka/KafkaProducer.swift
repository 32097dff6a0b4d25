internal import CRdKafka
internal import Foundation
package import Logging
internal import Synchronization

/// Records that are sent together: their bytes, and where each begins.
package struct KafkaBatch: Sendable {
  struct Entry: Sendable {
    let topic: Int
    let key: Range<Int>
    let value: Range<Int>
  }

  fileprivate(set) var bytes: [UInt8] = []
  fileprivate(set) var entries: [Entry] = []

  package init() {}

  package var count: Int { entries.count }

  /// Adds a record: `key` and `value` append their bytes. `topic` is a place in the producer's list.
  package mutating func append(topic: Int, key: (inout [UInt8]) -> Void, value: (inout [UInt8]) -> Void) {
    let start = bytes.count
    key(&bytes)
    let middle = bytes.count
    value(&bytes)
    entries.append(Entry(topic: topic, key: start..<middle, value: middle..<bytes.count))
  }
}

/// Sends records and waits until brokers have answered for each.
///
/// A thread of its own polls the client: it blocks in librdkafka until there is something to call back. One call of `send`
/// at a time.
package final class KafkaProducer: Sendable {
  private let client: KafkaClient
  private let events: KafkaEvents
  private let topics: Topics
  private let poller: KafkaPoller

  package init(_ configuration: KafkaConfiguration, topics names: [String], logger: Logger) throws(KafkaError) {
    events = KafkaEvents(configuration, logger)
    client = try KafkaClient(configuration, events)
    topics = try Topics(names, of: client)
    poller = KafkaPoller(client)
    poller.start()
  }

  deinit {
    // What still waits is given up, so that nothing is left to wait for.
    rd_kafka_purge(client.handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
    poller.stop()
  }

  package var statistics: KafkaStatistics { events.statistics }
  /// The newest fault of a connection since all was well.
  package var lastFault: String? { events.lastFault }
  package var fatalError: KafkaError? { client.fatalError }

  package func checkConnection(within timeout: Duration) throws(KafkaError) {
    try client.checkConnection(within: timeout)
    events.forgetFault()
  }

  /// Returns once every record has its answer: nil where the broker has acknowledged it. A full queue is waited for.
  ///
  /// The records' memory is lent to librdkafka for as long as this takes; nothing is copied.
  package func send(_ batch: KafkaBatch) -> [KafkaError?] {
    var answers = [rd_kafka_resp_err_t](repeating: RD_KAFKA_RESP_ERR__IN_PROGRESS, count: batch.count)
    let reports = events.deliveries
    batch.bytes.withUnsafeBytes { bytes in
      answers.withUnsafeMutableBufferPointer { answers in
        for (place, entry) in batch.entries.enumerated() {
          if let refusal = produce(entry, bytes, answers, place) { answers[place] = refusal }
        }
        reports.waitForAll()
      }
    }
    if answers.allSatisfy({ $0 == RD_KAFKA_RESP_ERR_NO_ERROR }) {
      events.forgetFault()
      return [KafkaError?](repeating: nil, count: batch.count)
    }
    let fatal = client.fatalError
    var topicErrors: [Int: KafkaError?] = [:]
    return zip(batch.entries, answers).map { entry, answer in
      if answer == RD_KAFKA_RESP_ERR_NO_ERROR { return nil }
      if let fatal { return fatal }
      guard answer == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT else { return KafkaError(answer) }
      // Records of a topic that is refused as such run out of time without a word of why.
      let known = topicErrors[entry.topic]
      let reason = known ?? client.error(of: topics[entry.topic], within: KafkaProducer.inquiryTime)
      topicErrors[entry.topic] = .some(reason)
      return reason.flatMap { $0.kind == .refused ? $0 : nil } ?? KafkaError(answer)
    }
  }

  private static let inquiryTime = Duration.seconds(1)

  /// Nil once librdkafka has taken the record: its answer will be written to its place.
  private func produce(
    _ entry: KafkaBatch.Entry, _ bytes: UnsafeRawBufferPointer,
    _ answers: UnsafeMutableBufferPointer<rd_kafka_resp_err_t>, _ place: Int
  ) -> rd_kafka_resp_err_t? {
    guard let base = bytes.baseAddress, let answer = answers.baseAddress else { return RD_KAFKA_RESP_ERR__INVALID_ARG }
    let reports = events.deliveries
    while true {
      let finished = reports.begin()
      // Not const for librdkafka only where it frees or copies, which it is told not to.
      let code = rd_kafka_produce(
        topics[entry.topic], arbd_kafka_unassigned_partition(), 0,
        UnsafeMutableRawPointer(mutating: base + entry.value.lowerBound),
        entry.value.count, base + entry.key.lowerBound, entry.key.count, answer + place)
      if code == 0 { return nil }
      let reason = rd_kafka_last_error()
      reports.takeBack()
      guard reason == RD_KAFKA_RESP_ERR__QUEUE_FULL, reports.waitForRoom(after: finished) else { return reason }
    }
  }

  /// Writes a broker's answer to where the record's opaque pointer says.
  static func setCallback(of settings: OpaquePointer) {
    rd_kafka_conf_set_dr_msg_cb(settings) { _, message, events in
      guard let message, let events, let place = message.pointee._private else { return }
      place.assumingMemoryBound(to: rd_kafka_resp_err_t.self).pointee = message.pointee.err
      Unmanaged<KafkaEvents>.fromOpaque(events).takeUnretainedValue().deliveries.finish()
    }
  }

  /// The handles of the topics, freed together.
  private final class Topics: @unchecked Sendable {
    private var handles: [OpaquePointer] = []
    /// Outlives them.
    private let client: KafkaClient

    init(_ names: [String], of client: KafkaClient) throws(KafkaError) {
      self.client = client
      for name in names {
        guard let handle = rd_kafka_topic_new(client.handle, name, nil) else {
          throw KafkaError(rd_kafka_last_error(), while: "topic \(name)")
        }
        handles.append(handle)
      }
    }

    deinit { for handle in handles { rd_kafka_topic_destroy(handle) } }

    subscript(place: Int) -> OpaquePointer { handles[place] }
  }
}

/// Counts the records that brokers have yet to answer for.
///
/// Unchecked: guarded by `condition`, apart from the counts, which are atomic so that a report costs no lock.
final class DeliveryReports: @unchecked Sendable {
  private let condition = NSCondition()
  private let begun = Atomic<Int>(0)
  private let finished = Atomic<Int>(0)
  private let isAwaited = Atomic<Bool>(false)

  /// One more record is on its way; gives how many were answered so far.
  func begin() -> Int {
    begun.wrappingAdd(1, ordering: .sequentiallyConsistent)
    return finished.load(ordering: .sequentiallyConsistent)
  }

  /// It is not, after all.
  func takeBack() { begun.wrappingSubtract(1, ordering: .sequentiallyConsistent) }

  /// A record was answered.
  func finish() {
    let (_, count) = finished.wrappingAdd(1, ordering: .sequentiallyConsistent)
    guard isAwaited.load(ordering: .sequentiallyConsistent) else { return }
    // Room is waited for by whoever is still producing, so any answer is news; the end is where both counts meet.
    condition.withLock { if wanted < 0 || count >= wanted { condition.broadcast() } }
  }

  /// Below 0: any answer is.
  private var wanted = -1

  func waitForAll() {
    wait(for: begun.load(ordering: .sequentiallyConsistent)) {
      self.finished.load(ordering: .sequentiallyConsistent) >= self.begun.load(ordering: .sequentiallyConsistent)
    }
  }

  /// Waits until one more was answered than `count`; false when there is none on its way.
  func waitForRoom(after count: Int) -> Bool {
    guard begun.load(ordering: .sequentiallyConsistent) > count else { return false }
    wait(for: -1) { self.finished.load(ordering: .sequentiallyConsistent) > count }
    return true
  }

  private func wait(for count: Int, until isDone: () -> Bool) {
    condition.lock()
    wanted = count
    isAwaited.store(true, ordering: .sequentiallyConsistent)
    while !isDone() { condition.wait() }
    isAwaited.store(false, ordering: .sequentiallyConsistent)
    condition.unlock()
  }
}

/// The thread that calls back what a client has to say. It blocks in librdkafka; `stop` makes it return.
final class KafkaPoller: @unchecked Sendable {
  private let client: KafkaClient
  private let isStopped = Atomic<Bool>(false)
  private let hasEnded = DispatchSemaphore(value: 0)

  init(_ client: KafkaClient) { self.client = client }

  func start() {
    let thread = Thread { [client, self] in
      while !self.isStopped.load(ordering: .acquiring) { rd_kafka_poll(client.handle, -1) }
      // What was purged meanwhile is still to be reported.
      while rd_kafka_poll(client.handle, 0) > 0 {}
      self.hasEnded.signal()
    }
    thread.name = "arbd kafka"
    thread.start()
  }

  /// Returns once the thread is through.
  func stop() {
    isStopped.store(true, ordering: .releasing)
    let queue = rd_kafka_queue_get_main(client.handle)
    rd_kafka_queue_yield(queue)
    rd_kafka_queue_destroy(queue)
    hasEnded.wait()
  }
}
