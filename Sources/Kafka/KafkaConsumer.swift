internal import CRdKafka
package import Logging
internal import Synchronization

/// A member of a consumer group. One thread calls it: `next` blocks there until there is something, and is where
/// librdkafka calls back.
///
/// Nothing is committed but by `commit`. A change of the assignment is an event like others: whoever gets it does what is
/// due, then calls `assign` or `release`; until then the group waits.
package final class KafkaConsumer: Sendable {
  package enum Event: Sendable {
    /// Nothing came in time.
    case nothing
    /// A record: the partition's place in `partitions`.
    case record(partition: Int, offset: Int64)
    /// All that was in the partition has been read.
    case end(partition: Int)
    /// To be answered by `assign`.
    case assigned([KafkaPartition])
    /// To be answered by `release`. `isLost`: others may have them already, so that nothing can be committed.
    case revoked([KafkaPartition], isLost: Bool)
    case failed(KafkaError)
    /// Of a commit that was not waited for.
    case commitFailed(KafkaError)
  }

  private struct State {
    var partitions: [KafkaPartition] = []
    /// How messages name them.
    var keys: [(topic: OpaquePointer, number: Int32)?] = []
  }

  private let client: KafkaClient
  private let events: KafkaEvents
  private let state = Mutex(Held())

  /// The pointers belong to the thread that calls; the lock is there for the compiler's sake.
  private struct Held: @unchecked Sendable { var value = State() }

  package init(_ configuration: KafkaConfiguration, logger: Logger) throws(KafkaError) {
    events = KafkaEvents(configuration, logger)
    client = try KafkaClient(configuration, events)
    rd_kafka_poll_set_consumer(client.handle)
  }

  /// Leaves the group.
  deinit {
    // A change that nobody has answered would be waited for without end.
    if events.consumerNews.close() { rd_kafka_assign(client.handle, nil) }
    rd_kafka_consumer_close(client.handle)
  }

  package var statistics: KafkaStatistics { events.statistics }
  package var lastFault: String? { events.lastFault }

  package func checkConnection(within timeout: Duration) throws(KafkaError) {
    try client.checkConnection(within: timeout)
    events.forgetFault()
  }

  /// How many partitions the topics have together; throws for one that is not there, or not for us.
  package func partitionCount(of topics: [String], within timeout: Duration) throws(KafkaError) -> Int {
    var count = 0
    for name in topics { count += try client.partitionCount(of: name, within: timeout) }
    return count
  }

  /// As whom the group knows it now; nil before it has joined.
  package var group: KafkaGroup? { rd_kafka_consumer_group_metadata(client.handle).map { KafkaGroup(owning: $0) } }

  package func subscribe(to topics: [String]) throws(KafkaError) {
    let list = KafkaPartitionList(
      topics.map {
        KafkaPosition(partition: KafkaPartition(topic: $0, number: arbd_kafka_unassigned_partition()), offset: nil)
      })
    let code = rd_kafka_subscribe(client.handle, list.pointer)
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code, while: "subscribing") }
  }

  /// What comes next; waits at most so many milliseconds. `body` is given a record's value, which is lent to it.
  package func next(milliseconds: Int32, _ body: (UnsafeRawBufferPointer) -> Void) -> Event {
    if let news = events.consumerNews.take() { return news }
    guard let message = rd_kafka_consumer_poll(client.handle, milliseconds) else {
      return events.consumerNews.take() ?? .nothing
    }
    defer { rd_kafka_message_destroy(message) }
    switch message.pointee.err {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      body(UnsafeRawBufferPointer(start: message.pointee.payload, count: message.pointee.len))
      return .record(partition: place(of: message), offset: message.pointee.offset)
    case RD_KAFKA_RESP_ERR__PARTITION_EOF: return .end(partition: place(of: message))
    default:
      let fatal = client.fatalError
      let text = rd_kafka_message_errstr(message).map { String(cString: $0) }
      return .failed(
        fatal ?? KafkaError(code: message.pointee.err.rawValue, reason: text ?? "\(KafkaError(message.pointee.err))"))
    }
  }

  /// How many partitions it reads.
  package var assignmentCount: Int {
    var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    guard rd_kafka_assignment(client.handle, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return 0 }
    defer { rd_kafka_topic_partition_list_destroy(list) }
    return Int(list.pointee.cnt)
  }

  /// Those that records have come from, in the order in which they were first met since the last change.
  package var partitions: [KafkaPartition] { state.withLock { $0.value.partitions } }

  /// Whether all that is known to be in the partition up to now was read, when `offset` is to be read next.
  package func isAtEnd(_ partition: KafkaPartition, offset: Int64) -> Bool {
    var (low, high) = (Int64(0), Int64(0))
    let code = rd_kafka_get_watermark_offsets(client.handle, partition.topic, partition.number, &low, &high)
    return code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 && offset >= high
  }

  /// What the group has committed for the partitions. Asks the broker.
  package func committed(
    _ partitions: [KafkaPartition], within timeout: Duration
  ) throws(KafkaError) -> [KafkaPosition] {
    let list = KafkaPartitionList(partitions.map { KafkaPosition(partition: $0, offset: nil) })
    let code = rd_kafka_committed(client.handle, list.pointer, Int32(clamping: Int64(timeout / .milliseconds(1))))
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code, while: "reading committed offsets") }
    if let fault = list.fault { throw fault }
    return list.positions
  }

  /// Begins to read the partitions where it says; where it does not, as `auto.offset.reset` says.
  package func assign(_ positions: [KafkaPosition]) throws(KafkaError) {
    forgetPlaces()
    events.consumerNews.answered()
    let list = KafkaPartitionList(positions)
    if isCooperative {
      try check(rd_kafka_incremental_assign(client.handle, list.pointer), "taking partitions")
    } else {
      try check(rd_kafka_assign(client.handle, list.pointer), "taking partitions")
    }
  }

  /// Stops reading the partitions.
  package func release(_ partitions: [KafkaPartition]) throws(KafkaError) {
    // librdkafka would remember it beyond the assignment, and bring nothing when the partition comes back.
    setPaused(false, partitions)
    forgetPlaces()
    events.consumerNews.answered()
    let list = KafkaPartitionList(partitions.map { KafkaPosition(partition: $0, offset: nil) })
    if isCooperative {
      try check(rd_kafka_incremental_unassign(client.handle, list.pointer), "giving partitions up")
    } else {
      try check(rd_kafka_assign(client.handle, nil), "giving partitions up")
    }
  }

  /// Keeps back, or lets come again, what has not been read of the partitions.
  package func setPaused(_ isPaused: Bool, _ partitions: [KafkaPartition]) {
    guard !partitions.isEmpty else { return }
    let list = KafkaPartitionList(partitions.map { KafkaPosition(partition: $0, offset: nil) })
    if isPaused {
      rd_kafka_pause_partitions(client.handle, list.pointer)
    } else {
      rd_kafka_resume_partitions(client.handle, list.pointer)
    }
  }

  /// Commits the positions. `waits`: returns once the broker has answered; else a fault is an event.
  package func commit(_ positions: [KafkaPosition], waits: Bool) throws(KafkaError) {
    guard !positions.isEmpty else { return }
    let list = KafkaPartitionList(positions)
    try check(rd_kafka_commit(client.handle, list.pointer, waits ? 0 : 1), "committing offsets")
    if waits, let fault = list.fault { throw fault }
  }

  private var isCooperative: Bool {
    rd_kafka_rebalance_protocol(client.handle).map { String(cString: $0) == "COOPERATIVE" } ?? false
  }

  private func check(_ code: rd_kafka_resp_err_t, _ action: String) throws(KafkaError) {
    if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaError(code, while: action) }
  }

  private func check(_ error: OpaquePointer?, _ action: String) throws(KafkaError) {
    if let error = KafkaError(owned: error, while: action) { throw error }
  }

  // MARK: Places

  /// Topics' handles may be others after a change.
  private func forgetPlaces() {
    state.withLock { held in
      held.value.partitions = []
      held.value.keys = []
    }
  }

  private func place(of message: UnsafeMutablePointer<rd_kafka_message_t>) -> Int {
    state.withLock { held in
      let (topic, number) = (message.pointee.rkt, message.pointee.partition)
      if let place = held.value.keys.firstIndex(where: { $0?.topic == topic && $0?.number == number }) { return place }
      let name = topic.flatMap { rd_kafka_topic_name($0) }.map { String(cString: $0) } ?? ""
      held.value.keys.append(topic.map { ($0, number) })
      held.value.partitions.append(KafkaPartition(topic: name, number: number))
      return held.value.partitions.count - 1
    }
  }

  // MARK: Called back

  static func setCallback(of settings: OpaquePointer) {
    rd_kafka_conf_set_rebalance_cb(settings) { handle, code, list, events in
      guard let handle, let list, let events else { return }
      let news = Unmanaged<KafkaEvents>.fromOpaque(events).takeUnretainedValue().consumerNews
      let partitions = KafkaPartitionList.positions(in: list).map(\.partition)
      let change: Event? =
        switch code {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS: .assigned(partitions)
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
          .revoked(partitions, isLost: rd_kafka_assignment_lost(handle) != 0)
        default: nil
        }
      guard let change, news.put(change) else {
        // Nobody will answer: the consumer is being closed.
        rd_kafka_assign(handle, nil)
        return
      }
      rd_kafka_yield(handle)
    }
    rd_kafka_conf_set_offset_commit_cb(settings) { _, code, list, events in
      guard let events else { return }
      // Where the request went well, a partition of its own may have been refused.
      let fault =
        code == RD_KAFKA_RESP_ERR_NO_ERROR ? list.flatMap { KafkaPartitionList.fault(in: $0) } : KafkaError(code)
      if let fault, fault.code != RD_KAFKA_RESP_ERR__NO_OFFSET.rawValue {
        Unmanaged<KafkaEvents>.fromOpaque(events).takeUnretainedValue().consumerNews.note(.commitFailed(fault))
      }
    }
  }
}

