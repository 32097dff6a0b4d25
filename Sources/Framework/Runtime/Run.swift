internal import Foundation
public import Logging
internal import Synchronization

/// One run of a configuration: sources into the input log, the core over it, alerts out to the sinks.
public final class Run: Sendable {
  /// A source and the name that messages give it.
  public struct Input: Sendable {
    let name: String
    let source: any Source

    public init(name: String, source: any Source) {
      self.name = name
      self.source = source
    }
  }

  /// A sink, its name, and what the config says of it.
  public struct Output: Sendable {
    let name: String
    let options: SinkOptions
    let sink: any Sink

    public init(name: String, options: SinkOptions, sink: any Sink) {
      self.name = name
      self.options = options
      self.sink = sink
    }

    public init(name: String, kinds: Set<Record.Kind>, sink: any Sink) {
      var options = SinkOptions()
      options.records = Record.Kind.allCases.filter(kinds.contains)
      self.init(name: name, options: options, sink: sink)
    }

    var isTransactional: Bool { (sink as? any TransactionalSink)?.transactionScope != nil }

    /// Nil where it takes records.
    var observer: (any RunObserver)? { (sink as? any RunObserver).flatMap { $0.observesRun ? $0 : nil } }
  }

  private let inputs: [Input]
  private let live: LiveInput?
  private let detectors: [any Detector]
  private let fees: FeeSchedule
  private let runners: [SinkRunner]
  /// Nil when alerts are kept in memory alone.
  private let alerts: AlertLog?
  /// Nil where alerts and the places of sources are two things.
  private let transactions: AlertTransactions?
  private let log: InputLog
  private let logger: Logger
  private let monitor = RunMonitor()
  private let staysAtEnd = Atomic(false)
  /// Set before `execute`, by whoever looks.
  private let board = Mutex<RunBoard?>(nil)
  /// Those of the sinks that look, and what the config says of them.
  package let observers: [(sink: any RunObserver, options: SinkOptions)]
  /// What failed, in the order in which it did.
  private let failures = Mutex<[String]>([])

  /// How long sinks may go on delivering after `stop`: SIGTERM leaves five seconds in all.
  public static let drainTime = Duration.milliseconds(3_500)

  /// The venues that a run connects to, and what it needs for that.
  struct LiveInput: Sendable {
    var sources: [LiveSource]
    let means: LiveMeans
  }

  public convenience init(
    inputs: [Input], detectors: [any Detector], fees: FeeSchedule, outputs: [Output], markets: MarketTable,
    logger: Logger
  ) {
    self.init(
      inputs: inputs, live: nil, detectors: detectors, fees: fees, outputs: outputs, journal: nil, markets: markets,
      logger: logger)
  }

  init(
    inputs: [Input], live: LiveInput?, detectors: [any Detector], fees: FeeSchedule, outputs: [Output],
    journal: (any AlertJournal)? = nil, markets: MarketTable, logger: Logger
  ) {
    self.inputs = inputs
    self.live = live
    self.detectors = detectors
    self.fees = fees
    self.logger = logger
    self.log = InputLog(markets: markets)
    observers = outputs.compactMap { output in output.observer.map { ($0, output.options) } }
    let takers = outputs.filter { $0.options.records.contains(.alert) && $0.observer == nil }.map(\.name)
    let alerts = journal.map { AlertLog($0, sinks: takers, logger: logger) }
    self.alerts = alerts
    let isLive = live != nil
    let transactions = outputs.contains { $0.isTransactional } ? AlertTransactions() : nil
    self.transactions = transactions
    self.runners = outputs.map { output in
      // A sink that understands the status report gets it beside what the config asks for.
      var kinds = Set(output.options.records)
      if type(of: output.sink).accepts.contains(.status) { kinds.insert(.status) }
      if output.observer != nil { kinds = [] }
      let place = takers.firstIndex(of: output.name)
      let journaled = alerts.flatMap { log in place.map { SinkRunner.Journaled(log: log, place: $0) } }
      return SinkRunner(
        name: output.name, kinds: kinds, sink: output.sink, options: output.options, isLive: isLive,
        journaled: journaled, transactions: output.isTransactional ? transactions : nil, logger: logger)
    }
  }

