internal import Logging
internal import Synchronization

/// Delivers one sink's records: in order, in batches, again where the sink says so. On a thread of its own.
final class SinkRunner: Sendable {
  /// How a sink came to its end.
  struct Ending: Sendable {
    /// Nil when everything was delivered, or waits in a journal for the next run.
    var failure: String?
    /// A call to it has not come back, so it must not be called again.
    var isStuck = false
  }

  struct State {
    var counts = SinkCounts()
    /// Records handed over so far, without status reports.
    var offered: UInt64 = 0
    var isConnected = false
    var ending: Ending?
    /// Why the last attempt did not deliver; nil once one has.
    var fault: String?
    /// Why the last dead letter became one.
    var burialReason: String?
    /// Dead letters whose routes are yet to be forgotten.
    var buried: [Alert] = []
    var waiter: CheckedContinuation<Ending, Never>?
    /// Alerts from memory: handed over, and done with.
    var offeredAlerts: UInt64 = 0
    /// Records that came by the queue and are done with.
    var settledRecords: UInt64 = 0
    var settledAlerts: UInt64 = 0
    var settledListener: (@Sendable () -> Void)?
  }

  /// Alerts that come by way of a journal.
  struct Journaled: Sendable {
    let log: AlertLog
    /// The sink's place there.
    let place: Int
  }

  let name: String
  let kinds: Set<Record.Kind>
  let startup: StartupPolicy
  let journaled: Journaled?
  let inbox: SinkInbox
  let options: SinkOptions
  let logger: Logger
  let transactional: Transactional?
  let sink: any Sink
  private let executor: SinkExecutor
  let state = Mutex(State())

  /// `isLive`: some source cannot be held up.
  init(
    name: String, kinds: Set<Record.Kind>, sink: any Sink, options: SinkOptions = SinkOptions(), isLive: Bool = false,
    journaled: Journaled? = nil, transactions: AlertTransactions? = nil, logger: Logger
  ) {
    self.name = name
    self.kinds = kinds
    self.sink = sink
    self.options = options
    self.startup = options.startup
    self.journaled = journaled
    self.logger = logger
    let policy = options.queue.overflow
    let transactional: Transactional? =
      if let transactions, let sink = sink as? any TransactionalSink {
        Transactional(transactions: transactions, sink: sink)
      } else { nil }
    self.transactional = transactional
    // The core must not wait for a commit, which waits for the core: the source waits in its place.
    let capacity = transactional == nil ? options.queue.capacity : .max
    self.inbox = SinkInbox(
      capacity: capacity, policy: policy == .automatic ? (isLive ? .dropOldest : .wait) : policy)
    self.executor = SinkExecutor(name: name)
    if let transactions, transactional != nil { transactions.onOrder { [inbox] in inbox.announce($0) } }
  }

  // MARK: From the run

  func connect() async throws(DeliveryError) {
    let result = await Task(executorPreference: executor) { () async -> Result<Void, DeliveryError> in
      do throws(DeliveryError) { return .success(try await self.connectSink()) } catch { return .failure(error) }
    }.value
    try result.get()
  }

  /// What the destination says of itself: `Sink.inspect`.
  func inspect() async throws(DeliveryError) -> String? {
    let result = await Task(executorPreference: executor) { [sink] () async -> Result<String?, DeliveryError> in
      do throws(DeliveryError) { return .success(try await sink.inspect()) } catch { return .failure(error) }
    }.value
    return try result.get()
  }

  /// Begins to deliver; `onFailure` is told when the sink gives up.
  func start(onFailure: @escaping @Sendable () -> Void) {
    Task(executorPreference: executor) {
      do throws(DeliveryError) {
        if let transactional = self.transactional {
          try await self.commitAll(transactional)
        } else {
          try await self.deliverAll()
        }
        self.end(failure: nil)
      } catch {
        self.end(failure: "sink \(self.name): \(error)")
        onFailure()
      }
    }
  }

  /// The run goes on without it. What a journal keeps for it stays there.
  func leaveOut(_ reason: DeliveryError) {
    logger.warning("sink \(name): \(reason); the run goes on without it")
    state.withLock { $0.fault = "left out: \(reason)" }
    end(failure: nil)
  }

