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
    topics = Topics(names, of: client)
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
  package func produce(
    _ shipment: Shipment, place: Int, topic: Int, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer
  ) {
    shipment.topics[place] = Int32(truncatingIfNeeded: topic)
    guard let handle = topics.handle(topic) else {
      shipment.answers[place] = rd_kafka_last_error()
      return
    }
    var patience: Int32 = 1
    while true {
      // Not const for librdkafka only where it frees, which it is told not to.
      let code = rd_kafka_produce(
        handle, arbd_kafka_unassigned_partition(), RD_KAFKA_MSG_F_COPY,
        UnsafeMutableRawPointer(mutating: value.baseAddress), value.count, key.baseAddress, key.count,
        shipment.answers + place)
      if code == 0 { return }
      let reason = rd_kafka_last_error()
      guard reason == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
        shipment.answers[place] = reason
        return
      }
      // What waits to be sent with more is sent, and the queue filled again as soon as there is room.
      rd_kafka_flush(client.handle, patience)
      patience = min(patience * 2, 100)
    }
  }

  /// Returns once every record of the shipment has its answer. Nil where brokers have acknowledged all of them; else what
  /// became of each, nil for those that are acknowledged.
  package func finish(_ shipment: Shipment) -> [KafkaError?]? {
    // librdkafka reports failures alone, so what is no longer on its way and was not reported is acknowledged.
    while rd_kafka_flush(client.handle, Int32.max) == RD_KAFKA_RESP_ERR__TIMED_OUT {}
    let answers = UnsafeBufferPointer(start: shipment.answers, count: shipment.count)
    if answers.allSatisfy({ $0 == RD_KAFKA_RESP_ERR_NO_ERROR }) {
      events.forgetFault()
      return nil
    }
    let fatal = client.fatalError
    var topicErrors: [Int32: KafkaError?] = [:]
    return answers.enumerated().map { place, answer in
      if answer == RD_KAFKA_RESP_ERR_NO_ERROR { return nil }
      if let fatal { return fatal }
      guard answer == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT else { return KafkaError(answer) }
      // Records of a topic that is refused as such run out of time without a word of why.
      let topic = shipment.topics[place]
      let known = topicErrors[topic]
      let reason =
        known ?? topics.handle(Int(topic)).flatMap { client.error(of: $0, within: KafkaProducer.inquiryTime) }
      topicErrors[topic] = .some(reason)
      return reason.flatMap { $0.kind == .refused ? $0 : nil } ?? KafkaError(answer)
    }
  }

  /// The answers for records that are sent together: memory that librdkafka's reports point into.
  package final class Shipment {
    package let count: Int
    fileprivate let answers: UnsafeMutablePointer<rd_kafka_resp_err_t>
    /// Their places in the producer's list.
    fileprivate let topics: UnsafeMutablePointer<Int32>

    package init(_ count: Int) {
      self.count = count
      topics = .allocate(capacity: max(1, count))
      topics.initialize(repeating: 0, count: max(1, count))
      answers = .allocate(capacity: max(1, count))
      answers.initialize(repeating: RD_KAFKA_RESP_ERR_NO_ERROR, count: max(1, count))
    }

    deinit {
      topics.deallocate()
      answers.deallocate()
    }
  }

  private static let inquiryTime = Duration.seconds(1)

  /// The handles of the topics, freed together. Each is made when it is needed first: some clusters make a topic as soon as
  /// a client knows of it. Only whoever sends a shipment calls.
  private final class Topics: @unchecked Sendable {
    private let names: [String]
    private let handles: UnsafeMutablePointer<OpaquePointer?>
    /// Outlives them.
    private let client: KafkaClient

    init(_ names: [String], of client: KafkaClient) {
      self.client = client
      self.names = names
      handles = .allocate(capacity: max(1, names.count))
      handles.initialize(repeating: nil, count: max(1, names.count))
    }

    deinit {
      for place in names.indices { if let handle = handles[place] { rd_kafka_topic_destroy(handle) } }
      handles.deallocate()
    }

    /// Nil when librdkafka makes none, and says why.
    func handle(_ place: Int) -> OpaquePointer? {
      if let handle = handles[place] { return handle }
      handles[place] = rd_kafka_topic_new(client.handle, names[place], nil)
      return handles[place]
    }
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
