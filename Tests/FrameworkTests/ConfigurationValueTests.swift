import ArbdFramework
import Testing

private struct Values: PluginOptions {
  var flag = false
  var count = 1
  var ratio = 0.0
  var wait = Duration.zero
  var idle = DurationOrNever.never
  var market = Instrument(base: "BTC", quote: "USD")
  var price = PriceKind.mean
  var names: [String] = []
  var groups: [[String]] = []
  var topics: [String: Int] = [:]
  var absent: Double?

  static let fields: [OptionField<Self>] = [
    .optional("flag", \.flag, "A truth."),
    .optional("count", \.count, "Some.", .in(1...5)),
    .optional("ratio", \.ratio, "A share."),
    .optional("wait", \.wait, "A time."),
    .optional("idle", \.idle, "A time-out."),
    .optional("market", \.market, "A market."),
    .optional("price", \.price, "A price."),
    .optional("names", \.names, "Names.", .distinct, .each(.nonEmpty)),
    .optional("groups", \.groups, "Groups."),
    .optional("topics", \.topics, "Numbers by name."),
    .optional("absent", \.absent, "Perhaps.", .positive),
  ]
}

@Suite struct ConfigurationValueTests {
  /// Given as `key: JSON`, what is written back.
  @Test(arguments: [
    ("flag", "true", "true"), ("flag", "\"true\"", "true"), ("flag", "\"false\"", "false"),
    ("count", "3", "3"), ("count", "\"5\"", "5"), ("count", "1.0", "1"), ("count", "20e-1", "2"),
    ("count", "0.5e1", "5"),
    ("ratio", "0.1", "0.1"), ("ratio", "\"-2.5e3\"", "-2500"), ("ratio", "10", "10"),
    ("ratio", "123456789012345678901234567890", "1.2345678901234568e+29"),
    ("wait", "\"10s\"", "\"10s\""), ("wait", "\"0s\"", "\"0s\""), ("wait", "\"0ms\"", "\"0s\""),
    ("wait", "\"250ms\"", "\"250ms\""), ("wait", "\"1.5s\"", "\"1500ms\""), ("wait", "\"60s\"", "\"1m\""),
    ("wait", "\"1h\"", "\"1h\""), ("wait", "\"90m\"", "\"90m\""), ("wait", "\"0.5m\"", "\"30s\""),
    ("wait", "\"8784h\"", "\"8784h\""), ("wait", "\"1.000s\"", "\"1s\""),
    ("idle", "\"never\"", "\"never\""), ("idle", "\"2m\"", "\"2m\""),
    ("market", "\"ETH-USDT\"", "\"ETH-USDT\""), ("market", "\"1INCH-EUR\"", "\"1INCH-EUR\""),
    ("price", "\"vwap\"", "\"vwap\""),
    ("names", "[]", "[]"), ("names", "[\"a\", \"b\"]", "[\"a\", \"b\"]"),
    ("groups", "[[\"a\"], [\"b\", \"c\"]]", "[[\"a\"], [\"b\", \"c\"]]"),
    ("topics", "{\"z\": 1, \"a\": \"2\"}", "{\"a\": 2, \"z\": 1}"),
    ("absent", "2", "2"),
  ])
  func isRead(key: String, json: String, expected: String) throws {
    let (options, report) = try options(Values.self, "{\"\(key)\": \(json)}")
    #expect(report.isEmpty)
    #expect(options?.encoded[key]?.description == expected)
  }

