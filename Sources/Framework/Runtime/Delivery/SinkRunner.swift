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

  private struct State {
    var counts = SinkCounts()
    /// Records handed over so far, without status reports.
    var offered: UInt64 = 0
    var isConnected = false
    var ending: Ending?
    /// Why the last attempt did not deliver; nil once one has.
    var fault: String?
    /// Why the last dead letter became one.
    var burialReason: String?
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
  private let transactional: Transactional?
  private let sink: any Sink
  private let executor: SinkExecutor
  private let state = Mutex(State())

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

  // MARK: On the sink's thread

  private func connectSink() async throws(DeliveryError) {
    try await sink.connect()
    try await transactional?.sink.beginTransactions()
    state.withLock { state in
      state.isConnected = true
      state.fault = nil
    }
  }

  private func deliverAll() async throws(DeliveryError) {
    var retries = RetryClock(options.retry)
    await connectInTheEnd()
    var filter = options.filter.map { RecordFilter($0) }
    if let journaled { inbox.read(upTo: journaled.log.cursor(of: journaled.place)) }
    let limit = min(options.batch.records, max(1, type(of: sink).batchLimit))
    var pipeline = SinkPipeline(sink)
    while !isOver {
      if pipeline.isEmpty {
        guard await inbox.hasMore(batch: limit, wait: options.batch.wait), !isOver else { return }
      } else {
        let hasMore = inbox.hasMore(batch: options.batch.wait > .zero ? limit : 1)
        guard hasMore, pipeline.hasRoom(for: limit) else {
          try await finishFirst(of: &pipeline, hurrying: !hasMore || pipeline.isCrowded, &retries)
          continue
        }
      }
      let portion = await nextAlerts(limit)
      let alerts = portion?.alerts ?? []
      let others = inbox.take(limit - alerts.count)
      let records = alerts.map { Record.alert($0.alert) } + others
      let admitted = filter == nil ? records : records.filter { filter?.admits($0) != false }
      noteFiltered(records.count - admitted.count)
      let batch = Batch(
        records: admitted, others: UInt64(others.count { $0.kind != .status }),
        alerts: UInt64(others.count { $0.kind == .alert }), end: alerts.isEmpty ? nil : portion?.end)
      // The journal's cursor follows each delivery of alerts, and passes at once what is not there.
      if alerts.isEmpty, let end = portion?.end { advance(to: end) }
      if alerts.isEmpty, isConnected, await pipeline.begin(batch) { continue }
      while !pipeline.isEmpty, !isOver { try await finishFirst(of: &pipeline, hurrying: true, &retries) }
      if !admitted.isEmpty { try await deliver(admitted, &retries) }
      settle(batch)
    }
  }

  /// What was taken at once, less what the filter held back.
  struct Batch {
    let records: [Record]
    /// How many came by the queue, and the alerts among them.
    let others: UInt64
    let alerts: UInt64
    /// Where the journal goes on.
    let end: Int64?
  }

  /// Nothing of it is left to be done.
  private func settle(_ batch: Batch) {
    guard !isOver else { return }
    state.withLock { $0.settledRecords += batch.others }
    noteSettled(batch.alerts)
    if let end = batch.end { advance(to: end) }
  }

  private func advance(to end: Int64) {
    guard let journaled else { return }
    journaled.log.advance(sink: journaled.place, to: end)
    inbox.read(upTo: end)
  }

  /// Waits for the batch that was begun first. When it fails, those behind it are waited for as well before any is tried
  /// again, and all are settled in their order: what has come so far is counted, and must not skip one.
  private func finishFirst(
    of pipeline: inout SinkPipeline, hurrying: Bool, _ retries: inout RetryClock
  ) async throws(DeliveryError) {
    var outcomes: [SinkPipeline.Outcome] = []
    while let outcome = await pipeline.finishFirst(hurrying: hurrying || !outcomes.isEmpty) {
      outcomes.append(outcome)
      count(delivered: outcome.batch.records, before: outcome.failure)
      if outcomes.allSatisfy({ $0.failure == nil }) { break }
    }
    var isFirst = true
    for (batch, failure) in outcomes {
      if let failure {
        var left = batch.records
        try await take(failure, &left, &retries, waits: isFirst)
        isFirst = false
        try await deliver(left, &retries)
      } else {
        retries.reset()
      }
      settle(batch)
    }
  }

  private func noteSettled(_ count: UInt64) {
    guard count > 0 else { return }
    let listener = state.withLock { state in
      state.settledAlerts += count
      return state.settledListener
    }
    listener?()
  }

  /// Nil without a journal.
  private func nextAlerts(_ limit: Int) async -> AlertLog.Portion? {
    guard let journaled, kinds.contains(.alert) else { return nil }
    while !isOver {
      do throws(JournalError) {
        return try journaled.log.alerts(for: journaled.place, limit: limit)
      } catch {
        note("the journal cannot be read: \(error)")
        try? await Task.sleep(for: .seconds(1))
      }
    }
    return nil
  }

  /// Returns when nothing of the batch is left: delivered, or made into dead letters.
  private func deliver(_ batch: [Record], _ retries: inout RetryClock) async throws(DeliveryError) {
    var left = batch
    while !left.isEmpty, !isOver {
      let isConnected = isConnected
      do throws(DeliveryError) {
        if !isConnected { try await connectAnew() }
        try await sink.deliver(left)
        count(delivered: left)
        retries.reset()
        return
      } catch {
        if !self.isConnected {
          // What a sink says while it cannot be reached is about the attempt, not about records.
          try await pause(error, asked: nil, &left, &retries)
        } else {
          count(delivered: left, before: error)
          try await take(error, &left, &retries)
        }
      }
    }
  }

  /// Counts what of a batch was delivered before it failed; all of it when it did not.
  private func count(delivered batch: [Record], before failure: DeliveryError?) {
    guard let failure else { return count(delivered: batch) }
    count(delivered: failure.delivered.filter(batch.indices.contains).map { batch[$0] })
  }

  /// Does what a sink says of a batch, once what was delivered of it is counted. `waits`: before anything is tried again;
  /// without it, that has been waited for.
  private func take(
    _ error: DeliveryError, _ left: inout [Record], _ retries: inout RetryClock, waits: Bool = true
  ) async throws(DeliveryError) {
    var gone = error.delivered
    if case .reject(let rejected) = error.verdict {
      bury(left.indices.filter { rejected.contains($0) && !gone.contains($0) }.map { left[$0] }, error.reason)
      gone.formUnion(rejected)
    }
    let hasProgressed = !gone.isDisjoint(with: left.indices)
    // The destination is there, so what fails from now on fails for the first time.
    if hasProgressed { retries.reset() }
    left = left.indices.filter { !gone.contains($0) }.map { left[$0] }
    guard waits || error.verdict == .stop else { return }
    switch error.verdict {
    case .stop: throw error
    // A verdict that leaves everything as it was would be repeated for ever.
    case .reject: if !hasProgressed { try await pause(error, asked: nil, &left, &retries) }
    case .retry(let asked): try await pause(error, asked: asked, &left, &retries)
    case .reconnect:
      await disconnect()
      try await pause(error, asked: nil, &left, &retries)
    }
  }

  /// Waits before another attempt; empties the batch when it has been failing for too long.
  private func pause(
    _ error: DeliveryError, asked: Duration?, _ left: inout [Record], _ retries: inout RetryClock
  ) async throws(DeliveryError) {
    guard !left.isEmpty else { return }
    var random = SystemRandomNumberGenerator()
    guard let delay = retries.delay(asked: asked, now: .now, using: &random) else {
      bury(left, "given up: \(error.reason)")
      left = []
      retries.reset()
      return
    }
    noteRetry("\(error.reason); trying again in \(delay.rough)")
    do {
      try await Task.sleep(for: delay)
    } catch {
      throw DeliveryError("stopped while waiting to try again", verdict: .stop)
    }
  }

  func connectAnew() async throws(DeliveryError) {
    try await connectSink()
    state.withLock { $0.counts.reconnects += 1 }
    logger.notice("sink \(name): connected")
  }

  /// Returns once it is connected for the first time, however long that takes.
  func connectInTheEnd() async {
    var backoff = Backoff(base: options.retry.first, cap: options.retry.longest)
    while !isOver, !isConnected {
      do throws(DeliveryError) {
        try await connectAnew()
      } catch {
        var random = SystemRandomNumberGenerator()
        let delay = backoff.next(using: &random)
        note("\(error.reason); connecting again in \(delay.rough)")
        try? await Task.sleep(for: delay)
      }
    }
  }

  func disconnect() async {
    await sink.close()
    state.withLock { $0.isConnected = false }
  }

  func noteRetry(_ fault: String) {
    state.withLock { $0.counts.retries += 1 }
    note(fault)
  }

  func noteFiltered(_ count: Int) { state.withLock { $0.counts.filtered += UInt64(count) } }

  var isConnected: Bool { state.withLock { $0.isConnected } }

  private func note(_ fault: String) {
    state.withLock { $0.fault = fault }
    logger.warning("sink \(name): \(fault)")
  }

  func count(delivered records: [Record]) {
    let delivered = UInt64(records.count { $0.kind != .status })
    state.withLock { state in
      state.counts.delivered += delivered
      if delivered > 0 { state.fault = nil }
    }
  }

  /// Makes records into dead letters: an alert is kept in the journal, or at least in the log.
  func bury(_ records: [Record], _ reason: String) {
    let isNews = state.withLock { state in
      state.counts.rejected += UInt64(records.count { $0.kind != .status })
      defer { state.burialReason = reason }
      return state.burialReason != reason
    }
    let letters = records.compactMap { record in
      if case .alert(let alert) = record { DeadLetter(sink: name, alert: alert, reason: reason) } else { nil }
    }
    // A reason is reported once, the records of it are counted; without a journal the log is all that knows of an alert.
    if isNews { logger.error("sink \(name): \(records.count) records are not delivered: \(reason)") }
    if journaled == nil {
      for letter in letters { logger.error("sink \(name): alert \(letter.alert.id) is not delivered") }
    }
    if let journaled { journaled.log.add(letters) }
  }
}
