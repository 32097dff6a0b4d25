import ArbdFramework
import Testing

@testable import ArbdAdapters

@Suite struct BinanceSessionTests {
  private static func trade(_ id: Int, _ symbol: String = "BTCUSDT", time: Int = 1_890_000_000_135) -> String {
    #"{"e":"trade","E":1890000000136,"s":"\#(symbol)","t":\#(id),"p":"50123.40","q":"0.5","T":\#(time),"m":true,"M":true}"#
  }

  private static func quote(_ updateID: Int, _ symbol: String = "BTCUSDT") -> String {
    #"{"u":\#(updateID),"s":"\#(symbol)","b":"50123.39","B":"0.61","a":"50123.40","A":"1.20"}"#
  }

  private static func combined(_ data: String) -> String { #"{"stream":"btcusdt@x","data":\#(data)}"# }

  private static func ids(_ reception: Reception) throws -> [String?] {
    try reception.events.map { try RecordLine.read($0).tradeID }
  }

  // MARK: Subscriptions

  @Test func asksForTradesAndBookTickers() {
    var conversation = Conversation.binance()
    #expect(
      conversation.connect().actions == [
        #"send {"method":"SUBSCRIBE","params":["btcusdt@trade","ethbtc@trade","btcusdt@bookTicker","#
          + #""solusdt@bookTicker"],"id":1}"#
      ])
  }