  @Test(arguments: [
    ("flag", "1", "expected true or false, found the number 1"),
    ("flag", "\"yes\"", #"expected true or false, found the string "yes""#),
    ("count", "1.5", "expected an integer, found the number 1.5"),
    ("count", "99999999999999999999", "expected an integer, found the number 99999999999999999999"),
    ("count", "1e19", "expected an integer, found the number 1e19"),
    ("count", "\"five\"", #"expected an integer, found the string "five""#),
    ("count", "\"\"", #"expected an integer, found the string """#),
    ("count", "\" 1\"", #"expected an integer, found the string " 1""#),
    ("count", "true", "expected an integer, found true"),
    ("count", "0", "must be 1 to 5, found 0"),
    ("count", "\"6\"", "must be 1 to 5, found 6"),
    ("ratio", "\"${RATIO}\"", #"expected a number, found "abc" (from "${RATIO}")"#),
    ("ratio", "1e999", "1e999 is out of a double's range"),
    ("ratio", "null", "expected a number, found null"),
    ("ratio", "\"0x10\"", #"expected a number, found the string "0x10""#),
    ("ratio", "\"nan\"", #"expected a number, found the string "nan""#),
    (
      "wait", "10",
      #"expected a duration such as "10s", found the number 10; a unit is missing: ms, s, m or h"#
    ),
    ("wait", "\"10\"", #""10" has no unit; write ms, s, m or h behind the number"#),
    ("wait", "\"10 s\"", #""10 s" has an unknown unit; write ms, s, m or h behind the number"#),
    ("wait", "\"10S\"", #""10S" has an unknown unit; write ms, s, m or h behind the number"#),
    ("wait", "\"2d\"", #""2d" has an unknown unit; write ms, s, m or h behind the number"#),
    ("wait", "\"-1s\"", #""-1s" is negative"#),
    ("wait", "\"0.5ms\"", #""0.5ms" is not a whole number of milliseconds"#),
    ("wait", "\"0.0001s\"", #""0.0001s" is not a whole number of milliseconds"#),
    ("wait", "\"8784.001h\"", #""8784.001h" is longer than 366 days"#),
    ("wait", "\"9223372036854775807h\"", #""9223372036854775807h" is longer than 366 days"#),
    ("wait", "\"99999999999999999999s\"", #""99999999999999999999s" has too many digits"#),
    ("wait", "\"1e3s\"", #""1e3s" has an unknown unit; write ms, s, m or h behind the number"#),
    ("wait", "\"\"", #"expected a duration such as "10s", found the string """#),
    ("wait", "\"never\"", #"expected a duration such as "10s", found the string "never""#),
    ("wait", "{}", #"expected a duration such as "10s", found an object"#),
    ("idle", "\"nevr\"", #"expected a duration such as "10s", or "never", found the string "nevr""#),
    ("idle", "\"5\"", #""5" has no unit; write ms, s, m or h behind the number"#),
    ("idle", "5", #"expected a duration such as "10s", or "never", found the number 5"#),
    ("market", "\"btc-usd\"", #"instruments are written in capitals; did you mean "BTC-USD"?"#),
    ("market", "\"BTC/USD\"", #"expected an instrument such as "BTC-USD", found the string "BTC/USD""#),
    ("market", "\"BTC-\"", #"expected an instrument such as "BTC-USD", found the string "BTC-""#),
    (
      "price", "\"meen\"",
      #"expected one of "mean", "vwap", "last", found the string "meen"; did you mean "mean"?"#
    ),
    (
      "price", "\"Mean\"",
      #"expected one of "mean", "vwap", "last", found the string "Mean"; did you mean "mean"?"#
    ),
    ("price", "\"mid\"", #"expected one of "mean", "vwap", "last", found the string "mid""#),
    ("price", "1", #"expected one of "mean", "vwap", "last", found the number 1"#),
    ("names", "\"a\"", #"expected a list of strings, found the string "a""#),
    ("absent", "0", "must be more than 0, found 0"),
    ("absent", "null", "expected a number, found null"),
  ])
  func isRefused(key: String, json: String, expected: String) throws {
    let (options, report) = try options(Values.self, "{\"\(key)\": \(json)}", environment: ["RATIO": "abc"])
    #expect(report == "sinks[0].\(key): \(expected)")
    #expect(options == nil)
  }

  @Test func everyBadElementIsReportedAtItsPlace() throws {
    let json = #"{"names": ["a", 1, "", "a"], "groups": [["a", 1], "b"], "topics": {"x y": "z", "q": 1}}"#
    #expect(
      try options(Values.self, json).report == """
        sinks[0].names[1]: expected a string, found the number 1
        sinks[0].groups[0][1]: expected a string, found the number 1
        sinks[0].groups[1]: expected a list of strings, found the string "b"
        sinks[0].topics["x y"]: expected an integer, found the string "z"
        """)
    #expect(
      try options(Values.self, #"{"names": ["a", "", "a"]}"#).report == """
        sinks[0].names[1]: must not be empty
        sinks[0].names[2]: "a" stands here twice
        """)
  }

  @Test func theNearestSpelling() throws {
    for (key, expected) in [
      ("cuont", "unknown key; did you mean \"count\"?"), ("Wait", "unknown key; did you mean \"wait\"?"),
      ("topic", "unknown key; did you mean \"topics\"?"),
      ("waiting-time", "unknown key"),
    ] {
      let report = try options(Values.self, "{\"\(key)\": 1}").report
      #expect(report.hasPrefix("sinks[0].\(key): \(expected)"))
    }
  }
}
