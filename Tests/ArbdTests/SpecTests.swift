import Foundation
import Testing

/// A venue that a file describes, live.
@Suite struct SpecTests {
  private let daemon: Daemon

  init() throws { daemon = try Daemon() }

  /// Coinbase's matches, as somebody would describe them to whom arbd does not know Coinbase.
  private static let spec = #"""
    {
      "venue": "mine", "endpoint": "wss://ws-feed.exchange.coinbase.com", "symbol": { "template": "{base}-{quote}" },
      "channels": {
        "trades": { "subscribe": { "type": "subscribe", "channels": ["matches"], "product_ids": ["{symbol}"] } }
      },
      "messages": [
        {
          "kind": "trades", "when": { "/type": "match" }, "symbol": "/product_id", "price": "/price", "size": "/size",
          "side": { "at": "/side", "buy": ["buy"], "sell": ["sell"], "of": "maker" },
          "id": { "at": "/trade_id", "counts": true }, "time": { "at": "/time", "unit": "iso8601" }
        },
        { "kind": "acknowledged", "when": { "/type": "subscriptions" } },
        { "kind": "ignored", "when": { "/type": "last_match" } }
      ]
    }
    """#

  private static let detection = #"""
    "detectors":[{"name":"btc","type":"spread","instrument":"BTC-USD","venues":["mine","binance"],
      "treat_as_equal":[["USD","USDT"]],"window":{"size":"200ms","out_of_orderness":"300ms"}}]
    """#

  @Test func itsCaptureGivesTheAlertsOfTheRun() async throws {
    let venues = try await Venues(daemon)
    try daemon.file("mine.json", Self.spec)
    try daemon.file(
      "live.json",
      #"""
      {"sources":[
         {"type":"declarative","spec":"mine.json","endpoint":"ws://127.0.0.1:\#(venues.coinbase)","instruments":["BTC-USD"],
          "record":{"path":"capture.jsonl"}},
         {"type":"binance","endpoint":"ws://127.0.0.1:\#(venues.binance)/stream","instruments":["BTC-USDT"],
          "record":{"path":"capture.jsonl"}}],
       \#(Self.detection),"sinks":[{"type":"jsonl","path":"live.jsonl"}]}
      """#)
    let run = try daemon.start(["--config", "live.json", "--summary", "summary.json"])
    let daemon = daemon
    try await run.wait("alerts") { ((try? daemon.lines("live.jsonl")) ?? []).count >= 3 }
    run.send(SIGTERM)
    let result = try await run.result()
    #expect(result.status == 0, "\(result.errors)")
    try await venues.kill()
    let own = try #require(daemon.json("summary.json")["arbd"] as? [String: Any])
    let counts = try #require((own["venues"] as? [String: [String: Any]])?["mine"])
    #expect(counts["acknowledged"] as? Int == 1 && counts["missing"] as? Int == 0)
    let frames = try #require(counts["frames"] as? [String: Any])
    #expect(frames["undecodable"] as? Int == 0 && frames["unknown"] as? Int == 0)

    try daemon.file(
      "replay.json",
      #"""
      {"sources":[{"type":"replay","path":"capture.jsonl","format":"capture","adapters":[
         {"type":"declarative","spec":"mine.json","instruments":["BTC-USD"]},
         {"type":"binance","instruments":["BTC-USDT"]}]}],
       \#(Self.detection),"sinks":[{"type":"jsonl","path":"replayed.jsonl"}]}
      """#)
    let replay = try await daemon.run("--config", "replay.json")
    #expect(replay.status == 0, "\(replay.errors)")
    // What was open when the run was stopped fires in the replay.
    let live = try daemon.lines("live.jsonl")
    #expect(try daemon.lines("replayed.jsonl").prefix(live.count) == live[...])
  }

  @Test func aSpecWithAMistakeIsNamedWithItsPlace() async throws {
    try daemon.file("mine.json", Self.spec.replacing(#""/price""#, with: #""price""#))
    try daemon.file(
      "config.json", #"{"sources":[{"type":"declarative","spec":"mine.json","instruments":["BTC-USD"]}]}"#)
    let result = try await daemon.run("validate", "--config", "config.json")
    #expect(result.status == 1)
    #expect(
      result.errors.contains(
        #"sources[0].spec: mine.json:8:89: /messages/0/price: expected a JSON pointer such as "/data/price", found "#
          + #"the string "price"; it begins with "/""#), "\(result.errors)")
  }

  /// Two files, two venues: in one replay too.
  @Test func twoSpecsOfOneVenueAreRefused() async throws {
    try daemon.file("mine.json", Self.spec)
    try daemon.file("yours.json", Self.spec.replacing(#""mine""#, with: #""yours""#))
    func validate(_ second: String) async throws -> Invocation.Result {
      try daemon.file(
        "config.json",
        #"""
        {"sources":[{"type":"replay","path":"c.jsonl","format":"capture","adapters":[
           {"type":"declarative","spec":"mine.json","instruments":["BTC-USD"]},
           {"type":"declarative","spec":"\#(second)","instruments":["BTC-USD"]}]}]}
        """#)
      return try await daemon.run("validate", "--config", "config.json")
    }
    #expect(try await validate("yours.json").status == 0)
    let result = try await validate("mine.json")
    #expect(result.status == 1 && result.errors.contains("two adapters for mine; put its instruments into one"))
  }
}