  /// Ends the run: sources stop, what was detected is delivered, open windows are discarded. Sinks that are not done
  /// after `drainTime` are left behind, which the summary calls a failure.
  public func stop() {
    monitor.moved(to: .stopping)
    log.stop()
    // Not on the pool of tasks, which a stuck sink of somebody else's making may have filled.
    DispatchQueue.global().asyncAfter(deadline: .now() + Run.drainTime / .seconds(1)) { [runners, alerts] in
      alerts?.abandon()
      for runner in runners { runner.abandon() }
    }
  }

  /// When its sources have ended the run stays, for whoever looks at it, until it is stopped. Before `execute`.
  package func stayAtEnd() { staysAtEnd.store(true, ordering: .relaxed) }

  /// From now on the run shows what it does; the result may be called at any time from any thread, also while the core
  /// is stuck. Before `execute`.
  package func watch() -> @Sendable () -> OperationsSnapshot {
    monitor.watch()
    let names = (inputs.map(\.name), live?.sources.map(\.name) ?? [])
    return { [monitor, runners, alerts, inputs] in
      var snapshot = monitor.snapshot(inputs: names.0, venues: names.1, sinks: runners)
      snapshot.journal = alerts?.counts
      for (place, input) in inputs.enumerated() {
        snapshot.inputs[place].figures = input.source.figures
        snapshot.inputs[place].fault = input.source.fault
      }
      return snapshot
    }
  }

  /// From now on the run shows what it does, market data and alerts as well. Before `execute`; a run has one board, so
  /// whoever looks shares the view.
  package func observe() -> RunView {
    let board = RunBoard()
    self.board.withLock { $0 = board }
    return RunView(
      board: board, markets: log.markets, snapshot: watch(), stop: { [weak self] in self?.stop() },
      recentAlerts: { [alerts] limit in alerts?.newest(limit) ?? [] })
  }

  /// Runs until all sources have ended, `stop` is called, or something fails that cannot be mended.
  public func execute() async -> RunSummary {
    let start = ContinuousClock.now
    var summary = RunSummary()
    summary.end = .stopped
    if openJournal(), await openSources(), await connectSinks() {
      for input in inputs {
        let writer = log.addLane(pace: input.source.pace)
        if input.source.transactionScope != nil { log.setTransactions(transactions, of: writer) }
        startThread(of: input, writer)
      }
      AlertSafety(alerts: alerts, runners: runners, transactions: nil).onNews { [log] in log.noteProgress() }
      for runner in runners { runner.start { self.stop() } }
      monitor.moved(to: .running)
      let clock = Task { await self.requestStatusReports() }
      summary = await runCore(since: start)
      summary.sources = zip(inputs, log.sourceCounts).map { ($0.name, $1) }
      clock.cancel()
      log.closeProgress()
      alerts?.finish()
      // The source's last order is still to be carried out.
      if transactions != nil { await waitForTrackedSources() }
      for runner in runners { runner.endInput() }
      // All at once, for each may take a while.
      let closings = runners.map { runner in
        Task {
          let ending = await runner.ending()
          let counts = runner.snapshot().counts
          if !ending.isStuck { await runner.close() }
          return (counts: counts, failure: ending.failure)
        }
      }
      for (runner, closing) in zip(runners, closings) {
        let (counts, failure) = await closing.value
        summary.sinks.append((runner.name, counts))
        if let failure { fail(failure) }
      }
    }
    await waitForTrackedSources()
    closeJournal(&summary)
    summary.failures = failures.withLock { $0 }
    if !summary.failures.isEmpty { summary.end = .failed }
    summary.duration = ContinuousClock.now - start
    return summary
  }

  private func closeJournal(_ summary: inout RunSummary) {
    guard let alerts else { return }
    alerts.close()
    summary.journal = alerts.counts
    for (place, runner) in runners.enumerated() where place < summary.sinks.count {
      summary.sinks[place].counts = runner.snapshot().counts
    }
    if alerts.unwritten > 0 {
      fail("journal: \(alerts.unwritten) alerts could not be written: \(alerts.counts.fault ?? "it is not open")")
    }
  }

