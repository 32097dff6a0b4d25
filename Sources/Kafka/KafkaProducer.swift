internal import CRdKafka
package import Logging
internal import Synchronization

/// Sends records and waits until brokers have answered for each.
///
/// A thread of its own polls the client: it blocks in librdkafka until there is something to say. Several shipments may be
/// on their way; one thread at a time produces and waits.
package final class KafkaProducer: Sendable {
  private let client: KafkaClient
  private let events: KafkaEvents
  private let topics: Topics
  private let poller: KafkaPoller
  private let verdicts = Mutex<[Int32: TopicVerdict]>([:])

  package init(_ configuration: KafkaConfiguration, topics names: [String], logger: Logger) throws(KafkaError) {
    events = KafkaEvents(configuration, logger)
    client = try KafkaClient(configuration, events)
    topics = Topics(names, of: client)
    poller = KafkaPoller(client, events)
    poller.start()
  }

  deinit {
    // What still waits is given up, so that nothing is left to wait for. What moves from one of librdkafka's threads to
    // another just then is found the next time.
    for _ in 0..<20 {
      rd_kafka_purge(client.handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
      if rd_kafka_flush(client.handle, 50) == RD_KAFKA_RESP_ERR_NO_ERROR { break }
    }
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

  /// Hands librdkafka the records of a block. A full queue is waited for.
  package func produce(_ block: consuming KafkaRecordBlock, _ shipment: Shipment) {
    shipment.keep(block) { block in
      block.forEachTopic { topic, messages in
        if let handle = topics.handle(topic) {
          produce(messages, to: handle, shipment)
        } else {
          let reason = rd_kafka_last_error()
          for message in messages { note(reason, of: message) }
          shipment.arrived(messages.count)
        }
      }
    }
  }

  private func produce(
    _ messages: UnsafeMutableBufferPointer<rd_kafka_message_t>, to topic: OpaquePointer, _ shipment: Shipment
  ) {
    var left = messages[...]
    var patience: Int32 = 1
    while !left.isEmpty {
      let before = left.startIndex
      let rest = UnsafeMutableBufferPointer(rebasing: left)
      // Neither copied nor freed by librdkafka: the shipment keeps the block.
      let queued = rd_kafka_produce_batch(
        topic, arbd_kafka_unassigned_partition(), 0, rest.baseAddress, Int32(rest.count))
      if queued == rest.count { return }
      // Behind one for which the queue has no room there is room for none.
      let full = left.firstIndex { $0.err == RD_KAFKA_RESP_ERR__QUEUE_FULL } ?? left.endIndex
      let refused = left[..<full].filter { $0.err != RD_KAFKA_RESP_ERR_NO_ERROR }
      for message in refused { note(message.err, of: message) }
      shipment.arrived(refused.count)
      left = left[full...]
      guard !left.isEmpty else { return }
      // What waits to be sent with more is sent, and the queue filled again as soon as there is room.
      rd_kafka_flush(client.handle, patience)
      patience = full == before ? min(patience * 2, 100) : 1
    }
  }

  private func note(_ reason: rd_kafka_resp_err_t, of message: rd_kafka_message_t) {
    message._private?.assumingMemoryBound(to: Shipment.Slot.self).pointee.answer = reason
  }

  /// Returns once every record of the shipment has its answer. Nil where brokers have acknowledged all of them; else what
  /// became of each, nil for those that are acknowledged. To be called once.
  ///
  /// `hurrying`: nothing is waited for to be sent with it.
  package func finish(_ shipment: Shipment, hurrying: Bool = true) -> [KafkaError?]? {
    if hurrying { while rd_kafka_flush(client.handle, Int32.max) == RD_KAFKA_RESP_ERR__TIMED_OUT {} }
    shipment.wait()
    if shipment.isAcknowledged {
      events.forgetFault()
      return nil
    }
    let fatal = client.fatalError
    return (0..<shipment.count).map { place in
      let slot = shipment.slots[place]
      if slot.answer == RD_KAFKA_RESP_ERR_NO_ERROR { return nil }
      if let fatal { return fatal }
      guard slot.answer == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT else { return KafkaError(slot.answer) }
      // Records of a topic that is refused as such run out of time without a word of why.
      let reason = error(ofTopic: slot.topic)
      return reason.flatMap { $0.kind == .refused ? $0 : nil } ?? KafkaError(slot.answer)
    }
  }

  /// What the cluster had against a topic when it was asked last.
  private struct TopicVerdict {
    let error: KafkaError?
    let time: ContinuousClock.Instant
  }

  /// Asked once for all shipments that run out of time together: where there is no cluster, that takes its time.
  private func error(ofTopic topic: Int32) -> KafkaError? {
    if let known = verdicts.withLock({ $0[topic] }), .now - known.time < KafkaProducer.verdictAge { return known.error }
    let error = topics.handle(Int(topic)).flatMap { client.error(of: $0, within: KafkaProducer.inquiryTime) }
    verdicts.withLock { $0[topic] = TopicVerdict(error: error, time: .now) }
    return error
  }

  private static let inquiryTime = Duration.seconds(1)
  private static let verdictAge = Duration.seconds(5)

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
