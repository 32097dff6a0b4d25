internal import CRdKafka
internal import Foundation
package import Logging
internal import Synchronization

/// Sends records and waits until brokers have answered for each.
///
/// A thread of its own polls the client: it blocks in librdkafka until there is something to say. One shipment at a time.
package final class KafkaProducer: Sendable {
  private let client: KafkaClient
  private let events: KafkaEvents
  private let topics: Topics
  private let poller: KafkaPoller

  package init(_ configuration: KafkaConfiguration, topics names: [String], logger: Logger) throws(KafkaError) {
    events = KafkaEvents(configuration, logger)
    client = try KafkaClient(configuration, events)
    topics = try Topics(names, of: client)
    poller = KafkaPoller(client, events)
    poller.start()
  }

  deinit {
    // What still waits is given up, so that nothing is left to wait for.
    rd_kafka_purge(client.handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
    poller.stop()
  }

  var handle: OpaquePointer { client.handle }

  package var statistics: KafkaStatistics { events.statistics }
  /// The newest fault of a connection since all was well.
  package var lastFault: String? { events.lastFault }
  package var fatalError: KafkaError? { client.fatalError }

  package func checkConnection(within timeout: Duration) throws(KafkaError) {
    try client.checkConnection(within: timeout)
    events.forgetFault()
  }

  // MARK: Sending

  /// Hands librdkafka a record, which it copies. `place` is where its answer will stand; `topic` is a place in the
  /// producer's list. A full queue is waited for.
  package func produce(_ shipment: Shipment, place: Int, topic: Int, key: [UInt8], value: [UInt8]) {
    shipment.topics[place] = topic
    let handle = topics[topic]
    let refusal: rd_kafka_resp_err_t? = key.withUnsafeBytes { key in
      value.withUnsafeBytes { value in
        while true {
          // Not const for librdkafka only where it frees, which it is told not to.
          let code = rd_kafka_produce(
            handle, arbd_kafka_unassigned_partition(), RD_KAFKA_MSG_F_COPY,
            UnsafeMutableRawPointer(mutating: value.baseAddress), value.count, key.baseAddress, key.count,
            shipment.answers + place)
          if code == 0 { return nil }
          let reason = rd_kafka_last_error()
          guard reason == RD_KAFKA_RESP_ERR__QUEUE_FULL else { return reason }
          rd_kafka_flush(client.handle, 1_000)
        }
      }
    }
    if let refusal { shipment.answers[place] = refusal }
  }

  /// Returns once every record of the shipment has its answer: nil where the broker has acknowledged it.
  package func finish(_ shipment: Shipment) -> [KafkaError?] {
    // librdkafka reports failures alone, so what is no longer on its way and was not reported is acknowledged.
    while rd_kafka_flush(client.handle, Int32.max) == RD_KAFKA_RESP_ERR__TIMED_OUT {}
    let answers = (0..<shipment.count).map { shipment.answers[$0] }
    if answers.allSatisfy({ $0 == RD_KAFKA_RESP_ERR_NO_ERROR }) {
      events.forgetFault()
      return [KafkaError?](repeating: nil, count: shipment.count)
    }
    let fatal = client.fatalError
    var topicErrors: [Int: KafkaError?] = [:]
    return zip(shipment.topics, answers).map { topic, answer in
      if answer == RD_KAFKA_RESP_ERR_NO_ERROR { return nil }
      if let fatal { return fatal }
      guard answer == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT else { return KafkaError(answer) }
      // Records of a topic that is refused as such run out of time without a word of why.
      let known = topicErrors[topic]
      let reason = known ?? client.error(of: topics[topic], within: KafkaProducer.inquiryTime)
      topicErrors[topic] = .some(reason)
      return reason.flatMap { $0.kind == .refused ? $0 : nil } ?? KafkaError(answer)
    }
  }

  /// The answers for records that are sent together: memory that librdkafka's reports point into.
  package final class Shipment {
    package let count: Int
    fileprivate let answers: UnsafeMutablePointer<rd_kafka_resp_err_t>
    fileprivate var topics: [Int]

    package init(_ count: Int) {
      self.count = count
      topics = Array(repeating: 0, count: count)
      answers = .allocate(capacity: max(1, count))
      answers.initialize(repeating: RD_KAFKA_RESP_ERR_NO_ERROR, count: max(1, count))
    }

    deinit { answers.deallocate() }
  }

  private static let inquiryTime = Duration.seconds(1)

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

/// The thread that takes what a producer has to say. It blocks in librdkafka; `stop` makes it return.
final class KafkaPoller: @unchecked Sendable {
  private let client: KafkaClient
  private let events: KafkaEvents
  private let queue: OpaquePointer?
  private let isStopped = Atomic<Bool>(false)
  private let hasEnded = DispatchSemaphore(value: 0)

  init(_ client: KafkaClient, _ events: KafkaEvents) {
    self.client = client
    self.events = events
    queue = rd_kafka_queue_get_main(client.handle)
  }

  deinit { if let queue { rd_kafka_queue_destroy(queue) } }

  func start() {
    let thread = Thread { [self] in
      while !self.isStopped.load(ordering: .acquiring) { self.handle(rd_kafka_queue_poll(self.queue, -1)) }
      // What was purged meanwhile is still to be reported.
      while let event = rd_kafka_queue_poll(self.queue, 0) { self.handle(event) }
      self.hasEnded.signal()
    }
    thread.name = "arbd kafka"
    thread.start()
  }

  /// Returns once the thread is through.
  func stop() {
    isStopped.store(true, ordering: .releasing)
    rd_kafka_queue_yield(queue)
    hasEnded.wait()
  }

  private func handle(_ event: OpaquePointer?) {
    guard let event else { return }
    defer { rd_kafka_event_destroy(event) }
    switch rd_kafka_event_type(event) {
    case RD_KAFKA_EVENT_DR:
      while let message = rd_kafka_event_message_next(event) {
        let place = message.pointee._private?.assumingMemoryBound(to: rd_kafka_resp_err_t.self)
        place?.pointee = message.pointee.err
      }
    case RD_KAFKA_EVENT_ERROR:
      let code = rd_kafka_event_error(event)
      let text = rd_kafka_event_error_string(event) ?? rd_kafka_err2str(code)
      events.failed(text.map { String(cString: $0) } ?? "", isSummary: code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
    case RD_KAFKA_EVENT_STATS:
      guard let json = rd_kafka_event_stats(event) else { return }
      events.reported(UnsafeRawBufferPointer(start: json, count: strlen(json)))
    default: break
    }
  }
}
