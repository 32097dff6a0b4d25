import ArbdAdapters
import ArbdFramework
import Testing

/// A detector behind a source of Kafka must find all its markets under one key.
@Suite struct KafkaKeyTests {
  private static let spread = #""type":"spread","instrument":"BTC-USD","venues":["coinbase","binance"]"#
  private static let equal = #","treat_as_equal":[["USD","USDT"]]"#
  private static let cycle = #""type":"cycle","venues":["binance"],"assets":["USDT","BTC","ETH"]"#

  /// What is reported; empty when nothing is.
  private func report(_ key: String, _ detector: String) throws -> String {
    let text = """
      {"sources":[{"type":"kafka","brokers":"localhost:9092","topics":["prices"],"group":"g"\(key)}],
      "fees":{"coinbase":{"taker_bps":1},"binance":{"taker_bps":1}},
      "detectors":[{"name":"d",\(detector),"window":{"size":"1s"}}]}
      """
    let registry = try Registry(sources: [KafkaSource.self], detectors: [SpreadDetector.self, CycleDetector.self])
    return Configuration.load(text: Array(text.utf8), fileName: "c.json", environment: [:], registry: registry)
      .diagnostics.description
  }

  @Test(arguments: [
    ("", spread), ("", spread + equal), (#","key":"instrument""#, spread),
    (#","key":{"group":{"all":["BTC","ETH","USDT"]}}"#, cycle), (#","key":"venue""#, cycle),
    (#","key":{"group":{"all":["BTC","ETH"]}}"#, spread + equal),
  ])
  func aKeyThatKeepsMarketsTogetherIsTaken(key: String, detector: String) throws {
    #expect(try report(key, detector) == "")
  }

  @Test(arguments: [
    (#","key":"instrument""#, spread + equal, #"the keys "BTC-USD", "BTC-USDT" in sources[0]"#, #"use "key": "base""#),
    (#","key":"venue""#, spread, #"the keys "binance", "coinbase""#, #"use "key": "base""#),
    ("", cycle, #"the keys "BTC", "ETH", "USDT""#, #"use "key": { "group": { "d": ["BTC", "ETH", "USDT"] } }"#),
    (#","key":{"group":{"some":["BTC","ETH"]}}"#, cycle, #"the keys "USDT", "some""#, #""d": ["BTC", "ETH", "USDT"]"#),
  ])
  func aKeyThatSpreadsThemIsRefused(key: String, detector: String, keys: String, remedy: String) throws {
    let report = try report(key, detector)
    #expect(report.contains("error: detectors[0]: its markets have \(keys)"), "\(report)")
    #expect(report.contains(remedy), "\(report)")
  }

  @Test(arguments: [
    (#","key":"bse""#, #"did you mean "base"?"#), (#","key":{"group":{}}"#, "must not be empty"),
    (#","key":{"group":{"a":["BTC"],"b":["BTC"]}}"#, #""BTC" stands in "a" and in "b""#),
  ])
  func aKeyThatIsNoneIsRefused(key: String, message: String) throws {
    let report = try report(key, Self.spread)
    #expect(report.contains(message), "\(report)")
  }

  @Test func keysOfMarkets() {
    let market = Market(venue: "okx", instrument: Instrument(base: "BTC", quote: "USDT"))
    #expect(RecordKey.base.key(of: market) == "BTC")
    #expect(RecordKey.instrument.key(of: market) == "BTC-USDT")
    #expect(RecordKey.venue.key(of: market) == "okx")
    #expect(RecordKey.group(["majors": ["ETH", "BTC"]]).key(of: market) == "majors")
    #expect(RecordKey.group(["minors": ["ADA"]]).key(of: market) == "BTC")
  }
}
