import Synchronization
import Testing

@testable import ArbdFramework

@Suite(.timeLimit(.minutes(1))) struct AlertLogTests {
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
    #expect(try log.alerts(for: 0, limit: 2).map(\.position) == [1, 2])
    log.advance(sink: 0, to: 2)
    #expect(try log.alerts(for: 0, limit: 9).map(\.alert) == [.sample(3)])
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
    #expect(try second.alerts(for: 0, limit: 9).map(\.position) == [3, 4, 5])
    second.append(alerts(6...6))
    await wait(for: 6, heard)
    #expect(try second.alerts(for: 0, limit: 9).map(\.position) == [3, 4, 5, 6])
    second.advance(sink: 0, to: 5)
    #expect(try second.alerts(for: 0, limit: 9).map(\.position) == [6])
    second.close()
  }

  @Test func whileTheDiskIsFullAlertsComeFromMemory() async throws {
    let journal = ScriptedJournal([full, full, full])
    let log = AlertLog(journal, sinks: ["a"], logger: silentLogger)
    let heard = Heard()
    try log.start([{ heard.note($0, written: .max) }])
    log.append(alerts(1...2))
    await wait(for: 2, heard)
    #expect(try log.alerts(for: 0, limit: 9).count == 2)
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
