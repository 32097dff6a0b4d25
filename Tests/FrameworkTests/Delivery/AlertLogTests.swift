import Synchronization
import Testing

@testable import ArbdFramework

@Suite(.timeLimit(.minutes(5))) struct AlertLogTests {
  private let full = JournalError("database or disk is full", remedy: .retry)
  private let gone = JournalError("was deleted", remedy: .renew)

  private func alerts(_ numbers: ClosedRange<Int>) -> [Alert] { numbers.map { .sample($0) } }

  /// Waits until the listener has heard of the position.
  private func wait(for position: Int64, _ heard: Heard) async {
    while heard.position < position { await Task.yield() }
  }

  @Test func alertsAreWrittenBeforeTheyAreAnnounced() async throws {
    let journal = ScriptedJournal()
    let log = AlertLog(journal, sinks: ["a", "b"], logger: silentLogger)
    let heard = Heard()
    try log.start([
      { position in
        heard.note(position, written: journal.positions.last ?? 0)
      }
    ])
    log.append(alerts(1...3))
    await wait(for: 3, heard)
    #expect(heard.wasAlwaysWritten)
    #expect(try log.alerts(for: 0, limit: 2).alerts.map(\.position) == [1, 2])
    log.advance(sink: 0, to: 2)
    #expect(try log.alerts(for: 0, limit: 9).alerts.map(\.alert) == [.sample(3)])
    #expect(log.waiting(for: 0) == 1 && log.waiting(for: 1) == 3)
    log.finish()
    log.close()
    let state = journal.state.withLock { $0 }
    #expect(state.cursors == ["a": 2, "b": 0] && state.isClosed)
  }

  @Test func theNextRunGoesOnWhereASinkWas() async throws {
    let journal = ScriptedJournal()
    let first = AlertLog(journal, sinks: ["a"], logger: silentLogger)
    try first.start([])
    first.append(alerts(1...5))
    first.finish()
    first.advance(sink: 0, to: 2)
    first.close()

    let second = AlertLog(journal, sinks: ["a"], logger: silentLogger)
    let heard = Heard()
    try second.start([{ heard.note($0, written: .max) }])
    #expect(heard.position == 5)
    #expect(try second.alerts(for: 0, limit: 9).alerts.map(\.position) == [3, 4, 5])
    second.append(alerts(6...6))
    await wait(for: 6, heard)
    #expect(try second.alerts(for: 0, limit: 9).alerts.map(\.position) == [3, 4, 5, 6])
    second.advance(sink: 0, to: 5)
    #expect(try second.alerts(for: 0, limit: 9).alerts.map(\.position) == [6])
    second.close()
  }

  @Test func whileTheDiskIsFullAlertsComeFromMemory() async throws {
    let journal = ScriptedJournal([full, full, full])
    let log = AlertLog(journal, sinks: ["a"], logger: silentLogger)
    let heard = Heard()
    try log.start([{ heard.note($0, written: .max) }])
    log.append(alerts(1...2))
    await wait(for: 2, heard)
    #expect(try log.alerts(for: 0, limit: 9).alerts.count == 2)
    log.advance(sink: 0, to: 2)
    while log.counts.written < 2 { await Task.yield() }
    #expect(log.counts.failures == 3 && log.counts.fault == nil && log.counts.lost == 0)
    log.close()
    #expect(journal.positions == [1, 2])
  }

  @Test func aLostFileIsBegunAnewWithWhatIsInMemory() async throws {
    let journal = ScriptedJournal([nil, gone])
    let log = AlertLog(journal, sinks: ["a"], logger: silentLogger)
    try log.start([])
    log.append(alerts(1...2))
    while log.counts.written < 2 { await Task.yield() }
    log.append(alerts(3...3))
    while journal.positions != [1, 2, 3] || log.counts.fault != nil { await Task.yield() }
    let state = journal.state.withLock { $0 }
    #expect(state.renewals == 1 && log.counts.lost == 0 && log.counts.failures == 1)
    log.close()
  }

  // MARK: Trouble

  /// An earlier run's alerts are in the file alone.
  private func journal(holding alerts: ClosedRange<Int>, cursor: Int64 = 0) -> ScriptedJournal {
    let journal = ScriptedJournal()
    journal.state.withLock { state in
      state.alerts = alerts.map { JournaledAlert(position: Int64($0), alert: .sample($0)) }
      state.cursors = ["a": cursor]
    }
    return journal
  }

  @Test func aFileThatCannotBeReadIsBegunAnew() async throws {
    let journal = journal(holding: 1...5)
    journal.state.withLock { $0.damage = JournalError("database disk image is malformed", remedy: .renew) }
    let log = AlertLog(journal, sinks: ["a"], logger: silentLogger)
    try log.start([])
    #expect(throws: JournalError.self) { try log.alerts(for: 0, limit: 9) }
    while journal.state.withLock({ $0.renewals }) == 0 { await Task.yield() }
    let rest = try log.alerts(for: 0, limit: 9)
    #expect(rest.alerts.isEmpty && rest.end == 5 && log.counts.lost == 5)
    log.advance(sink: 0, to: 5)
    log.append(alerts(6...6))
    log.finish()
    #expect(try log.alerts(for: 0, limit: 9).alerts.map(\.position) == [6])
    #expect(log.counts.fault == nil && journal.positions == [6])
    log.close()
    #expect(journal.state.withLock { $0.renewals } == 1)
  }

  /// What a sink reads while the file is replaced is no reason to pass over what is in memory.
  @Test func aFileThatIsReplacedUnderAReaderCostsOnlyWhatItHeld() async throws {
    let journal = journal(holding: 1...5)
    let log = AlertLog(journal, sinks: ["a"], logger: silentLogger)
    try log.start([])
    log.append(alerts(6...7))
    while log.counts.written < 2 { await Task.yield() }
    journal.whileReading.withLock { action in
      action = {
        journal.state.withLock { $0.outcomes = [JournalError("was deleted", remedy: .renew)] }
        log.append([.sample(8)])
        while journal.positions != [6, 7, 8] {}
        return JournalPage(alerts: [], last: nil, rows: 0)
      }
    }
    let first = try log.alerts(for: 0, limit: 9)
    #expect(first.alerts.isEmpty && first.end == 5 && log.counts.lost == 5)
    log.advance(sink: 0, to: 5)
    log.finish()
    #expect(try log.alerts(for: 0, limit: 9).alerts.map(\.position) == [6, 7, 8])
    log.close()
  }

  @Test func roomIsMadeWhileNothingCanBeWritten() async throws {
    let journal = ScriptedJournal()
    journal.state.withLock { $0.fullness = full }
    let log = AlertLog(journal, sinks: ["a"], logger: silentLogger, trimInterval: .milliseconds(1))
    try log.start([])
    log.append(alerts(1...3))
    while journal.positions != [1, 2, 3] { await Task.yield() }
    log.close()
    #expect(log.counts.fault == nil)
  }

  @Test func roomIsMadeWhileThereIsAlwaysSomethingToWrite() throws {
    let journal = ScriptedJournal()
    let log = AlertLog(journal, sinks: ["a"], logger: silentLogger, trimInterval: .microseconds(1))
    try log.start([])
    // Never empty: each write is waited for after the next alert was handed over.
    for number in 1...2_000 {
      log.append([.sample(number)])
      if number > 1 { while !log.isWritten(Int64(number - 1)) {} }
    }
    log.finish()
    let (trims, writes) = journal.state.withLock { ($0.trims, $0.writes) }
    #expect(trims >= writes, "before each write it was time")
    log.close()
  }

  /// Somebody else holds the file for a moment: what can be written is written before sinks see it.
  @Test func aTrimThatFailsIsNoOutage() async throws {
    let journal = ScriptedJournal()
    journal.state.withLock {
      $0.trimOutcomes = Array(repeating: JournalError("database is locked", remedy: .retry), count: 1_000_000)
    }
    let log = AlertLog(journal, sinks: ["a"], logger: silentLogger, trimInterval: .microseconds(1))
    let heard = Heard()
    try log.start([{ heard.note($0, written: journal.positions.last ?? 0) }])
    while log.counts.failures < 2 { await Task.yield() }
    for number in 1...100 {
      log.append([.sample(number)])
      #expect(log.counts.fault == nil)
    }
    log.finish()
    #expect(heard.wasAlwaysWritten && journal.positions.last == 100)
    log.close()
  }

  /// In an outage nothing waits for the next attempt to write.
  @Test func whatComesInAnOutageIsAnnouncedAtOnce() async throws {
    let journal = ScriptedJournal()
    journal.state.withLock { $0.outcomes = Array(repeating: full, count: 1_000_000) }
    let log = AlertLog(journal, sinks: ["a"], logger: silentLogger)
    let heard = Heard()
    try log.start([{ heard.note($0, written: .max) }])
    log.append(alerts(1...1))
    await wait(for: 1, heard)
    for number in 2...50 {
      log.append([.sample(number)])
      #expect(heard.position == Int64(number))
    }
    #expect(try log.alerts(for: 0, limit: 99).alerts.count == 50)
    log.close()
  }

  @Test func withoutAlertsNothingIsRead() throws {
    let journal = journal(holding: 1...5, cursor: 5)
    let log = AlertLog(journal, sinks: ["a"], logger: silentLogger)
    try log.start([])
    let portion = try log.alerts(for: 0, limit: 9)
    #expect(portion.alerts.isEmpty && portion.end == 5)
    #expect(journal.state.withLock { $0.reads } == 0)
    log.close()
  }

  @Test func deadLettersAreWritten() async throws {
    let journal = ScriptedJournal()
    let log = AlertLog(journal, sinks: ["a"], logger: silentLogger)
    try log.start([])
    log.add([DeadLetter(sink: "a", alert: .sample(1), reason: "no")])
    log.close()
    #expect(journal.state.withLock { $0.deadLetters.map(\.reason) } == ["no"])
  }

  @Test func aRunDeliversThroughTheJournal() async {
    let journal = ScriptedJournal()
    let (sink, dead) = (ScriptedSink(), ScriptedSink(connection: DeliveryError("refused", verdict: .stop)))
    var ignoring = SinkOptions()
    ignoring.startup = .ignore
    let run = Run(
      inputs: [Run.Input(name: "s", source: ScriptedSource.trades(10_000))], live: nil,
      detectors: [EveryWindow(instruments: [.btc])], fees: FeeSchedule(),
      outputs: [
        Run.Output(name: "a", options: SinkOptions(), sink: sink), Run.Output(name: "d", options: ignoring, sink: dead),
      ], journal: journal, markets: MarketTable(), logger: silentLogger)
    let summary = await run.execute()
    #expect(summary.end == .finished && summary.failures.isEmpty)
    #expect(sink.delivered.count { $0.kind == .alert } == 11)
    #expect(summary.journal?.written == 11)
    #expect(summary.sinks.map(\.counts.delivered) == [11, 0] && summary.sinks.map(\.counts.waiting) == [0, 11])
    #expect(journal.state.withLock { $0.cursors } == ["a": 11, "d": 0])
  }

  @Test func aJournalThatCannotBeOpenedEndsTheRun() async {
    let journal = ScriptedJournal()
    journal.state.withLock { $0.refusal = JournalError("in use by process 7", remedy: .stop) }
    let sink = ScriptedSink()
    let run = Run(
      inputs: [Run.Input(name: "s", source: ScriptedSource.trades(10))], live: nil, detectors: [], fees: FeeSchedule(),
      outputs: [Run.Output(name: "a", options: SinkOptions(), sink: sink)], journal: journal, markets: MarketTable(),
      logger: silentLogger)
    let summary = await run.execute()
    #expect(summary.end == .failed && summary.failures == ["state: in use by process 7"] && sink.calls.isEmpty)
  }

  /// Rows that retention took before a sink's turn, up to the newest.
  @Test(arguments: [ScriptedSink() as any Sink, PipelinedScript()])
  func aGapAtTheEndIsPassedOverAndCounted(sink: any Sink) async {
    let journal = ScriptedJournal()
    journal.state.withLock { $0.cursors = ["other": 100, "a": 50] }
    let run = Run(
      inputs: [Run.Input(name: "s", source: ScriptedSource.trades(2_000))], live: nil,
      detectors: [EveryWindow(instruments: [.btc])], fees: FeeSchedule(),
      outputs: [Run.Output(name: "a", options: SinkOptions(), sink: sink)], journal: journal, markets: MarketTable(),
      logger: silentLogger)
    let summary = await run.execute()
    #expect(summary.end == .finished && summary.journal?.lost == 50)
    #expect(summary.sinks.map(\.counts.delivered) == [summary.counts.alerts])
    #expect(journal.state.withLock { $0.cursors["a"] } == 100 + Int64(summary.counts.alerts))
  }

  @Test func nothingIsGivenToASinkBeforeItIsWritten() async throws {
    let journal = ScriptedJournal()
    let log = AlertLog(journal, sinks: ["a"], logger: silentLogger)
    try log.start([])
    for number in 1...200 {
      log.append([.sample(number)])
      let given = try log.alerts(for: 0, limit: 1_000).alerts.last?.position ?? 0
      #expect(given <= journal.positions.last ?? 0)
    }
    log.finish()
    log.close()
    #expect(log.unwritten == 0)
  }

  @Test func whatWasNeverWrittenIsAFailure() async {
    let journal = ScriptedJournal(Array(repeating: full, count: 1_000))
    let run = Run(
      inputs: [Run.Input(name: "s", source: ScriptedSource.trades(5_000))], live: nil,
      detectors: [EveryWindow(instruments: [.btc])], fees: FeeSchedule(),
      outputs: [Run.Output(name: "a", options: SinkOptions(), sink: ScriptedSink())], journal: journal,
      markets: MarketTable(), logger: silentLogger)
    let summary = await run.execute()
    #expect(summary.sinks.map(\.counts.delivered) == [summary.counts.alerts])
    #expect(summary.failures == ["journal: \(summary.counts.alerts) alerts could not be written: \(full.reason)"])
  }

  /// The positions that a listener heard of.
  private final class Heard: Sendable {
    private let state = Mutex((position: Int64(0), wasAlwaysWritten: true))

    func note(_ position: Int64, written: Int64) {
      state.withLock { state in
        state.position = max(state.position, position)
        if written < position { state.wasAlwaysWritten = false }
      }
    }

    var position: Int64 { state.withLock { $0.position } }
    var wasAlwaysWritten: Bool { state.withLock { $0.wasAlwaysWritten } }
  }
}
