import ArbdFramework
import Testing

@testable import ArbdAdapters

@Suite struct CoinbaseSessionTests {
  private static let subscriptions =
    #"{"type":"subscriptions","channels":[{"name":"matches","product_ids":["BTC-USD","ETH-USD"]}]}"#

  private static func match(
    _ id: Int, _ product: String = "BTC-USD", type: String = "match",
    time: String = "2027-03-04T05:06:07.089723Z"
  ) -> String {
    #"{"type":"\#(type)","trade_id":\#(id),"side":"sell","size":"0.5","price":"50123.40","product_id":"\#(product)","#
      + #""sequence":1,"time":"\#(time)"}"#
  }

  private static func heartbeat(_ lastTradeID: Int, _ product: String = "BTC-USD") -> String {
    #"{"type":"heartbeat","sequence":1,"last_trade_id":\#(lastTradeID),"product_id":"\#(product)","#
      + #""time":"2027-03-04T05:06:08.000000Z"}"#
  }

  private static func ids(_ reception: Reception) throws -> [String?] {
    try reception.events.map { try RecordLine.read($0).tradeID }
  }

  // MARK: Subscriptions

  @Test func asksForMatchesAndHeartbeats() {
    var conversation = Conversation.coinbase()
    let reception = conversation.connect()
    #expect(
      reception.actions == [
        #"send {"type":"subscribe","product_ids":["BTC-USD","ETH-USD"],"channels":["matches","heartbeat"]}"#
      ])
    #expect(reception.events.isEmpty)
  }

  @Test func unsubscribes() {
    var conversation = Conversation.coinbase()
    conversation.connect()
    let some = [conversation.subscriptions[1]]
    #expect(
      conversation.unsubscribe(some).actions == [
        #"send {"type":"unsubscribe","product_ids":["ETH-USD"],"channels":["matches","heartbeat"]}"#
      ])
  }

  @Test func acknowledgesEachSubscriptionOnce() {
    var conversation = Conversation.coinbase()
    conversation.connect()
    // The list is cumulative and comes again with each change.
    let first = conversation.receive(
      #"{"type":"subscriptions","channels":[{"name":"matches","product_ids":["ETH-USD"]}]}"#)
    #expect(first.actions == ["acknowledged trades of ETH-USD"])
    #expect(conversation.receive(Self.subscriptions).actions == ["acknowledged trades of BTC-USD"])
    #expect(conversation.receive(Self.subscriptions).actions == [])
  }

  @Test func acknowledgesAgainWhatWasAskedForAgain() {
    var conversation = Conversation.coinbase()
    conversation.connect()
    conversation.receive(Self.subscriptions)
    let sent = conversation.subscribe([conversation.subscriptions[0]])
    #expect(
      sent.actions == [
        #"send {"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches","heartbeat"]}"#
      ])
    #expect(conversation.receive(Self.subscriptions).actions == ["acknowledged trades of BTC-USD"])
  }

  @Test func readsTradesThatComeBeforeTheAcknowledgement() throws {
    var conversation = Conversation.coinbase()
    conversation.connect()
    #expect(try Self.ids(conversation.receive(Self.match(5))) == ["5"])
    #expect(conversation.receive(Self.subscriptions).actions.count == 2)
  }

  // MARK: Trade ids

  @Test func countsLostTradesAndLeavesOutRepeatedOnes() throws {
    var conversation = Conversation.coinbase()
    #expect(conversation.receive(Self.match(100)).actions == [])
    #expect(conversation.receive(Self.match(101)).actions == [])

    let afterGap = conversation.receive(Self.match(105))
    #expect(try Self.ids(afterGap) == ["105"])
    #expect(afterGap.actions == ["missing 3 of coinbase BTC-USD"])

    let repeated = conversation.receive(Self.match(101))
    #expect(repeated.kind == .data)
    #expect(repeated.duplicates == 1)
    #expect(repeated.events.isEmpty && repeated.actions.isEmpty)

    let late = conversation.receive(Self.match(103))
    #expect(try Self.ids(late) == ["103"])
    #expect(late.recovered == 1)
    #expect(late.actions.isEmpty)
    #expect(conversation.receive(Self.match(103)).duplicates == 1)
  }

  @Test func countsEachProductForItself() {
    var conversation = Conversation.coinbase()
    #expect(conversation.receive(Self.match(100)).actions == [])
    #expect(conversation.receive(Self.match(7, "ETH-USD")).actions == [])
    #expect(conversation.receive(Self.match(9, "ETH-USD")).actions == ["missing 1 of coinbase ETH-USD"])
    #expect(conversation.receive(Self.match(101)).actions == [])
  }

  @Test func lastMatchIsWhereCountingStarts() throws {
    var conversation = Conversation.coinbase()
    let history = conversation.receive(Self.match(50, type: "last_match"))
    #expect(history.kind == .ignored)
    #expect(history.events.isEmpty && history.actions.isEmpty)
    #expect(conversation.receive(Self.match(50)).duplicates == 1)
    let next = conversation.receive(Self.match(53))
    #expect(try Self.ids(next) == ["53"])
    #expect(next.actions == ["missing 2 of coinbase BTC-USD"])
  }

  /// 0 is no trade: what comes first is not counted from it.
  @Test func aHeartbeatWithoutALastTradeMeansNothing() throws {
    var conversation = Conversation.coinbase()
    conversation.receive(Self.heartbeat(0))
    #expect(conversation.receive(Self.match(1_979_000_000)).actions.isEmpty)
    #expect(conversation.receive(Self.heartbeat(0)).actions.isEmpty)
  }

  @Test func heartbeatTellsOfALostTrade() throws {
    var conversation = Conversation.coinbase()
    conversation.receive(Self.match(10))
    let same = conversation.receive(Self.heartbeat(10))
    #expect(same.kind == .control)
    #expect(same.actions.isEmpty)
    #expect(conversation.receive(Self.heartbeat(9)).actions.isEmpty)
    #expect(conversation.receive(Self.heartbeat(12)).actions == ["missing 2 of coinbase BTC-USD"])
    // Told once, and not again by the next trade.
    #expect(conversation.receive(Self.heartbeat(12)).actions.isEmpty)
    #expect(conversation.receive(Self.match(13)).actions.isEmpty)
    // It was only slow.
    let slow = conversation.receive(Self.match(12))
    #expect(try Self.ids(slow) == ["12"])
    #expect(slow.recovered == 1)
  }

  @Test func heartbeatsOfOtherProductsSayNothing() {
    var conversation = Conversation.coinbase()
    conversation.receive(Self.match(10))
    let other = conversation.receive(Self.heartbeat(99, "DOGE-EUR"))
    #expect(other.kind == .control)
    #expect(other.actions.isEmpty)
  }

  @Test func startsAnewWithTheVenuesNumbers() throws {
    var conversation = Conversation.coinbase()
    conversation.receive(Self.match(1_000_000))
    #expect(conversation.receive(Self.match(5)).duplicates == 1)
    let restarted = conversation.receive(Self.match(6, time: "2027-03-04T05:06:09Z"))
    #expect(try Self.ids(restarted) == ["6"])
    #expect(restarted.actions.isEmpty)
  }

  @Test(arguments: [0, 9_223_372_036_854_775_807])
  func idsMayBeAsSmallAndLargeAsTheyGo(_ id: Int) throws {
    var conversation = Conversation.coinbase()
    #expect(try Self.ids(conversation.receive(Self.match(id))) == ["\(id)"])
  }

  @Test func receiveTimeIsTheFrames() throws {
    var conversation = Conversation.coinbase()
    let reception = conversation.receive(Self.match(1), at: Timestamp(microseconds: -5))
    let trade = try RecordLine.read(try #require(reception.events.first))
    #expect(trade.receiveTime == -5)
    #expect(trade.eventTime == 1_804_136_767_089_723)
  }

  // MARK: Bad frames

  private static let good = match(7)

  private static let badFrames: [BadFrame] =
    [
      BadFrame("[]", .wrongType), BadFrame("1", .wrongType), BadFrame("\"match\"", .wrongType),
      BadFrame("null", .wrongType), BadFrame("true", .wrongType), BadFrame("[\(good)]", .wrongType),
      BadFrame(good, "\"match\"", "5", .wrongType), BadFrame(good, "\"match\"", "null", .wrongType),
    ]
    + BadFrame.badPrices.map { BadFrame(good, "50123.40", $0, .badNumber) }
    + BadFrame.badSizes.map { BadFrame(good, "0.5", $0, .badNumber) }
    + ["0", "-1", "1e400", "-1e400"].map { BadFrame(good, "\"50123.40\"", $0, .badNumber) }
    + ["null", "true", "[]", "{}", "[\"1\"]"].flatMap {
      [
        BadFrame(good, "\"50123.40\"", $0, .wrongType), BadFrame(good, "\"0.5\"", $0, .wrongType),
        BadFrame(good, ":7,", ":\($0),", .wrongType), BadFrame(good, "\"BTC-USD\"", $0, .wrongType),
        BadFrame(good, "\"sell\"", $0, .wrongType),
        BadFrame(good, "\"2027-03-04T05:06:07.089723Z\"", $0, .wrongType),
      ]
    }
    + ["-1", "1.5", "1e3", "7.0", "9223372036854775808", "\"-1\"", "\"seven\"", "\"\"", "\"7 \""].map {
      BadFrame(good, ":7,", ":\($0),", .badNumber)
    }
    + [
      ("trade_id", "trade id"), ("price", "price"), ("size", "size"), ("product_id", "symbol"), ("time", "time"),
    ].map { key, field in
      BadFrame(good, "\"\(key)\"", "\"other\"", .missingField, field: field)
    }
    + [
      "", "now", "0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z", "2027-03-04",
      "2027-03-04T05:06:07",
      "2027-03-04T05:06:07.089723", "2027-03-04 05:06:07.089723Z", "2027-03-04T05:06:07.089723+00:00",
      "2027-03-04T05:06:07.Z", "2027-03-04T05:06:07.0123456789Z", "2027-13-04T05:06:07Z",
      "2027-00-04T05:06:07Z",
      "2027-02-29T05:06:07Z", "2027-04-31T05:06:07Z", "2027-03-00T05:06:07Z", "2027-03-32T05:06:07Z",
      "2027-03-04T24:06:07Z", "2027-03-04T05:60:07Z", "2027-03-04T05:06:61Z", "2027-03-04T05:06:-7Z",
      "+027-03-04T05:06:07Z", "20270304T050607Z", "1804136767", "2027-03-04T05:06:07.089723ZZ",
      "２027-03-04T05:06:07Z",
    ].map { BadFrame(good, "2027-03-04T05:06:07.089723Z", $0, .badTime, field: "time") }
    + [
      BadFrame(heartbeat(3), ":3,", ":-3,", .badNumber, field: "last_trade_id"),
      BadFrame(heartbeat(3), ":3,", ":\"x\",", .badNumber),
      BadFrame(heartbeat(3), ":3,", ":null,", .wrongType),
      BadFrame(heartbeat(3), "last_trade_id", "other", .missingField, field: "last_trade_id"),
      BadFrame(heartbeat(3), "\"BTC-USD\"", "3", .wrongType),
      BadFrame(subscriptions, "}]}", "}}}", .malformedJSON),
      BadFrame("{\"type\":\"subscriptions\",\"channels\":{}}", .wrongType),
      BadFrame("{\"type\":\"subscriptions\",\"channels\":[\"matches\"]}", .wrongType),
      BadFrame("{\"type\":\"subscriptions\",\"channels\":[{\"name\":1}]}", .wrongType),
      BadFrame(
        "{\"type\":\"subscriptions\",\"channels\":[{\"name\":\"matches\",\"product_ids\":[1]}]}", .wrongType),
      BadFrame("{\"type\":\"error\",\"message\":5}", .wrongType),
      BadFrame("{\"type\":\"error\",\"reason\":null}", .wrongType),
      BadFrame(match(7, type: "last_match"), "50123.40", "0", .badNumber, field: "price"),
      BadFrame("{\"type\":\"newcomer\",\"a\":[1,}", .malformedJSON),
      BadFrame("{\"type\":\"ticker\",\"price\":\"1\"", .malformedJSON),
    ]

  @Test(arguments: badFrames)
  func refuses(_ bad: BadFrame) throws {
    #expect(bad.frame != Self.good && bad.frame != Self.heartbeat(3) && bad.frame != Self.subscriptions)
    var conversation = Conversation.coinbase()
    conversation.receive(bad.frame).expectRefusal(bad)
    #expect(try Self.ids(conversation.receive(Self.good)) == ["7"], "the next good one is read")
  }

  @Test(arguments: BadFrame.malformed)
  func refusesWhatIsNoDocument(_ frame: String) throws {
    var conversation = Conversation.coinbase()
    let reception = conversation.receive(frame)
    #expect(reception.error != nil && reception.events.isEmpty)
    #expect(try Self.ids(conversation.receive(Self.good)) == ["7"])
  }

  @Test func refusesInvalidUTF8() throws {
    for bytes: [UInt8] in [
      [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82],
    ] {
      var conversation = Conversation.coinbase()
      let reception = conversation.receive(
        Array("{\"type\":\"newcomer\",\"a\":\"".utf8) + bytes + Array("\"}".utf8))
      #expect(reception.error?.reason == .malformedJSON)
    }
  }

  /// A frame that is refused says nothing about which trades have arrived.
  @Test func aRefusedTradeIsStillExpected() throws {
    var conversation = Conversation.coinbase()
    conversation.receive(Self.match(6))
    conversation.receive(Self.good.replacing("50123.40", with: "0"))
    let next = conversation.receive(Self.match(8))
    #expect(next.actions == ["missing 1 of coinbase BTC-USD"])
    #expect(conversation.receive(Self.good).recovered == 1)
  }
}