  @Test func numbersItsRequests() {
    var conversation = Conversation.binance(trades: ["BTC-USDT"], quotes: [])
    conversation.connect()
    let all = conversation.subscriptions
    #expect(
      conversation.unsubscribe(all).actions == [
        #"send {"method":"UNSUBSCRIBE","params":["btcusdt@trade"],"id":2}"#
      ])
    #expect(
      conversation.subscribe(all).actions == [
        #"send {"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":3}"#
      ])
  }

  @Test func acknowledgesEachSubscriptionOnce() {
    var conversation = Conversation.binance(trades: ["BTC-USDT"], quotes: ["BTC-USDT"])
    conversation.connect()
    let reply = #"{"result":null,"id":1}"#
    let acknowledged = ["acknowledged trades of BTC-USDT", "acknowledged quotes of BTC-USDT"]
    #expect(conversation.receive(reply).actions == acknowledged)
    #expect(conversation.receive(reply).actions == [])
  }

  @Test func unsubscribingIsNotAcknowledgedAsASubscription() {
    var conversation = Conversation.binance()
    conversation.connect()
    _ = conversation.unsubscribe(conversation.subscriptions)
    let reception = conversation.receive(#"{"result":null,"id":2}"#)
    #expect(reception.kind == .control)
    #expect(reception.actions.isEmpty)
  }

  @Test func splitsManySubscriptionsOverRequests() {
    let count = BinanceSession.streamsPerRequest + 1
    var conversation = Conversation.binance(trades: (0..<count).map { "A\($0)-USDT" }, quotes: [])
    let sent = conversation.connect().actions
    #expect(sent.count == 2)
    #expect(sent.last == #"send {"method":"SUBSCRIBE","params":["a\#(count - 1)usdt@trade"],"id":2}"#)
    #expect(conversation.receive(#"{"result":null,"id":2}"#).actions == ["acknowledged trades of A200-USDT"])
    #expect(conversation.receive(#"{"result":null,"id":1}"#).actions.count == count - 1)
  }

  @Test func aRefusalNamesWhatWasAskedFor() {
    var conversation = Conversation.binance(trades: ["BTC-USDT"], quotes: [])
    conversation.connect()
    let reply = #"{"code":2,"msg":"Invalid request: unknown stream","id":1}"#
    #expect(
      conversation.receive(reply).actions == [
        "refused trades of BTC-USDT: Invalid request: unknown stream (code 2)"
      ])
    // Answered once; a second answer is about nothing that was asked.
    #expect(conversation.receive(reply).actions == ["error: Invalid request: unknown stream (code 2)"])
  }

  // MARK: Trade ids

  @Test func countsLostTradesAndLeavesOutRepeatedOnes() throws {
    var conversation = Conversation.binance()
    #expect(conversation.receive(Self.trade(100)).actions == [])
    #expect(conversation.receive(Self.combined(Self.trade(101))).actions == [])

    let afterGap = conversation.receive(Self.trade(105))
    #expect(try Self.ids(afterGap) == ["105"])
    #expect(afterGap.actions == ["missing 3 of binance BTC-USDT"])

    let repeated = conversation.receive(Self.combined(Self.trade(101)))
    #expect(repeated.kind == .data)
    #expect(repeated.duplicates == 1)
    #expect(repeated.events.isEmpty && repeated.actions.isEmpty)

    let late = conversation.receive(Self.trade(103))
    #expect(try Self.ids(late) == ["103"])
    #expect(late.recovered == 1)
  }

  @Test func countsEachSymbolForItself() {
    var conversation = Conversation.binance()
    conversation.receive(Self.trade(100))
    #expect(conversation.receive(Self.trade(7, "ETHBTC")).actions == [])
    #expect(conversation.receive(Self.trade(9, "ETHBTC")).actions == ["missing 1 of binance ETH-BTC"])
    #expect(conversation.receive(Self.trade(101)).actions == [])
  }

  @Test(arguments: [0, 9_223_372_036_854_775_807])
  func idsMayBeAsSmallAndLargeAsTheyGo(_ id: Int) throws {
    var conversation = Conversation.binance()
    #expect(try Self.ids(conversation.receive(Self.trade(id))) == ["\(id)"])
  }

  // MARK: Quotes

  @Test func quotesHaveTheTimeOfTheirArrival() throws {
    var conversation = Conversation.binance()
    let reception = conversation.receive(Self.quote(1), at: Timestamp(microseconds: 42))
    let quote = try RecordLine.read(try #require(reception.events.first))
    #expect(quote.eventTime == 42)
    #expect(quote.receiveTime == 42)
  }

  @Test func leavesOutAnOlderBook() {
    var conversation = Conversation.binance()
    #expect(conversation.receive(Self.quote(10)).events.count == 1)
    for id in [10, 9] {
      let repeated = conversation.receive(Self.quote(id))
      #expect(repeated.kind == .data)
      #expect(repeated.duplicates == 1)
      #expect(repeated.events.isEmpty)
    }
    #expect(conversation.receive(Self.quote(5, "SOLUSDT")).events.count == 1)
    // Ids are the book's: that some are left out is how the channel works.
    let later = conversation.receive(Self.quote(500))
    #expect(later.events.count == 1)
    #expect(later.actions.isEmpty)
  }

  // MARK: Bad frames

  private static let good = trade(7)
  private static let goodQuote = quote(11)

  private static let wrongTypes = ["null", "true", "[]", "{}", "[\"1\"]"]

  private static let badTrades: [BadFrame] =
    BadFrame.badPrices.map { BadFrame(good, "50123.40", $0, .badNumber) }
    + BadFrame.badSizes.map { BadFrame(good, "\"0.5\"", "\"\($0)\"", .badNumber) }
    + ["0", "-1", "1e400", "-1e400"].map { BadFrame(good, "\"50123.40\"", $0, .badNumber) }
    + wrongTypes.flatMap {
      [
        BadFrame(good, "\"50123.40\"", $0, .wrongType), BadFrame(good, "\"0.5\"", $0, .wrongType),
        BadFrame(good, ":7,", ":\($0),", .wrongType), BadFrame(good, "\"BTCUSDT\"", $0, .wrongType),
        BadFrame(good, "1890000000135", $0, .wrongType), BadFrame(good, "\"trade\"", $0, .wrongType),
      ]
    }
    + ["1", "\"true\"", "null", "[]"].map { BadFrame(good, "\"m\":true", "\"m\":\($0)", .wrongType) }
    + ["-1", "1.5", "1e3", "7.0", "9223372036854775808", "\"seven\"", "\"\""].map {
      BadFrame(good, ":7,", ":\($0),", .badNumber)
    }
    + [("s", "symbol"), ("p", "price"), ("q", "size"), ("t", "trade id"), ("T", "time")].map { key, field in
      BadFrame(good, "\"\(key)\"", "\"x\"", .missingField, field: field)
    }
    + ["9223372036854775807", "-9223372036854775807", "9007199254740992", "-9007199254740992"].map {
      BadFrame(good, "1890000000135", $0, .badTime, field: "time")
    }
    + ["1890000000135.5", "1e400", "\"soon\"", "99999999999999999999"].map {
      BadFrame(good, "1890000000135", $0, .badNumber)
    }

  private static let badQuotes: [BadFrame] =
    ["50123.39", "0.61", "50123.40", "1.20"].flatMap { part in
      BadFrame.badSizes.map { BadFrame(goodQuote, "\"\(part)\"", "\"\($0)\"", .badNumber) }
        + wrongTypes.map { BadFrame(goodQuote, "\"\(part)\"", $0, .wrongType) }
    }
    + [("b", "bid"), ("B", "bid size"), ("a", "ask"), ("A", "ask size"), ("s", "symbol")].map { key, field in
      BadFrame(goodQuote, "\"\(key)\"", "\"x\"", .missingField, field: field)
    }
    + wrongTypes.map { BadFrame(goodQuote, "\"BTCUSDT\"", $0, .wrongType) }
    + ["-1", "1.5", "9223372036854775808", "\"x\""].map { BadFrame(goodQuote, ":11,", ":\($0),", .badNumber) }
    + wrongTypes.map { BadFrame(goodQuote, ":11,", ":\($0),", .wrongType) }

  @Test(arguments: badTrades + badQuotes)
  func refuses(_ bad: BadFrame) throws {
    #expect(bad.frame != Self.good && bad.frame != Self.goodQuote)
    for frame in [bad.frame, Self.combined(bad.frame)] {
      var conversation = Conversation.binance()
      conversation.receive(frame).expectRefusal(BadFrame(frame, bad.reason, field: bad.field))
      #expect(try Self.ids(conversation.receive(Self.good)) == ["7"], "the next good one is read")
      #expect(conversation.receive(Self.goodQuote).events.count == 1)
    }
  }

  private static let badOthers = [
    BadFrame(#"{"stream":5,"data":{}}"#, .wrongType), BadFrame(#"{"stream":null,"data":{}}"#, .wrongType),
    BadFrame(#"{"code":"two","msg":"x"}"#, .badNumber), BadFrame(#"{"code":null,"msg":"x"}"#, .wrongType),
    BadFrame(#"{"code":2,"msg":5}"#, .wrongType), BadFrame(#"{"error":"x","id":1}"#, .wrongType),
    BadFrame(#"{"result":null,"id":1.5}"#, .badNumber), BadFrame(#"{"result":null,"id":1e400}"#, .badNumber),
    BadFrame(#"{"result":nul,"id":1}"#, .malformedJSON),
    BadFrame(#"{"e":"newcomer","a":[1,}"#, .malformedJSON),
    BadFrame(#"{"stream":"a","data":{"e":"trade"}"#, .malformedJSON),
    BadFrame(#"{"stream":"a","data":{"e":"serverShutdown"}]"#, .malformedJSON),
    BadFrame(#"{"stream":"a","data":[1,2}"#, .malformedJSON),
    BadFrame(#"{"e":5}"#, .wrongType), BadFrame(#"{"data":{"E":1,"e":null}}"#, .wrongType),
  ]

  @Test(arguments: badOthers)
  func refusesOtherMessages(_ bad: BadFrame) throws {
    var conversation = Conversation.binance()
    conversation.receive(bad.frame).expectRefusal(bad)
    #expect(try Self.ids(conversation.receive(Self.good)) == ["7"])
  }

  @Test(arguments: BadFrame.malformed)
  func refusesWhatIsNoDocument(_ frame: String) throws {
    var conversation = Conversation.binance()
    let reception = conversation.receive(frame)
    #expect(reception.error != nil && reception.events.isEmpty)
    #expect(try Self.ids(conversation.receive(Self.good)) == ["7"])
  }

  @Test(arguments: ["[]", "1", "\"trade\"", "null", "true", "[\(good)]", "{\"data\":5}", "{\"data\":null}"])
  func findsNoEventInWhatIsNoObject(_ frame: String) throws {
    var conversation = Conversation.binance()
    let reception = conversation.receive(frame)
    #expect(reception.events.isEmpty && reception.actions.isEmpty)
    #expect(reception.error != nil || reception.kind == .unknown || reception.kind == .ignored)
    #expect(try Self.ids(conversation.receive(Self.good)) == ["7"])
  }

  @Test func aRefusedTradeIsStillExpected() throws {
    var conversation = Conversation.binance()
    conversation.receive(Self.trade(6))
    conversation.receive(Self.good.replacing("50123.40", with: "0"))
    #expect(conversation.receive(Self.trade(8)).actions == ["missing 1 of binance BTC-USDT"])
    #expect(conversation.receive(Self.good).recovered == 1)
  }
}
