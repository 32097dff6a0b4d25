import ArbdFramework
import Testing

@testable import ArbdAdapters

@Suite struct KrakenSessionTests {
  private static func conversation(
    trades: [String] = [], quotes: [String] = [], books: [String] = [], depth: Int = 10
  ) -> Conversation {
    Conversation(KrakenAdapter.self, trades: trades, quotes: quotes, books: books, depth: depth)
  }

  private static func trade(_ ids: [Int], type: String = "update") -> String {
    let trades = ids.map {
      #"{"symbol":"BTC/USD","side":"buy","price":50123.4,"qty":0.5,"ord_type":"limit","trade_id":\#($0),"#
        + #""timestamp":"2027-03-04T05:06:07.089723Z"}"#
    }
    return #"{"channel":"trade","type":"\#(type)","data":[\#(trades.joined(separator: ","))]}"#
  }

  private static func ids(_ reception: Reception) throws -> [String?] {
    try reception.events.map { try RecordLine.read($0).tradeID }
  }

  // MARK: Subscriptions

  @Test func asksForEachChannelAndForThePrecisionsOfBooks() {
    var conversation = Self.conversation(
      trades: ["BTC-USD", "ETH-USD"], quotes: ["BTC-USD"], books: ["SOL-USD"], depth: 25)
    #expect(
      conversation.connect().actions == [
        #"send {"method":"subscribe","params":{"channel":"instrument"}}"#,
        #"send {"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD","ETH/USD"],"snapshot":false},"#
          + #""req_id":1}"#,
        #"send {"method":"subscribe","params":{"channel":"ticker","symbol":["BTC/USD"],"event_trigger":"bbo"},"#
          + #""req_id":2}"#,
        #"send {"method":"subscribe","params":{"channel":"book","symbol":["SOL/USD"],"depth":25},"req_id":3}"#,
      ])
  }

  @Test func takesTheNextDepthThatThereIs() {
    for (wanted, asked) in [(1, 10), (11, 25), (100, 100), (101, 500), (1_000, 1_000)] {
      var conversation = Self.conversation(books: ["BTC-USD"], depth: wanted)
      let sent = conversation.connect().actions.last ?? ""
      #expect(sent.contains(#""depth":\#(asked)}"#), "\(wanted) in \(sent)")
    }
  }

  @Test func asksForFiftySymbolsAtATime() {
    let names = (0..<51).map { "A\($0)-USD" }
    var conversation = Self.conversation(trades: names)
    let sent = conversation.connect().actions
    #expect(sent.count == 2)
    #expect(
      sent.last == #"send {"method":"subscribe","params":{"channel":"trade","symbol":["A50/USD"],"snapshot":false},"#
        + #""req_id":2}"#)
  }

  @Test func unsubscribesWithTheSameParameters() {
    var conversation = Self.conversation(trades: ["BTC-USD"], quotes: ["BTC-USD"], books: ["BTC-USD"])
    conversation.connect()
    #expect(
      conversation.unsubscribe(conversation.subscriptions).actions == [
        #"send {"method":"unsubscribe","params":{"channel":"trade","symbol":["BTC/USD"]},"req_id":4}"#,
        #"send {"method":"unsubscribe","params":{"channel":"ticker","symbol":["BTC/USD"],"event_trigger":"bbo"},"#
          + #""req_id":5}"#,
        #"send {"method":"unsubscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":10},"req_id":6}"#,
      ])
  }

  @Test func isAnsweredForEachSymbol() {
    var conversation = Self.conversation(trades: ["BTC-USD", "ETH-USD"])
    conversation.connect()
    func answer(_ symbol: String) -> String {
      #"{"method":"subscribe","success":true,"result":{"channel":"trade","symbol":"\#(symbol)"},"req_id":1}"#
    }
    #expect(conversation.receive(answer("ETH/USD")).actions == ["acknowledged trades of ETH-USD"])
    #expect(conversation.receive(answer("ETH/USD")).actions.isEmpty)
    let refusal =
      #"{"method":"subscribe","success":false,"error":"Currency pair not supported","symbol":"BTC/USD","req_id":1}"#
    #expect(conversation.receive(refusal).actions == ["refused trades of BTC-USD: Currency pair not supported"])
    #expect(conversation.receive(refusal).actions == ["error: Currency pair not supported"])
  }

  // MARK: Trades

  @Test func historyIsNotTakenForNews() throws {
    var conversation = Self.conversation(trades: ["BTC-USD"])
    let history = conversation.receive(Self.trade([41, 42, 43], type: "snapshot"))
    #expect(history.events.isEmpty && history.actions.isEmpty && history.duplicates == 0)
    #expect(history.kind == .ignored)
    // Told again, it is a repetition; what follows is counted from it.
    #expect(conversation.receive(Self.trade([43])).duplicates == 1)
    let next = conversation.receive(Self.trade([45, 46]))
    #expect(try Self.ids(next) == ["45", "46"])
    #expect(next.actions == ["missing 1 of kraken BTC-USD"])
  }

  @Test func aBatchWithABadTradeSaysNothing() throws {
    var conversation = Self.conversation(trades: ["BTC-USD"])
    let bad = Self.trade([41, 42]).replacing(#""trade_id":42"#, with: #""trade_id":-42"#)
    let reception = conversation.receive(bad)
    #expect(reception.error?.reason == .badNumber)
    #expect(reception.events.isEmpty)
    #expect(try Self.ids(conversation.receive(Self.trade([41]))) == ["41"])
  }

  private static let badTrades = [
    ("50123.4", "0", UndecodableReason.badNumber), ("50123.4", "-1", .badNumber), ("50123.4", "null", .wrongType),
    ("50123.4", "NaN", .malformedJSON), ("50123.4", "1e400", .badNumber), ("0.5", "-0.5", .badNumber),
    ("0.5", "[]", .wrongType), (":7,", ":7.5,", .badNumber), (":7,", ":null,", .wrongType),
    ("\"BTC/USD\"", "5", .wrongType), ("\"buy\"", "1", .wrongType),
    ("2027-03-04T05:06:07.089723Z", "0001-01-01T00:00:00.000000Z", .badTime),
    ("2027-03-04T05:06:07.089723Z", "yesterday", .badTime), ("\"timestamp\"", "\"time\"", .missingField),
    ("\"price\"", "\"prize\"", .missingField), ("\"symbol\"", "\"pair\"", .missingField),
    ("\"trade_id\"", "\"id\"", .missingField), ("\"data\":[", "\"data\":{", .wrongType),
    ("\"channel\":\"trade\"", "\"channel\":1", .wrongType), ("\"update\"", "null", .wrongType),
  ]

  @Test(arguments: badTrades)
  func refuses(_ part: String, _ replacement: String, _ reason: UndecodableReason) {
    var conversation = Self.conversation(trades: ["BTC-USD"])
    conversation.expectRefusal(of: Self.trade([7]), with: part, as: replacement, reason)
  }
}