  // MARK: Start

  /// First of all: whoever holds the state folder is the only one to run.
  private func openJournal() -> Bool {
    do throws(JournalError) {
      try alerts?.start(
        runners.filter { $0.journaled != nil }.map { runner in { runner.inbox.announce($0) } })
      return true
    } catch {
      fail("state: \(error)")
      return false
    }
  }

  /// On a thread of its own, since opening may block (a FIFO waits for its writer), and no longer than the run is wanted.
  private func openSources() async -> Bool {
    await withCheckedContinuation { continuation in
      let answer = FirstAnswer(continuation)
      log.onStop { answer.give(false) }
      Thread.detachNewThread { [inputs] in
        for (number, input) in inputs.enumerated() {
          do {
            try input.source.open()
            self.monitor.opened(input: number)
          } catch {
            self.fail("\(input.name): \(error)")
          }
        }
        answer.give(self.failures.withLock { $0.isEmpty })
      }
    }
  }

  /// No longer than the run is wanted: what is not there may be waited for.
  private func connectSinks() async -> Bool {
    for (number, runner) in runners.enumerated() {
      guard let result = await connectUnlessStopped(runner) else {
        for connected in runners[..<number] { await connected.close() }
        return false
      }
      do throws(DeliveryError) {
        try result.get()
      } catch {
        switch runner.startup {
        case .retry: logger.warning("sink \(runner.name): \(error); the run begins, and it is connected when it can be")
        case .ignore: runner.leaveOut(error)
        case .error:
          fail("sink \(runner.name): \(error)")
          for connected in runners[...number] { await connected.close() }
          return false
        }
      }
    }
    return true
  }

  /// Nil when the run was ended first; then the call is left behind.
  private func connectUnlessStopped(_ runner: SinkRunner) async -> Result<Void, DeliveryError>? {
    await withCheckedContinuation { continuation in
      let answer = FirstAnswer(continuation)
      log.onStop { answer.give(nil) }
      Task {
        do throws(DeliveryError) {
          try await runner.connect()
          answer.give(.success(()))
        } catch {
          answer.give(.failure(error))
        }
      }
    }
  }

  private func fail(_ message: String) {
    failures.withLock { $0.append(message) }
  }

  /// Sources that keep their progress elsewhere write it down a last time; those that run programs end them.
  private func waitForTrackedSources() async {
    guard log.awaitsSources else { return }
    log.noteProgress()
    await withCheckedContinuation { continuation in
      Thread.detachNewThread { [log] in
        log.waitForTrackedSources(until: .now + Run.farewellTime)
        continuation.resume()
      }
    }
  }

  /// Seconds for that.
  private static let farewellTime = Duration.seconds(2)

  // MARK: At work

  private func startThread(of input: Input, _ writer: InputLog.Writer) {
    Thread.detachNewThread { [log] in
      do {
        try input.source.run(writer)
        log.end(writer)
      } catch {
        log.end(writer, failure: error)
      }
    }
  }

  private func requestStatusReports() async {
    guard monitor.isWatched || runners.contains(where: { $0.kinds.contains(.status) }) else { return }
    while (try? await Task.sleep(for: .seconds(1))) != nil { log.requestAttention() }
  }

  private func runCore(since start: ContinuousClock.Instant) async -> RunSummary {
    await withCheckedContinuation { continuation in
      let core = Thread { continuation.resume(returning: self.readLog(since: start)) }
      core.name = "arbd core"
      core.start()
    }
  }

  // MARK: The core's thread

