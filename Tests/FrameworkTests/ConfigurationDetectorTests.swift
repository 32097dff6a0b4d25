import ArbdFramework
import Testing

private let spread = #""instrument": "BTC-USD", "venues": ["coinbase", "binance"], "window": {"size": "10s"}"#
private let cycle = #""venues": ["binance"], "assets": ["USDT", "BTC", "ETH"], "window": {"size": "1s"}"#

@Suite struct ConfigurationDetectorTests {
  @Test func spreadDefaults() throws {
    let read = try options(SpreadOptions.self, "{\(spread)}")
    let options = try #require(read.options)
    #expect(read.report.isEmpty)
    #expect(options.instrument == Instrument(base: "BTC", quote: "USD"))
    #expect(options.venues == ["coinbase", "binance"])
    #expect(options.treatAsEqual.isEmpty)
    #expect(options.window.size == .seconds(10))
    #expect(options.window.offset == .zero)
    #expect(options.window.outOfOrderness == .seconds(2))
    #expect(options.window.idleTimeout == .duration(.seconds(10)))
    #expect(options.window.watermark == .perMarket)
    #expect(options.window.maxClockSkew == .seconds(2))
    #expect(options.input == .trades)
    #expect(options.price == .mean)
    #expect(options.threshold == SpreadOptions.Threshold())
    #expect(options.minRecords == 1)
    #expect(options.emit == .best)
  }

  @Test func cycleDefaults() throws {
    let read = try options(CycleOptions.self, "{\(cycle)}")
    let options = try #require(read.options)
    #expect(read.report.isEmpty)
    #expect(options.assets == ["USDT", "BTC", "ETH"])
    #expect(options.maxLegs == 3)
    #expect(options.emit == .all)
  }

  @Test func everyKey() throws {
    let json = #"""
      {"instrument": "BTC-USD", "venues": ["a", "b"], "treat_as_equal": [["USD", "USDT"], ["BTC", "WBTC"]],
       "window": {"size": "1m", "offset": "500ms", "out_of_orderness": "0ms", "idle_timeout": "never",
                  "watermark": "merged", "max_clock_skew": "1s"},
       "input": "quotes", "price": "last", "threshold": {"absolute": 50, "gross_bps": -1, "net_bps": "0"},
       "min_records": 3, "emit": "all"}
      """#
    let read = try options(SpreadOptions.self, json)
    let options = try #require(read.options)
    #expect(options.window.watermark == .merged)
    #expect(options.window.idleTimeout == .never)
    #expect(options.threshold.absolute == 50)
    #expect(options.threshold.grossBasisPoints == -1)
    #expect(options.threshold.netBasisPoints == 0)
    #expect(options.treatAsEqual == [["USD", "USDT"], ["BTC", "WBTC"]])
  }

  @Test(arguments: [
    (#""min_records": 0"#, "min_records: must be 1 or more, found 0"),
    (
      #""input": "quotes", "price": "vwap""#,
      #"price: "vwap" needs trades, and "input" is "quotes"; use "mean" or "last""#
    ),
    (
      #""treat_as_equal": [["USD", "USDT"], ["USDT", "EUR"]]"#,
      #"treat_as_equal[1][0]: "USDT" stands in a group already"#
    ),
    (#""treat_as_equal": [["USD", "USD"]]"#, #"treat_as_equal[0][1]: "USD" stands in a group already"#),
    (#""treat_as_equal": [["USD"], []]"#, "treat_as_equal[1]: must not be empty"),
    (
      #""treat_as_equal": [["usd", "USDT"]]"#,
      #"treat_as_equal[0][0]: assets are written in capitals; did you mean "USD"?"#
    ),
    (
      #""treat_as_equal": ["USD"]"#, #"treat_as_equal[0]: expected a list of strings, found the string "USD""#
    ),
    (
      #""threshold": {"net": 5}"#,
      #"threshold.net: unknown key; known keys: "absolute", "gross_bps", "net_bps""#
    ),
    (#""threshold": {"netbps": 5}"#, #"threshold.netbps: unknown key; did you mean "net_bps"?"#),
    (#""emit": "first""#, #"emit: expected one of "best", "all", found the string "first""#),
  ])
  func spreadRefuses(json: String, expected: String) throws {
    let (options, report) = try options(SpreadOptions.self, "{\(spread), \(json)}")
    #expect(report == "sinks[0].\(expected)")
    #expect(options == nil)
  }

  @Test(arguments: [
    (#"{"size": "0s"}"#, #".size: must be more than 0, found "0s""#),
    ("{}", ".size: missing; it is required"),
    ("10", ": expected an object, found the number 10"),
    (
      #"{"size": "1s", "idle_timeout": 5}"#,
      #".idle_timeout: expected a duration such as "10s", or "never", found the number 5"#
    ),
    (
      #"{"size": "1s", "watermark": "per-market"}"#,
      #".watermark: expected one of "per_market", "merged", found the string "per-market"; did you mean "per_market"?"#
    ),
  ])
  func windowRefuses(json: String, expected: String) throws {
    let text = #"{"venues": ["a"], "assets": ["A", "B", "C"], "window": \#(json)}"#
    #expect(try options(CycleOptions.self, text).report == "sinks[0].window\(expected)")
  }

  @Test func whatMustBeThere() throws {
    #expect(
      try options(SpreadOptions.self, "{}").report == """
        sinks[0].instrument: missing; it is required
        sinks[0].venues: missing; it is required
        sinks[0].window: missing; it is required
        """)
    #expect(
      try options(SpreadOptions.self, #"{"instrument": "A-B", "venues": ["a"], "window": {"size": "1s"}}"#)
        .report
        == "sinks[0].venues: must have at least 2 elements, found 1")
    #expect(
      try options(
        SpreadOptions.self, #"{"instrument": "A-B", "venues": ["a", "a"], "window": {"size": "1s"}}"#
      )
      .report == #"sinks[0].venues[1]: "a" stands here twice"#)
    #expect(
      try options(
        CycleOptions.self,
        #"{"venues": [], "assets": ["A", "b", "A"], "max_legs": 9, "window": {"size": "1s"}}"#
      ).report == """
        sinks[0].venues: must not be empty
        sinks[0].assets[1]: assets are written in capitals; did you mean "B"?
        sinks[0].assets[2]: "A" stands here twice
        sinks[0].max_legs: must be 3 to 8, found 9
        """)
  }

  @Test func aCycleOfTwoIsDoubtful() throws {
    let (options, report) = try options(
      CycleOptions.self, #"{\#(cycle), "treat_as_equal": [["BTC", "ETH"]]}"#)
    #expect(options != nil)
    #expect(
      report
        == #"sinks[0].assets: only 2 are left after "treat_as_equal", and a cycle needs three: it never alerts"#
    )
  }
}
