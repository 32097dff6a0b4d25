import Testing

@testable import ArbdFramework

@Suite(.timeLimit(.minutes(5))) struct RunSnapshotTests {
  @Test func theCoreTellsWhatItHasCounted() throws {
    let run = PipelineRun()
    run.frame("trade BTC-USD 100", at: 1_000_000)
    run.frame("gap", at: 1_000_001)
    run.frame("nonsense", at: 1_000_002)
    run.frame("ack", over: run.second, at: 1_000_003)
    run.frame("quote ETH-USD 99 101", over: run.second, at: 2_000_000)
    run.tick(at: 4_500_000)
    let snapshot = run.snapshot()
    #expect(snapshot.counts == run.totals)
    #expect(snapshot.traffic.map(\.number) == [0, 1] && snapshot.traffic.map(\.venue) == ["scripted", "scripted"])
    #expect(snapshot.traffic[0].counts.frames[.malformedJSON] == 1 && snapshot.traffic[0].counts.missing == 3)
    #expect(snapshot.traffic[1].counts.acknowledged == 1)
    #expect(snapshot.feeds.map(\.market.instrument) == [.btc, .eth])
    #expect(snapshot.feeds.map(\.channel) == [.trades, .quotes])
    #expect(snapshot.feeds.map(\.age) == [.milliseconds(3_500), .milliseconds(2_500)])
    #expect(snapshot.detectors.map(\.name) == ["BTC-USD", "ETH-USD", "SOL-USD"])
    #expect(snapshot.detectors.map(\.watermarkLag) == [.milliseconds(3_500), nil, nil])
    #expect(snapshot.detectors.map(\.openWindows) == [1, 0, 0])
  }

  @Test func aRunIsWatchedWhileItGoesOn() async {
    let sink = ScriptedSink()
    let run = Run(
      inputs: [Run.Input(name: "sources[0] scripted", source: ScriptedSource.trades(1_500))],
      detectors: [EveryWindow(instruments: [.btc])], fees: FeeSchedule(),
      outputs: [Run.Output(name: "t", kinds: [.trade], sink: sink)], markets: MarketTable(), logger: silentLogger)
    let watch = run.watch()
    let before = watch()
    #expect(before.phase == .starting && before.core == nil && before.sinceTurn == nil)
    #expect(before.inputs.map(\.isOpen) == [false] && before.sinks.map(\.isConnected) == [false])
    let summary = await run.execute()
    let after = watch()
    #expect(after.phase == .stopping && after.sinceTurn == nil && after.coreAge != nil)
    #expect(after.core?.counts == summary.counts)
    #expect(after.core?.feeds.map(\.channel) == [.trades])
    #expect(after.inputs.map(\.isOpen) == [true] && after.sinks.map(\.isConnected) == [true])
    #expect(after.sinks.map(\.counts.delivered) == [1_500] && after.sinks.map(\.queued) == [0])
  }

  @Test func theHeartbeatStandsStillWithTheCore() async throws {
    let monitor = RunMonitor()
    func turnAge() -> Duration? { monitor.snapshot(inputs: [], venues: [], sinks: []).sinceTurn }
    #expect(turnAge() == nil)
    monitor.turn()
    let first = try #require(turnAge())
    while try #require(turnAge()) <= first { await Task.yield() }
    monitor.ended()
    #expect(turnAge() == nil)
  }

  @Test func aStopStaysAStop() {
    let monitor = RunMonitor()
    monitor.moved(to: .stopping)
    monitor.moved(to: .running)
    #expect(monitor.snapshot(inputs: [], venues: [], sinks: []).phase == .stopping)
  }
}
