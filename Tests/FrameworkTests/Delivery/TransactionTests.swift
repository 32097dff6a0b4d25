import Synchronization
import Testing

@testable import ArbdFramework

/// Alerts and the place of their source, committed as one.
@Suite(.timeLimit(.minutes(5))) struct TransactionTests {
  /// Runs the source with a detector of one-second windows, each of which is an alert.
  private func execute(
    _ sink: TransactionSink, _ work: @escaping @Sendable (InputLog.Writer, AlertTransactions) throws -> Void
  ) async -> RunSummary {
    let source = ScriptedSource(scope: TransactionScope(name: "scripted")) { log in
      guard let transactions = log.transactions else { throw Missing() }
      try work(log, transactions)
    }
    var options = SinkOptions()
    (options.retry.first, options.retry.longest) = (.milliseconds(1), .milliseconds(2))
    let run = Run(
      inputs: [Run.Input(name: "source", source: source)], detectors: [EveryWindow(instruments: [.btc])],
      fees: FeeSchedule(), outputs: [Run.Output(name: "s", options: options, sink: sink)], markets: MarketTable(),
      logger: silentLogger)
    return await run.execute()
  }

  private struct Missing: Error {}

  /// Reads trades, a millisecond apart, then asks where detection is.
  private static func ask(_ log: InputLog.Writer, behind trades: ClosedRange<Int>) throws -> ProgressAnswer {
    try ScriptedSource.append(trades: trades, log)
    log.requestProgress()
    guard let answer = log.waitForAnswer(atMost: .seconds(100)) else { throw Missing() }
    return answer
  }

  @Test func aTransactionHoldsTheAlertsUpToItsPlaceAndNoOthers() async {
    let sink = TransactionSink()
    let summary = await execute(sink) { log, transactions in
      let first = try Self.ask(log, behind: 1...2_500)
      // More is found before the first is committed.
      let second = try Self.ask(log, behind: 2_501...4_500)
      transactions.commit(Place(number: first.progress.events), for: first)
      transactions.commit(Place(number: second.progress.events), for: second)
      _ = transactions.wait(atMost: .seconds(100))
    }
    #expect(summary.failures.isEmpty)
    #expect(sink.committed == [.init(place: 2_500, windows: [0, 1]), .init(place: 4_500, windows: [2, 3])])
  }

  /// What is dropped behind a change of the group must reach up to that change.
  @Test func anEarlierAnswerIsNotTakenForTheOneThatWasAskedFor() throws {
    let log = InputLog(markets: MarketTable())
    let writer = log.addLane(pace: .maximum)
    let transactions = AlertTransactions()
    log.setTransactions(transactions, of: writer)
    try ScriptedSource.append(trades: 1...10, writer)
    writer.requestProgress()
    try ScriptedSource.append(trades: 11...20, writer)
    writer.requestProgress()
    let progress = DetectionProgress(
      events: 10, firstNeeded: 0, clock: Timestamp(microseconds: 0), detectors: [])
    log.answer(0, ProgressDesk.Answer(ProgressAnswer(progress: progress, alerts: 3), isSafe: { false }))
    #expect(writer.waitForAnswer(atMost: .milliseconds(10)) == nil)
    #expect(writer.takeAnswer()?.alerts == 3)
  }

  @Test func whatFailsIsTriedAgainWithTheSameAlertsAndTheSamePlace() async {
    let sink = TransactionSink([
      .failure(DeliveryError("no", verdict: .retry())), .failure(DeliveryError("gone", verdict: .reconnect)),
      .success(.committed),
    ])
    let summary = await execute(sink) { log, transactions in
      let answer = try Self.ask(log, behind: 1...2_500)
      transactions.commit(Place(number: 7), for: answer)
      _ = transactions.wait(atMost: .seconds(100))
    }
    let attempt = TransactionSink.Attempt(place: 7, windows: [0, 1])
    #expect(sink.attempts == [attempt, attempt, attempt] && sink.committed == [attempt])
    // Behind each connection whoever was there before is shut out.
    #expect(sink.beginnings == 2)
    #expect(summary.sinks.first?.counts.delivered == 2 && summary.sinks.first?.counts.retries == 2)
  }

  @Test func anAlertThatIsRefusedForEverDoesNotHoldUpTheOthers() async {
    let sink = TransactionSink([.failure(DeliveryError("too large", verdict: .reject([0]))), .success(.committed)])
    let summary = await execute(sink) { log, transactions in
      let answer = try Self.ask(log, behind: 1...2_500)
      transactions.commit(Place(number: 1), for: answer)
      _ = transactions.wait(atMost: .seconds(100))
    }
    #expect(sink.committed == [.init(place: 1, windows: [1])])
    #expect(summary.sinks.first?.counts.rejected == 1)
  }

  @Test func whatIsOutdatedOrDroppedIsInNoTransaction() async {
    let sink = TransactionSink([.success(.outdated), .success(.committed)])
    _ = await execute(sink) { log, transactions in
      let first = try Self.ask(log, behind: 1...2_500)
      transactions.commit(Place(number: 1), for: first)
      transactions.drop(upTo: try Self.ask(log, behind: 2_501...4_500))
      let last = try Self.ask(log, behind: 4_501...6_500)
      transactions.commit(Place(number: 3), for: last)
      _ = transactions.wait(atMost: .seconds(100))
    }
    #expect(sink.attempts == [.init(place: 1, windows: [0, 1]), .init(place: 3, windows: [4, 5])])
    #expect(sink.committed == [.init(place: 3, windows: [4, 5])])
  }

  @Test func aSinkThatIsShutOutEndsTheRun() async {
    let sink = TransactionSink([.failure(DeliveryError("fenced", verdict: .stop))])
    let summary = await execute(sink) { log, transactions in
      let answer = try Self.ask(log, behind: 1...2_500)
      transactions.commit(Place(number: 1), for: answer)
      while true { _ = try Self.ask(log, behind: 2_501...2_502) }
    }
    #expect(summary.failures == ["sink s: fenced"] && summary.end == .failed)
    #expect(sink.committed.isEmpty)
  }

  @Test func atTheEndOfARunWhatTheCoreHasReadIsCommitted() async {
    let sink = TransactionSink()
    let summary = await execute(sink) { log, transactions in
      let first = try Self.ask(log, behind: 1...2_500)
      // Read, but asked for by nobody when the run is stopped by another hand.
      try ScriptedSource.append(trades: 2_501...4_500, log)
      log.log.stop()
      if let last = log.waitForAnswer(atMost: .seconds(100)) {
        transactions.commit(Place(number: last.progress.events), for: last)
        _ = transactions.wait(atMost: .seconds(100))
      }
      #expect(first.progress.events == 2_500)
    }
    #expect(summary.failures.isEmpty)
    let committed = sink.committed.last
    #expect(sink.committed.count == 1 && (2_500...4_500).contains(committed?.place ?? 0))
    #expect(committed?.windows == Array(0..<Int((committed?.place ?? 0) / 1_000)))
  }

  @Test func alertsThatNobodyCommitsAreNoFailure() async {
    let sink = TransactionSink()
    let summary = await execute(sink) { log, _ in _ = try Self.ask(log, behind: 1...2_500) }
    #expect(summary.failures.isEmpty && sink.attempts.isEmpty)
  }
}