  /// Hands over records; what a full queue means is for its policy to say. Alerts of a sink with a journal come from
  /// there.
  func put(_ records: [Record]) {
    let wanted = records.filter { kinds.contains($0.kind) && (journaled == nil || $0.kind != .alert) }
    guard !wanted.isEmpty else { return }
    let count = UInt64(wanted.count { $0.kind != .status })
    let alerts = UInt64(wanted.count { $0.kind == .alert })
    state.withLock { state in
      state.offered += count
      state.offeredAlerts += alerts
    }
    transactional?.transactions.noteOffered(alerts)
    inbox.put(wanted)
  }

  /// Alerts that were put so far.
  var offeredAlerts: UInt64 { state.withLock { $0.offeredAlerts } }

  /// Whether so many alerts were delivered, held back by the filter, or made into dead letters. A sink that was left out
  /// takes none and holds up none.
  func hasSettled(alerts count: UInt64) -> Bool {
    state.withLock { $0.settledAlerts >= count || $0.ending.map { $0.failure == nil && !$0.isStuck } ?? false }
  }

  /// Calls `action` when more may be settled. Before `start`.
  func onSettled(_ action: @escaping @Sendable () -> Void) { state.withLock { $0.settledListener = action } }

  /// No more records will come.
  func endInput() { inbox.end() }

  /// Waits for the sink no longer. What a journal keeps is delivered by the next run; the rest stays undelivered.
  func abandon() {
    let missing: UInt64? = state.withLock { state in
      guard state.ending == nil else { return nil }
      let counts = state.counts
      let settled =
        journaled == nil ? counts.delivered + counts.rejected + counts.filtered : state.settledRecords
      return state.offered - min(state.offered, settled + inbox.dropped)
    }
    guard let missing else { return }
    // What was not committed is found again.
    let isLoss = transactional == nil && (journaled == nil || missing > 0)
    end(
      failure: isLoss ? "sink \(name): not done in time; \(missing) records were not delivered" : nil, isStuck: true)
  }

  func snapshot() -> SinkSnapshot {
    let queued = inbox.count
    let (counts, fault, isConnected) = state.withLock { state in
      // What was left out says so, also after its end.
      (
        completed(state.counts), state.ending?.failure ?? state.fault ?? state.ending.map { _ in "ended" },
        state.isConnected
      )
    }
    let isFull = queued >= inbox.capacity || transactional?.transactions.isFull == true
    return SinkSnapshot(
      name: name, isConnected: isConnected, fault: fault ?? (isFull ? "its queue is full" : nil), queued: queued,
      capacity: transactional == nil ? inbox.capacity : Int(AlertTransactions.capacity), counts: counts,
      figures: sink.figures)
  }

  /// How it ended, once it has; then the sink is closed, unless it is stuck.
  func ending() async -> Ending {
    await withCheckedContinuation { continuation in
      let known: Ending? = state.withLock { state in
        if state.ending == nil { state.waiter = continuation }
        return state.ending
      }
      if let known { continuation.resume(returning: known) }
    }
  }

  func close() async {
    await Task(executorPreference: executor) { [sink] in await sink.close() }.value
  }

  /// The first ending counts. The core must not wait for room that nobody makes, so the queue ends as well.
  private func end(failure: String?, isStuck: Bool = false) {
    let waiter: (CheckedContinuation<Ending, Never>, Ending)? = state.withLock { state in
      guard state.ending == nil else { return nil }
      let ending = Ending(failure: failure, isStuck: isStuck)
      state.ending = ending
      defer { state.waiter = nil }
      return state.waiter.map { ($0, ending) }
    }
    inbox.end()
    transactional?.transactions.end()
    if let (waiter, ending) = waiter { waiter.resume(returning: ending) }
  }

  private func completed(_ counts: SinkCounts) -> SinkCounts {
    var counts = counts
    counts.dropped = inbox.dropped
    counts.waiting = UInt64(journaled.map { $0.log.waiting(for: $0.place) } ?? 0)
    return counts
  }

  var isOver: Bool { state.withLock { $0.ending != nil } }
}
