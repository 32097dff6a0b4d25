import ArbdAdapters
import ArbdFramework
import Foundation
import Testing

@Suite struct DeclarativeSpecTests {
  @Test(arguments: ["bitstamp", "gemini"])
  func theExamplesAreGood(_ name: String) throws {
    let file = try SpecFile.example(name)
    #expect(file.spec.venue == name)
    let context = PluginContext.ofTest(name)
    var data = MarketDataOptions()
    data.instruments = ["BTC-USD"].compactMap { Instrument($0) }
    let adapter = try DeclarativeAdapter(options: .init(spec: file, data: data), context: context)
    #expect(adapter.venue.id == name && adapter.provides.map(\.market.venue) == [name])
    data.channels = [.book]
    #expect(throws: OptionError.self) {
      try DeclarativeAdapter(options: .init(spec: file, data: data), context: context)
    }
  }

  private static let trades =
    #"{"kind": "trades", "symbol": "/s", "price": "/p", "size": "/q", "id": "/t", "time": {"at": "/T", "unit": "s"}}"#

  /// A part of a good spec, what stands there instead, and how the finding begins behind the file's name.
  private static let mistakes: [(good: String, bad: String, finding: String)] = [
    (#""/p""#, #""p""#, #"/messages/0/price: expected a JSON pointer such as "/data/price", found the string "p""#),
    (#""/p""#, #""/p~2""#, #"/messages/0/price: expected a JSON pointer"#),
    (#""/p""#, "5", "/messages/0/price: expected a JSON pointer such as \"/data/price\", found the number 5"),
    (#""price": "/p", "#, "", #"/messages/0/price: missing; a message of kind "trades" needs it"#),
    (#""s"}"#, #""sec"}"#, #"/messages/0/time/unit: expected one of "s", "ms", "us", "ns", "iso8601""#),
    (#"{"at": "/T", "unit": "s"}"#, #""/T""#, #"/messages/0/time: expected an object such as"#),
    (#""kind": "trades""#, #""kind": "trade""#, #"/messages/0/kind: expected one of "trades""#),
    ("{base}{quote}", "{base}{counter}", "/symbol/template: {counter} is not known"),
    ("{base}{quote}", "{quote}", "/symbol/template: must hold {base}"),
    ("{symbol}", "{ticker}", "/channels/trades/subscribe: {ticker} is not known"),
    ("wss://", "https://", "/endpoint: must begin with wss:// or ws://"),
    (#""kind": "trades","#, #""kind": "trades", "when": {"e": 1},"#, "/messages/0/when/e: the key is no JSON pointer"),
    (
      #""kind": "trades","#, #""kind": "trades", "when": {"/e": {"like": 1}},"#,
      "/messages/0/when/~1e: expected a value"
    ),
    (
      #""kind": "trades","#, #""kind": "trades", "side": {"at": "/m", "buy": [1], "sell": ["1"]},"#,
      #"/messages/0/side/sell: "1" stands in "buy" too"#
    ),
    (#""kind": "trades""#, #""kind": "ignored""#, #"/messages: none is of kind "trades", which "channels" offers"#),
    (#""venue""#, #""vendor""#, #"/venue: missing; it is required"#),
    (#""venue": "test""#, #""venue": "a b""#, "/venue: must be a name without blanks"),
    (#"{"venue""#, #"["venue""#, ":1:"),
  ]

  @Test(arguments: mistakes.indices)
  func aMistakeIsFoundWithItsPlace(_ place: Int) throws {
    let (good, bad, finding) = Self.mistakes[place]
    let text = SpecFile.spec("[\(Self.trades)]")
    #expect(text.contains(good))
    let (options, diagnostics) = try SpecFile.load(text: text.replacing(good, with: bad))
    #expect(options == nil)
    let messages = diagnostics.map(\.message)
    let isFound = messages.contains { $0.contains("spec.json:") && $0.contains(finding) }
    #expect(isFound, "\(messages)")
    #expect(diagnostics.allSatisfy { $0.path == "sources[0].spec" })
  }

  @Test func aFileThatCannotBeReadIsNamed() throws {
    let (_, diagnostics) = try SpecFile.load(path: "/nowhere/venue.json")
    #expect(diagnostics.first?.message == "cannot read /nowhere/venue.json")
    let (_, folder) = try SpecFile.load(path: "/tmp")
    #expect(folder.first?.message == "cannot read /tmp")
  }

  @Test func exceptionsAreSpelledAsTheyStand() throws {
    let rule = #"{"template": "{base}/{quote}", "case": "lower", "exceptions": {"BTC-USD": "XBTUSD"}}"#
    let text = SpecFile.spec("[\(Self.trades)]").replacing(#"{"template": "{base}{quote}"}"#, with: rule)
    let file = try #require(try SpecFile.load(text: text).options).spec
    var conversation = SpecFile.conversation(file, trades: ["BTC-USD", "ETH-USD"])
    #expect(
      conversation.connect().actions.filter { $0.hasPrefix("send") } == [
        #"send {"sub":"XBTUSD"}"#, #"send {"sub":"eth/usd"}"#,
      ])
  }
}
