internal import Logging
internal import Synchronization

/// What happens on the sink's thread.
extension SinkRunner {
  func connectSink() async throws(DeliveryError) {
    try await sink.connect()
    try await transactional?.sink.beginTransactions()
    state.withLock { state in
      state.isConnected = true
      state.fault = nil
    }
  }

  func deliverAll() async throws(DeliveryError) {
    var retries = RetryClock(options.retry)
    if let journaled { inbox.read(upTo: journaled.log.cursor(of: journaled.place)) }
    await connectInTheEnd()
    var filter = options.filter.map { RecordFilter($0) }
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
      if remembersRoutes { for alert in takeBuried() { filter?.forget(alert) } }
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
  fileprivate func settle(_ batch: Batch) {
    guard !isOver else { return }
    state.withLock { $0.settledRecords += batch.others }
    noteSettled(batch.alerts)
    if let end = batch.end { advance(to: end) }
  }

  fileprivate func advance(to end: Int64) {
    guard let journaled else { return }
    journaled.log.advance(sink: journaled.place, to: end)
    inbox.read(upTo: end)
  }

  /// Waits for the batch that was begun first. When it fails, those behind it are waited for as well before any is tried
  /// again, and all are settled in their order: what has come so far is counted, and must not skip one.
  fileprivate func finishFirst(
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

  fileprivate func noteSettled(_ count: UInt64) {
    guard count > 0 else { return }
    let listener = state.withLock { state in
      state.settledAlerts += count
      return state.settledListener
    }
    listener?()
  }

  /// Nil without a journal.
  fileprivate func nextAlerts(_ limit: Int) async -> AlertLog.Portion? {
    guard let journaled, kinds.contains(.alert) else { return nil }
    var trouble: String?
    while !isOver {
      do throws(JournalError) {
        let portion = try journaled.log.alerts(for: journaled.place, limit: limit)
        if let trouble { state.withLock { if $0.fault == trouble { $0.fault = nil } } }
        return portion
      } catch {
        let text = "the journal cannot be read: \(error)"
        trouble = text
        note(text)
        try? await Task.sleep(for: .seconds(1))
      }
    }
    return nil
  }

  /// Returns when nothing of the batch is left: delivered, or made into dead letters.
  fileprivate func deliver(_ batch: [Record], _ retries: inout RetryClock) async throws(DeliveryError) {
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
  fileprivate func count(delivered batch: [Record], before failure: DeliveryError?) {
    guard let failure else { return count(delivered: batch) }
    count(delivered: failure.delivered.filter(batch.indices.contains).map { batch[$0] })
  }

  /// Does what a sink says of a batch, once what was delivered of it is counted. `waits`: before anything is tried again;
  /// without it, that has been waited for.
  fileprivate func take(
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
  fileprivate func pause(
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

  /// Returns once it is connected for the first time, however long that takes; or once there is something to deliver that
  /// is to be given up in time.
  func connectInTheEnd() async {
    var backoff = Backoff(base: options.retry.first, cap: options.retry.longest)
    while !isOver, !isConnected {
      if options.retry.giveUpAfter.duration != nil, inbox.hasMore(batch: 1) { return }
      // Nothing will come that somebody would have to be there for.
      if inbox.isFinished { return }
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

  fileprivate func note(_ fault: String) {
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

  fileprivate var remembersRoutes: Bool { options.filter?.cooldown != nil }

  fileprivate func takeBuried() -> [Alert] {
    state.withLock { state in
      defer { state.buried = [] }
      return state.buried
    }
  }

  /// Makes records into dead letters: an alert is kept in the journal, or at least in the log.
  func bury(_ records: [Record], _ reason: String) {
    let remembers = remembersRoutes
    let isNews = state.withLock { state in
      state.counts.rejected += UInt64(records.count { $0.kind != .status })
      if remembers { state.buried += records.compactMap { if case .alert(let alert) = $0 { alert } else { nil } } }
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