  private func readLog(since start: ContinuousClock.Instant) -> RunSummary {
    var pipeline = Pipeline(
      detectors: detectors, fees: fees, markets: log.markets,
      publishes: runners.reduce(into: []) { $0.formUnion($1.kinds) }, board: board.withLock { $0 }, logger: logger)
    var reader = InputReader(log)
    var tracker = ProgressTracker(lanes: inputs.count)
    let safety = AlertSafety(alerts: alerts, runners: runners, transactions: transactions)
    monitor.turn()
    var records: [Record] = []
    var end: RunSummary.End?
    let feeds: LiveFeeds?
    do {
      feeds = try startFeeds()
    } catch {
      feeds = nil
      fail("\(error)")
      stop()
      end = .failed
    }
    publishSnapshot(pipeline, feeds)
    while end == nil {
      monitor.turn()
      var isAsked = false
      switch reader.next(waits: feeds == nil) {
      case .nothing(let seconds):
        feeds?.turn(atMost: .seconds(seconds), &pipeline, &records)
      case .events(let lane, let range):
        if inputs[lane].source.asksForProgress {
          tracker.reading(lane: lane, count: range.count, from: pipeline.counts.events)
        }
        pipeline.process(reader.batch(of: lane), range, log: log, into: &records)
        feeds?.turn(atMost: .zero, &pipeline, &records)
      case .attention:
        records.append(.status(pipeline.statusReport(elapsed: ContinuousClock.now - start, isFinal: false)))
        publishSnapshot(pipeline, feeds)
      case .progress: isAsked = true
      case .ended:
        // Venues never end.
        if let feeds {
          feeds.turn(atMost: .seconds(1), &pipeline, &records)
        } else {
          pipeline.finish(into: &records)
          if staysAtEnd.load(ordering: .relaxed) {
            hand(&records)
            pipeline.show()
            publishSnapshot(pipeline, nil)
            logger.notice("the input has ended")
            waitForStop()
          }
          end = .finished
        }
      case .stopped: end = .stopped
      case .failed(let error):
        fail("\(error)")
        stop()
        end = .failed
      }
      hand(&records)
      pipeline.show()
      tracker.answer(log, pipeline, isNews: isAsked, safety: safety.mark)
    }
    tracker.answer(log, pipeline, isNews: false, isEnd: true, safety: safety.mark)
    monitor.moved(to: .stopping)
    feeds?.stop(within: Run.closeTime, &pipeline, &records)
    publishSnapshot(pipeline, feeds)
    hand(&records)
    pipeline.show()
    records.append(.status(pipeline.statusReport(elapsed: ContinuousClock.now - start, isFinal: true)))
    hand(&records)
    monitor.ended()
    var summary = RunSummary(end: end ?? .stopped, pipeline)
    summary.silentVenues = zip(detectors, pipeline.heardVenues).compactMap { detector, heard in
      let silent = detector.venues.filter { !heard.contains($0) }
      return silent.isEmpty ? nil : (detector.settings.name, silent)
    }
    return summary
  }

  private func waitForStop() {
    let isStopped = DispatchSemaphore(value: 0)
    log.onStop { isStopped.signal() }
    isStopped.wait()
  }

  private func publishSnapshot(_ pipeline: borrowing Pipeline, _ feeds: LiveFeeds?) {
    guard monitor.isWatched else { return }
    var snapshot = pipeline.snapshot()
    feeds?.add(to: &snapshot)
    snapshot.sourceCounts = log.sourceCounts
    monitor.publish(snapshot)
  }

  /// How long sockets have for saying goodbye.
  private static let closeTime = Duration.milliseconds(500)

  private func startFeeds() throws -> LiveFeeds? {
    guard let live else { return nil }
    let start = ContinuousClock.now
    let clock = LiveClock(elapsed: { ContinuousClock.now - start }, now: live.means.now)
    let tape = try LiveTape(live.sources, logger: logger)
    let network = try live.means.makeNetwork()
    log.onNews(network.wake)
    let instruments = InstrumentService(live.sources, live.means, logger: logger)
    instruments.start()
    var check = InstrumentCheck(instruments, logger: logger)
    do {
      try check.run()
    } catch {
      instruments.stop()
      throw error
    }
    instruments.onNews(network.wake)
    let feeds = LiveFeeds(
      live.sources, network, log, clock, tape, limits: live.means.attempts, instruments: instruments, logger: logger)
    feeds.start()
    feeds.begin(with: check.lists)
    return feeds
  }

  /// Gives every sink what it takes.
  private func hand(_ records: inout [Record]) {
    guard !records.isEmpty else { return }
    alerts?.append(records.compactMap { if case .alert(let alert) = $0 { alert } else { nil } })
    for runner in runners { runner.put(records) }
    records.removeAll(keepingCapacity: true)
  }
}