/// What the callbacks have to say, on its way to `next`: changes of the assignment, and commits that failed.
final class ConsumerNews: Sendable {
  private struct State {
    var events: [KafkaConsumer.Event] = []
    /// Changes that the group waits for, those that were taken among them.
    var unanswered = 0
    var isClosed = false
  }

  private let state = Mutex(State())
  /// So that a record costs no lock.
  private let isThere = Atomic<Bool>(false)

  /// A change that is to be answered. False when nobody will take it.
  func put(_ change: KafkaConsumer.Event) -> Bool {
    state.withLock { state in
      guard !state.isClosed else { return false }
      state.events.append(change)
      state.unanswered += 1
      isThere.store(true, ordering: .releasing)
      return true
    }
  }

  /// Something that nobody waits for.
  func note(_ event: KafkaConsumer.Event) {
    state.withLock { state in
      state.events.append(event)
      isThere.store(true, ordering: .releasing)
    }
  }

  func take() -> KafkaConsumer.Event? {
    guard isThere.load(ordering: .acquiring) else { return nil }
    return state.withLock { state in
      let event = state.events.isEmpty ? nil : state.events.removeFirst()
      isThere.store(!state.events.isEmpty, ordering: .releasing)
      return event
    }
  }

  func answered() { state.withLock { $0.unanswered = max(0, $0.unanswered - 1) } }

  /// Nobody will take any more. True when a change has had no answer.
  func close() -> Bool {
    state.withLock { state in
      state.isClosed = true
      return state.unanswered > 0
    }
  }
}