private struct Place: SourcePlace {
  let number: UInt64
}

/// Keeps what it commits; each attempt ends as its script says, and those behind it well.
private final class TransactionSink: TransactionalSink {
  struct Options: PluginOptions {
    static let fields: [OptionField<Self>] = []
  }

  struct Attempt: Equatable {
    let place: UInt64
    /// The seconds at which the alerts' windows begin.
    let windows: [Int]
  }

  static let name = "transactional"
  static let summary = "Keeps what it commits."
  static let accepts: Set<Record.Kind> = [.alert]

  private struct State {
    var script: [Result<TransactionOutcome, DeliveryError>]
    var attempts: [Attempt] = []
    var committed: [Attempt] = []
    var beginnings = 0
  }

  private let state: Mutex<State>

  init(options: Options, context: PluginContext) { state = Mutex(State(script: [])) }
  init(_ script: [Result<TransactionOutcome, DeliveryError>] = []) { state = Mutex(State(script: script)) }

  var attempts: [Attempt] { state.withLock { $0.attempts } }
  var committed: [Attempt] { state.withLock { $0.committed } }
  var beginnings: Int { state.withLock { $0.beginnings } }

  var transactionScope: TransactionScope? { TransactionScope(name: "scripted") }
  func connect() async throws(DeliveryError) {}
  func beginTransactions() async throws(DeliveryError) { state.withLock { $0.beginnings += 1 } }
  func deliver(_ batch: [Record]) async throws(DeliveryError) { throw DeliveryError("not so", verdict: .stop) }
  func close() async {}

  func commit(_ alerts: [Record], _ place: any SourcePlace) async throws(DeliveryError) -> TransactionOutcome {
    let attempt = Attempt(
      place: (place as? Place)?.number ?? 0,
      windows: alerts.compactMap {
        if case .alert(let alert) = $0 { Int(alert.windowStart.microseconds / 1_000_000) } else { nil }
      })
    let result = state.withLock { state in
      state.attempts.append(attempt)
      let result = state.script.isEmpty ? .success(.committed) : state.script.removeFirst()
      if case .success(.committed) = result { state.committed.append(attempt) }
      return result
    }
    return try result.get()
  }
}
