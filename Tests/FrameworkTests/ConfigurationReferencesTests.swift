import ArbdFramework
import Testing

/// What no part of a configuration can tell alone.
@Suite struct ConfigurationReferencesTests {
  struct Case: CustomTestStringConvertible {
    let name: String
    var sources = #"{"type":"coinbase","instruments":["BTC-USD"]},{"type":"binance","instruments":["BTC-USDT"]}"#
    var detector = #""type":"spread","instrument":"BTC-USD","venues":["coinbase","binance"]"#
    var more = #","treat_as_equal":[["USD","USDT"]]"#
    var fees = #"{"coinbase":{"taker_bps":60},"binance":{"taker_bps":10}}"#
    var sinks = ""
    let report: String

    var testDescription: String { name }
    var text: String {
      """
      {"sources":[\(sources)],
      "fees":\(fees),
      "detectors":[{"name":"d",\(detector)\(more),
      "window":{"size":"1s"}}],
      "sinks":[\(sinks)]}
      """
    }
  }

  static let cases = [
    Case(name: "all is well", report: ""),
    Case(
      name: "a venue that no source brings",
      detector: #""type":"spread","instrument":"BTC-USD","venues":["coinbase","binanse"]"#,
      fees: #"{"coinbase":{"taker_bps":60},"binanse":{"taker_bps":10}}"#,
      report: """
        c.json:3:86: error: detectors[0].venues[1]: no source provides venue "binanse"; did you mean "binance"?

        """),
    Case(
      name: "no market of the detector",
      detector: #""type":"spread","instrument":"ETH-USD","venues":["coinbase","binance"]"#,
      report: """
        c.json:3:14: error: detectors[0]: no source provides a market of this detector; \
        known markets: "binance BTC-USDT", "coinbase BTC-USD"

        """),
    Case(
      name: "its markets on another channel",
      more: #","treat_as_equal":[["USD","USDT"]],"input":"quotes""#,
      report: """
        c.json:3:139: error: detectors[0].input: the detector reads quotes, and no source provides them for its \
        markets; add "quotes" to the source's "channels"

        """),
    Case(
      name: "a group forgotten", more: "",
      report: """
        c.json:3:86: warning: detectors[0].venues[1]: no source provides a market of this detector at "binance", \
        so the venue takes no part; known instruments there: "BTC-USDT"

        """),
    Case(
      name: "a venue with the other channel",
      sources: #"{"type":"coinbase","instruments":["BTC-USD"]},"#
        + #"{"type":"binance","instruments":["BTC-USDT"],"channels":["quotes"]}"#,
      report: """
        c.json:3:86: warning: detectors[0].venues[1]: no source provides trades of this detector's markets at \
        "binance", so the venue takes no part; add "trades" to the source's "channels"

        """),
    Case(
      name: "fees with a mistake say nothing of those that are missing", fees: #"{"coinbase":{"taker_bps":60000}}"#,
      report: """
        c.json:2:33: error: fees.coinbase.taker_bps: must be -10000 to 10000, found 60000

        """),
    Case(
      name: "a fee forgotten", fees: #"{"coinbase":{"taker_bps":60}}"#,
      report: """
        c.json:3:86: warning: detectors[0].venues[1]: venue "binance" has no fee in "fees"; 0 is taken

        """),
    Case(
      name: "a sink's filter names what nothing can give it",
      sinks:
        #"{"type":"tape","records":["trades"],"filter":{"detectors":["e"],"venues":["okx","binance"],"instruments":["BTC-USD","BTC-UST"]}}"#,
      report: """
        c.json:5:69: error: sinks[0].filter.detectors[0]: no detector is named "e"; known detectors: "d"
        c.json:5:84: error: sinks[0].filter.venues[0]: no source provides venue "okx"; known venues: "binance", "coinbase"
        c.json:5:126: error: sinks[0].filter.instruments[1]: no source provides instrument "BTC-UST"; did you mean "BTC-USD"?

        """),
    Case(
      name: "a filter knows a detector that has a mistake elsewhere",
      detector: #""type":"spread","instrument":"btc","venues":["coinbase","binance"]"#,
      sinks: #"{"type":"tape","records":["trades"],"filter":{"detectors":["d"]}}"#,
      report: """
        c.json:3:55: error: detectors[0].instrument: expected an instrument such as "BTC-USD", found the string "btc"

        """),
    Case(
      name: "a fee of a venue that is not there",
      fees:
        #"{"coinbase":{"taker_bps":60},"binance":{"taker_bps":10},"kracken":{"taker_bps":1},"binanc":{"taker_bps":2}}"#,
      report: """
        c.json:2:74: warning: fees.kracken: no source provides venue "kracken", so its fee is not used; known venues: "binance", "coinbase"
        c.json:2:99: warning: fees.binanc: no source provides venue "binanc", so its fee is not used; did you mean "binance"?

        """),
    Case(
      name: "a filter where records may bring any market", sources: #"{"type":"replay","path":"a"}"#,
      sinks: #"{"type":"tape","records":["trades"],"filter":{"instruments":["DOGE-EUR"]}}"#, report: ""),
    Case(
      name: "records may bring any market", sources: #"{"type":"replay","path":"a"}"#,
      detector: #""type":"spread","instrument":"BTC-USD","venues":["okx","bybit"]"#,
      fees: #"{"okx":{"taker_bps":1},"bybit":{"taker_bps":1}}"#, report: ""),
    Case(
      name: "a mistake elsewhere hides nothing",
      detector: #""type":"spread","instrument":"BTC-USD","venues":["coinbase","okx"]"#,
      fees: #"{"coinbase":{"taker_bps":60},"okx":{"taker_bps":10}}"#, sinks: #"{"type":"jsonl"}"#,
      report: """
        c.json:3:86: error: detectors[0].venues[1]: no source provides venue "okx"; known venues: "binance", "coinbase"
        c.json:5:10: error: sinks[0].path: missing; it is required

        """),
    Case(
      name: "a source with a mistake still tells its venue",
      sources: #"{"type":"coinbase","instruments":["btc"]},{"type":"binance","instruments":["BTC-USDT"]}"#,
      detector: #""type":"spread","instrument":"BTC-USD","venues":["coinbase","okx"]"#,
      fees: #"{"coinbase":{"taker_bps":60},"okx":{"taker_bps":10}}"#,
      report: """
        c.json:1:47: error: sources[0].instruments[0]: expected an instrument such as "BTC-USD", found the string "btc"
        c.json:3:86: error: detectors[0].venues[1]: no source provides venue "okx"; known venues: "binance", "coinbase"

        """),
  ]

  @Test(arguments: cases)
  func isReported(_ example: Case) {
    #expect(load(example.text).diagnostics.description == example.report)
  }
}
