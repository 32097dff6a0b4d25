import ArbdFramework
import Foundation
import Logging
import Testing

@Suite struct TinyAdapterTests {
  @Test func aFrameBecomesATrade() throws {
    let markets = MarketTable()
    var options = MarketDataOptions()
    options.instruments = [Instrument(base: "BTC", quote: "USD")]
    let context = PluginContext(logger: Logger(label: "test"), name: "tiny", markets: markets)
    let adapter = try TinyAdapter(options: options, context: context)
    let plan = ConnectionPlan(subscriptions: adapter.subscriptions(in: markets))
    var session = adapter.makeSession(for: plan)
    var output = SessionOutput()
    let frame = Array(#"{"sym":"BTC/USD","px":"60000.5","qty":"0.010","buy":true,"id":"77","ms":1700000000123}"#.utf8)

    let kind = try session.receive(frame.span.bytes, at: Timestamp(microseconds: 5), &output)

    #expect(kind == .data)
    guard case .trade(let trade)? = output.events.first else { throw TestFailure("no trade") }
    #expect(trade.price.exact?.description == "60000.5")
    #expect(trade.size.exact?.description == "0.010")
    #expect(trade.side == .buy)
    #expect(trade.eventTime.microseconds == 1_700_000_000_123_000)
  }

  @Test func theReadmeShowsThisSession() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    let source = try String(
      contentsOf: root.appending(path: "Tests/FrameworkTests/TinyAdapter.swift"), encoding: .utf8)
    let begin = try #require(source.range(of: "// README: begin\n"))
    let end = try #require(source.range(of: "// README: end\n"))
    #expect(readme.contains("```swift\n\(source[begin.upperBound..<end.lowerBound])```\n"))
  }
}

private struct TestFailure: Error {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}
