import Foundation
import Synchronization
import Testing

@testable import ArbdFramework

@Suite(.timeLimit(.minutes(5))) struct RunTests {
  @Test func everythingIsDeliveredInOrderOnce() async {
    let (trades, alerts) = (ScriptedSink(), ScriptedSink())
    let summary = await execute([.trades(10_000)], [("t", [.trade], trades), ("a", [.alert], alerts)])
    #expect(summary.end == .finished && summary.failures.isEmpty)
    #expect(trades.prices == (1...10_000).map { Double($0) })
    // Ten seconds in windows of one, and the one that the end of the input fires.
    #expect(alerts.delivered.count { $0.kind == .alert } == 11)
    #expect(alerts.delivered.count { $0.kind == .trade } == 0)
    #expect(summary.sinks.map(\.name) == ["t", "a"])
    #expect(summary.sinks.map(\.counts.delivered) == [10_000, 11])
    #expect(summary.sinks.map(\.counts.retries) == [0, 0])
    #expect(
      summary.counts.events == 10_000 && summary.counts.records == 10_000 && summary.counts.trades == 10_000)
    #expect(summary.counts.alerts == 11 && summary.discardedWindows == 0)
    #expect(summary.detectors.map(\.counts.windows) == [11])
    #expect(trades.calls == ["connect", "deliver", "close"])
  }

  @Test func theLastReportIsFinal() async throws {
    let sink = ScriptedSink()
    _ = await execute([.trades(50)], [("t", [.trade], sink)])
    let last = try #require(sink.reports.last)
    #expect(last.isFinal && last.events == 50 && last.alerts == 1)
    #expect(last.lastPrices.map(\.price) == [50])
    #expect(sink.reports.dropLast().allSatisfy { !$0.isFinal })
    if case .status = try #require(sink.delivered.last) {} else { Issue.record("the report is not last") }
  }

  @Test func aBatchIsDeliveredAgainWhereTheSinkSaysSo() async {
    let busy = DeliveryError("busy", verdict: .retry(after: .zero))
    let (sink, other) = (ScriptedSink(outcomes: [busy, busy, nil, busy]), ScriptedSink())
    let summary = await execute([.trades(5_000)], [("t", [.trade], sink), ("o", [.trade], other)])
    #expect(summary.end == .finished)
    #expect(sink.prices == (1...5_000).map { Double($0) })
    #expect(other.prices == sink.prices)
    #expect(
      summary.sinks.map(\.counts) == [SinkCounts(delivered: 5_000, retries: 3), SinkCounts(delivered: 5_000)])
    #expect(sink.attempts > 3)
  }

  /// A sink that is not there may take its time to say so; a run that is stopped does not wait for it.
  @Test func aRunCanBeStoppedWhileItConnects() async {
    let (first, silent) = (ScriptedSink(), DeafSink())
    let run = Run(
      inputs: [Run.Input(name: "s", source: ScriptedSource.trades(10))], live: nil, detectors: [], fees: FeeSchedule(),
      outputs: [
        Run.Output(name: "a", options: SinkOptions(), sink: first),
        Run.Output(name: "d", options: SinkOptions(), sink: silent),
      ], markets: MarketTable(), logger: silentLogger)
    let summary = Task { await run.execute() }
    while !silent.isCalled { await Task.yield() }
    run.stop()
    #expect(await summary.value.end == .stopped)
    #expect(await summary.value.failures.isEmpty && first.calls == ["connect", "close"])
  }

  @Test func aSinkThatStopsEndsTheRun() async {
    let sink = ScriptedSink(outcomes: [nil, DeliveryError("disk full", verdict: .stop)])
    // The source would go on for ever; it is turned away.
    let source = ScriptedSource { log in
      var price = 1
      while true {
        try ScriptedSource.append(trades: price...(price + 99), log)
        price += 100
      }
    }
    let summary = await execute([source], [("t", [.trade], sink)])
    #expect(summary.end == .failed)
    #expect(summary.failures == ["sink t: disk full"])
    #expect(sink.prices == (1...max(1, sink.prices.count)).map { Double($0) })
    #expect(summary.sinks.map(\.counts.delivered) == [UInt64(sink.prices.count)])
    #expect(sink.attempts == 2)
    #expect(sink.calls.last == "close")
  }

  @Test func aSinkThatCannotConnectEndsTheRunBeforeItBegins() async {
    let (good, bad, never) = (
      ScriptedSink(), ScriptedSink(connection: DeliveryError("refused", verdict: .stop)), ScriptedSink()
    )
    let outputs: [(String, Set<Record.Kind>, ScriptedSink)] = [
      ("g", [.trade], good), ("b", [.trade], bad), ("n", [], never),
    ]
    let summary = await execute([.trades(10)], outputs)
    #expect(summary.end == .failed && summary.failures == ["sink b: refused"])
    #expect(summary.counts.events == 0)
    #expect(good.calls == ["connect", "close"] && bad.calls == ["connect", "close"] && never.calls.isEmpty)
  }

  @Test func aSourceThatCannotOpenEndsTheRunBeforeItBegins() async {
    let sink = ScriptedSink()
    let summary = await execute(
      [.trades(10), ScriptedSource(opening: Broken()) { _ in }], [("t", [.trade], sink)])
    #expect(summary.end == .failed && summary.failures == ["source 1: Broken()"])
    #expect(sink.calls.isEmpty)
  }

  @Test func aSourceThatFailsEndsTheRunAfterItsLastEvent() async {
    let sink = ScriptedSink()
    let source = ScriptedSource { log in
      try ScriptedSource.append(trades: 1...250, log)
      throw Broken()
    }
    let summary = await execute([source], [("t", [.trade], sink)])
    #expect(summary.end == .failed && summary.failures == ["Broken()"])
    #expect(sink.prices.count == 250)
    // What is open is not complete, so it does not fire.
    #expect(summary.counts.alerts == 0 && summary.discardedWindows == 1)
  }

  @Test func stopDiscardsOpenWindowsAndDeliversTheRest() async {
    let sink = ScriptedSink()
    let hasRead = Milestones()
    let source = ScriptedSource { log in
      try ScriptedSource.append(trades: 1...1_100, log)
      // Each is accepted only when the core is at most four batches behind, so by then the first are read.
      for price in 1_101...1_110 { try ScriptedSource.append(trades: price...price, log) }
      hasRead.advance()
      while true { try ScriptedSource.append(trades: 1_111...1_111, log) }
    }
    let run = makeRun([source], [("t", [.trade, .alert], sink)])
    inThread {
      hasRead.wait()
      run.stop()
    }
    let summary = await run.execute()
    #expect(summary.end == .stopped && summary.failures.isEmpty)
    #expect(summary.counts.alerts == 1 && summary.discardedWindows == 1)
    #expect(UInt64(sink.prices.count) == summary.counts.trades)
    #expect(summary.sinks.map(\.counts.delivered) == [summary.counts.trades + 1])
  }

  @Test func theSummaryIsJSON() async throws {
    let summary = await execute([.trades(1_500)], [("t \"x\"", [.trade], ScriptedSink())])
    let object = try JSONSerialization.jsonObject(with: Data(summary.json.utf8)) as? [String: Any]
    let detector = try #require(object?["BTC-USD"] as? [String: Int])
    #expect(detector == ["windows": 2, "alerts": 2, "late": 0, "rejected": 0])
    let own = try #require(object?["arbd"] as? [String: Any])
    #expect(own["end"] as? String == "finished" && own["events"] as? Int == 1_500)
    #expect((own["sinks"] as? [String: [String: Int]]) == ["t \"x\"": ["delivered": 1_500, "retries": 0]])
  }

  private struct Broken: Error {}

  private func makeRun(
    _ sources: [ScriptedSource], _ sinks: [(String, Set<Record.Kind>, ScriptedSink)]
  ) -> Run {
    Run(
      inputs: sources.enumerated().map { Run.Input(name: "source \($0)", source: $1) },
      detectors: [EveryWindow(instruments: [.btc])], fees: FeeSchedule(),
      outputs: sinks.map { Run.Output(name: $0.0, kinds: $0.1, sink: $0.2) }, markets: MarketTable(),
      logger: silentLogger)
  }

  private func execute(
    _ sources: [ScriptedSource], _ sinks: [(String, Set<Record.Kind>, ScriptedSink)]
  ) async -> RunSummary {
    await makeRun(sources, sinks).execute()
  }
}

extension SinkCounts {
  fileprivate init(delivered: UInt64, retries: UInt64 = 0) {
    self.init()
    self.delivered = delivered
    self.retries = retries
  }
}

/// Nobody answers it.
private final class DeafSink: Sink {
  static let name = "deaf"
  static let summary = "Waits for an answer."
  static let accepts: Set<Record.Kind> = [.alert]

  private let called = Mutex(false)
  var isCalled: Bool { called.withLock { $0 } }

  init() {}
  init(options: NoOptions, context: PluginContext) {}

  func connect() async throws(DeliveryError) {
    called.withLock { $0 = true }
    try? await Task.sleep(for: .seconds(3_600))
  }

  func deliver(_ batch: [Record]) async throws(DeliveryError) {}
  func close() async {}
}
