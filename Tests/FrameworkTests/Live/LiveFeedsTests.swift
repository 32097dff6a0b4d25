import Foundation
import Testing

@testable import ArbdFramework

@Suite struct LiveFeedsTests {
  @Test func itConnectsSubscribesAndPassesTradesOn() throws {
    let script = try LiveScript()
    script.turn()
    #expect(script.network.takeCalls() == ["open 0"])
    script.network.opens(script.first)
    script.turn(2)
    #expect(script.network.takeCalls() == ["send 0 +BTC/USD"])
    script.trade(1)
    #expect(script.trades == ["1"])
  }

  @Test func messagesKeepTheVenuesInterval() throws {
    let script = try LiveScript(["BTC-USD", "ETH-USD", "SOL-USD"])
    script.turn()
    script.network.opens(script.first)
    script.turn()
    script.pass(.milliseconds(50))
    #expect(script.network.takeCalls() == ["open 0", "send 0 +BTC/USD"])
    script.pass(.milliseconds(200))
    #expect(script.network.takeCalls() == ["send 0 +ETH/USD", "send 0 +SOL/USD"])
  }

  @Test func aFailureIsTriedAgainAndALostConnectionOpenedAnew() throws {
    let script = try LiveScript()
    script.turn()
    script.network.fails(script.first, "refused")
    script.turn()
    script.pass(.seconds(2))
    #expect(script.network.takeCalls() == ["open 0", "open 0"])
    script.network.opens(script.first)
    script.trade(1)
    script.network.drops(script.first, "reset")
    script.turn()
    script.pass(.seconds(3))
    #expect(script.network.takeCalls().contains("open 0"))
    #expect(script.counts.connects == 1 && script.counts.disconnects == 1)
    // Down after the failure and after the loss, connecting three times, live once.
    #expect(script.counts.statusChanges >= 5)
  }

  @Test func aTradeThatComesAgainAfterAReconnectCountsOnce() throws {
    let script = try LiveScript()
    script.turn()
    script.network.opens(script.first)
    let again = #"{"sym":"BTC/USD","px":"100","qty":"1","buy":true,"id":"1","ms":1700000000000}"#
    script.network.brings(again, over: script.first)
    script.turn()
    script.network.drops(script.first, "reset")
    script.pass(.seconds(3))
    script.network.opens(script.first)
    script.network.brings(again, over: script.first)
    script.turn()
    script.trade(2)
    #expect(script.trades == ["1", "2"])
    #expect(script.counts.duplicates == 1)
  }

  @Test func timeGoesOnWhileNothingArrives() throws {
    let script = try LiveScript()
    script.turn()
    script.network.opens(script.first)
    script.trade(1)
    // Its second is over by the clock's ticks alone: the market becomes idle, and the window fires.
    script.pass(.seconds(30))
    #expect(script.alerts.isEmpty)
    script.trade(2)
    #expect(script.alerts.count == 1)
  }

  /// A sink that takes nothing for a minute holds the core up. The venues' frames are in the sockets all the while.
  @Test func aCoreThatWasHeldUpKeepsItsConnections() throws {
    let script = try LiveScript()
    script.turn()
    script.network.opens(script.first)
    script.trade(1)
    script.pass(.seconds(2))
    script.network.takeCalls()
    let status = script.counts.statusChanges
    script.time.move(.seconds(120))
    script.turn()
    script.pass(.milliseconds(100))
    #expect(script.network.takeCalls() == [])
    #expect(script.counts.statusChanges == status)
    // Silence that is seen counts.
    script.pass(.seconds(70))
    #expect(script.counts.statusChanges > status)
  }

  @Test func stoppingClosesWhatIsOpen() throws {
    let script = try LiveScript()
    script.turn()
    script.network.opens(script.first)
    script.trade(1)
    script.stop()
    #expect(script.network.takeCalls().last == "close 0")
    #expect(script.counts.disconnects == 1)
  }

  /// What closing the sockets does to the watermark is no reason to judge windows that are incomplete.
  @Test func stoppingFiresNoWindow() throws {
    let script = try LiveScript(["BTC-USD", "ETH-USD"])
    script.turn()
    script.network.opens(script.first)
    let slow = #"{"sym":"ETH/USD","px":"100","qty":"1","buy":true,"id":"1","ms":1700000000000}"#
    script.network.brings(slow, over: script.first)
    for id in 1...4 {
      script.trade(id)
      script.pass(.seconds(1))
    }
    // The slower market holds them open.
    #expect(script.alerts.isEmpty)
    let open = script.openWindows
    #expect(open >= 4)
    script.stop()
    #expect(script.alerts.isEmpty && script.openWindows == open)
    #expect(script.counts.disconnects == 1)
  }

  @Test func theReplayOfACaptureGivesTheSameAlerts() throws {
    let folder = try TemporaryFolder()
    var recording = RecordingOptions()
    recording.path = folder.path("tiny.jsonl")
    let script = try LiveScript(recording: recording)
    script.turn()
    script.network.opens(script.first)
    for id in 1...20 {
      script.trade(id)
      script.pass(.milliseconds(id == 10 ? 4_000 : 400))
      if id == 15 {
        script.network.drops(script.first, "a \"reason\"\n")
        script.pass(.seconds(3))
        script.network.opens(script.first)
      }
    }
    let live = script.alerts
    #expect(live.count > 5)
    script.stop()

    var pipeline = Pipeline(
      detectors: [LiveScript.detector], fees: FeeSchedule(), markets: script.markets, publishes: [.trade, .alert],
      logger: silentLogger)
    let log = InputLog(markets: script.markets)
    var options = MarketDataOptions()
    options.instruments = [.btc]
    let adapter = try TinyAdapter(
      options: options, context: PluginContext(logger: silentLogger, name: "", markets: script.markets))
    var decoder = CaptureDecoder(markets: script.markets) { log.connection($0, $1, adapter: adapter) }
    var records: [Record] = []
    let text = try String(contentsOfFile: recording.path, encoding: .utf8)
    for line in text.split(separator: "\n") {
      var batch = InputBatch()
      let bytes = Array(line.utf8)
      try decoder.decode(bytes.span.bytes, into: &batch)
      pipeline.process(batch, batch.events.indices, log: log, into: &records)
    }
    let replayed = records.compactMap { if case .alert(let alert) = $0 { alert } else { nil } }
    #expect(replayed.map(\.id) == live.map(\.id))
    #expect(replayed.map(\.detectedAt) == live.map(\.detectedAt))
    #expect(text.contains("\"event\":\"tick\""))
  }
}

/// Removed when it is let go.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "arbd-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  func path(_ name: String) -> String { url.appending(path: name).path }

  deinit { try? FileManager.default.removeItem(at: url) }
}
