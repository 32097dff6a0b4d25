import Synchronization
import Testing

@testable import ArbdFramework

@Suite(.timeLimit(.minutes(5))) struct RunObserverTests {
  private final class Observer: RunObserver {
    struct Options: PluginOptions {
      static let fields: [OptionField<Self>] = []
    }

    static let name = "observer"
    static let summary = "Looks on."
    static let accepts: Set<Record.Kind> = [.alert, .status]

    let observesRun: Bool
    private let given = Mutex<[Record]>([])

    init(options: Options, context: PluginContext) { observesRun = true }

    init(observes: Bool) { observesRun = observes }

    var records: [Record] { given.withLock { $0 } }

    func connect() async throws(DeliveryError) {}
    func deliver(_ batch: [Record]) async throws(DeliveryError) { given.withLock { $0 += batch } }
    func close() async {}
  }

  private func run(_ observer: Observer, journal: ScriptedJournal? = nil) -> Run {
    Run(
      inputs: [Run.Input(name: "source", source: ScriptedSource.trades(50))], live: nil,
      detectors: [EveryWindow(instruments: [.btc])], fees: FeeSchedule(),
      outputs: [Run.Output(name: "observer", kinds: [.alert], sink: observer)], journal: journal,
      markets: MarketTable(), logger: silentLogger)
  }

  @Test func whoLooksTakesNothingAndSeesAll() async {
    let (observer, journal) = (Observer(observes: true), ScriptedJournal())
    let run = run(observer, journal: journal)
    let view = run.observe()
    _ = await run.execute()
    let news = view.board.take()
    #expect(observer.records.isEmpty)
    #expect(news.changes.map(\.last.value) == [50] && news.alerts.count == 1 && news.windows.count == 1)
    #expect(view.markets[news.changes[0].market].instrument == .btc)
    #expect(view.snapshot().core?.counts.trades == 50)
    // No alert waits for it in the journal.
    #expect(journal.state.withLock { $0.cursors } == [:])
  }

  @Test func whoCannotLookIsASinkLikeAnyOther() async {
    let observer = Observer(observes: false)
    let run = run(observer)
    #expect(run.observers.isEmpty)
    _ = await run.execute()
    #expect(observer.records.count { $0.kind == .alert } == 1)
    #expect(observer.records.contains { $0.kind == .status })
  }
}
