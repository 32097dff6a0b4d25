import ArbdFramework
import Testing

@testable import ArbdAdapters

@Suite struct BybitSessionTests {
  private static func conversation(
    trades: [String] = [], quotes: [String] = [], books: [String] = [], depth: Int = 50
  ) -> Conversation {
    Conversation(BybitAdapter.self, trades: trades, quotes: quotes, books: books, depth: depth)
  }

  private static func trade(_ ids: [String], symbol: String = "BTCUSDT") -> String {
    let trades = ids.map {
      #"{"T":1890000000135,"s":"\#(symbol)","S":"Sell","v":"0.5","p":"50123.40","i":"\#($0)","BT":false,"RPI":false,"#
        + #""seq":1783284617}"#
    }
    return
      #"{"topic":"publicTrade.\#(symbol)","ts":1890000000136,"type":"snapshot","data":[\#(trades.joined(separator: ","))]}"#
  }

  private static func quote(_ number: Int) -> String {
    #"{"topic":"orderbook.1.BTCUSDT","ts":1890000000136,"type":"snapshot","data":{"s":"BTCUSDT","#
      + #""b":[["50123.3","1.2"]],"a":[["50123.4","0.5"]],"u":\#(number),"seq":5},"cts":1890000000135}"#
  }

  private static func book(_ type: String, bids: String = "", asks: String = "", number: Int) -> String {
    #"{"topic":"orderbook.50.BTCUSDT","ts":1890000000136,"type":"\#(type)","data":{"s":"BTCUSDT","#
      + #""b":\#(levelPairs(bids)),"a":\#(levelPairs(asks)),"u":\#(number),"seq":5},"cts":1890000000135}"#
  }

  // MARK: Subscriptions

  @Test func asksForEachTopic() {
    var conversation = Self.conversation(trades: ["BTC-USDT"], quotes: ["BTC-USDT"], books: ["ETH-USDT"], depth: 60)
    #expect(
      conversation.connect().actions == [
        #"send {"req_id":"1","op":"subscribe","args":["publicTrade.BTCUSDT","orderbook.1.BTCUSDT","#
          + #""orderbook.200.ETHUSDT"]}"#
      ])
    #expect(
      conversation.unsubscribe([conversation.subscriptions[0]]).actions == [
        #"send {"req_id":"2","op":"unsubscribe","args":["publicTrade.BTCUSDT"]}"#
      ])
  }

  @Test func asksForTenTopicsAtATime() {
    var conversation = Self.conversation(trades: (0..<21).map { "A\($0)-USDT" })
    let sent = conversation.connect().actions
    #expect(sent.count == 3)
    #expect(sent.last == #"send {"req_id":"3","op":"subscribe","args":["publicTrade.A20USDT"]}"#)
    let answer = #"{"success":true,"ret_msg":"subscribe","conn_id":"2324d924","req_id":"3","op":"subscribe"}"#
    #expect(conversation.receive(answer).actions == ["acknowledged trades of A20-USDT"])
    #expect(conversation.receive(answer).actions == [])
  }

  /// One bad topic fails the request with all that it asked for.
  @Test func aRefusalIsOfAllThatWasAskedFor() {
    var conversation = Self.conversation(trades: ["BTC-USDT", "FOO-USDT"])
    conversation.connect()
    let refusal =
      #"{"success":false,"ret_msg":"Invalid topic: publicTrade.FOOUSDT","conn_id":"2324d924","req_id":"1","op":"subscribe"}"#
    #expect(
      conversation.receive(refusal).actions == [
        "refused trades of BTC-USDT: Invalid topic: publicTrade.FOOUSDT",
        "refused trades of FOO-USDT: Invalid topic: publicTrade.FOOUSDT",
      ])
  }

  @Test func theAnswerToAPingSaysNothing() {
    var conversation = Self.conversation(trades: ["BTC-USDT"])
    conversation.connect()
    let pong = conversation.receive(#"{"success":true,"ret_msg":"pong","conn_id":"2324d924","op":"ping"}"#)
    #expect(pong.kind == .control && pong.actions.isEmpty && pong.events.isEmpty)
  }

  @Test func symbolsThatCannotBeToldApartAreRefused() {
    var options = MarketDataOptions()
    options.instruments = ["AB-CUSDT", "ABC-USDT"].compactMap { Instrument($0) }
    let context = PluginContext.ofTest("bybit")
    #expect(throws: OptionError.self) { try BybitAdapter(options: options, context: context) }
  }

  // MARK: Trades and quotes

  /// A message of trades says that it is a snapshot, and is none.
  @Test func tradesAreNewsThoughTheyAreCalledASnapshot() throws {
    var conversation = Self.conversation(trades: ["BTC-USDT"])
    let batch = conversation.receive(Self.trade(["7", "9", "8"]))
    #expect(try batch.events.map { try RecordLine.read($0).tradeID } == ["7", "9", "8"])
    #expect(try batch.events.map { try RecordLine.read($0).side } == ["sell", "sell", "sell"])
    // Ids count nothing.
    #expect(batch.actions.isEmpty)
  }

  @Test func aBatchOfAThousandIsRead() {
    var conversation = Self.conversation(trades: ["BTC-USDT"])
    #expect(conversation.receive(Self.trade((1...1_024).map(String.init))).events.count == 1_024)
  }

  @Test func aQuoteThatIsSentAgainIsARepetition() {
    var conversation = Self.conversation(quotes: ["BTC-USDT"])
    #expect(conversation.receive(Self.quote(50)).events.count == 1)
    let again = conversation.receive(Self.quote(50))
    #expect(again.events.isEmpty && again.duplicates == 1)
    #expect(conversation.receive(Self.quote(1)).events.count == 1, "the venue has restarted")
    #expect(conversation.receive(Self.quote(2)).events.count == 1)
  }

  private static let badTrades = [
    ("50123.40", "0", UndecodableReason.badNumber), ("50123.40", "-1", .badNumber), ("\"0.5\"", "null", .wrongType),
    ("\"0.5\"", "\"-0.5\"", .badNumber), ("\"0.5\"", "\"NaN\"", .badNumber), ("1890000000135", "1e99", .badNumber),
    ("1890000000135", "99999999999999999", .badTime), ("\"Sell\"", "1", .wrongType), ("\"T\"", "\"x\"", .missingField),
    ("\"s\":", "\"x\":", .missingField), ("\"p\":", "\"x\":", .missingField), ("\"v\":", "\"x\":", .missingField),
    ("\"i\":\"7\"", "\"i\":\"\(String(repeating: "7", count: 100))\"", .missingField),
    ("\"i\"", "\"x\"", .missingField),
    ("\"BT\":false", "\"BT\":0", .wrongType), ("\"data\":[{", "\"data\":{", .wrongType),
    ("\"topic\":\"publicTrade.BTCUSDT\"", "\"topic\":7", .wrongType),
  ]

  @Test(arguments: badTrades)
  func refuses(_ part: String, _ replacement: String, _ reason: UndecodableReason) {
    var conversation = Self.conversation(trades: ["BTC-USDT"])
    conversation.expectRefusal(of: Self.trade(["7"]), with: part, as: replacement, reason)
  }

  // MARK: Books

  @Test func updatesAreNumberedOneByOne() {
    var conversation = Self.conversation(books: ["BTC-USDT"])
    conversation.receive(Self.book("snapshot", bids: "100.5/2 100.4/1", asks: "100.7/1", number: 10))
    #expect(conversation.receive(Self.book("delta", bids: "100.6/1", number: 11)).events.count == 1)
    #expect(conversation.receive(Self.book("delta", asks: "100.7/0 100.8/2", number: 12)).actions == [])
    #expect(conversation.book("BTC-USDT")?.bids == ["1 @ 100.6", "2 @ 100.5", "1 @ 100.4"])
    #expect(conversation.book("BTC-USDT")?.asks == ["2 @ 100.8"])
    let gap = conversation.receive(Self.book("delta", bids: "100.6/0", number: 14))
    #expect(gap.events == ["withdrawn quotes of bybit BTC-USDT"])
    #expect(gap.actions == ["out of step: book of BTC-USDT: updates are missing", "ask again for book of BTC-USDT"])
  }

  @Test func aSnapshotMayComeAtAnyTime() {
    var conversation = Self.conversation(books: ["BTC-USDT"])
    conversation.receive(Self.book("snapshot", bids: "100.5/2", asks: "100.7/1", number: 10))
    #expect(conversation.receive(Self.book("snapshot", bids: "90.5/2", asks: "90.7/1", number: 500)).actions == [])
    #expect(conversation.book("BTC-USDT")?.bids == ["2 @ 90.5"])
    #expect(conversation.receive(Self.book("delta", bids: "90.6/2", number: 501)).actions == [])
  }

  /// The venue's service has restarted: what has number 1 is a snapshot, whatever it says.
  @Test func numberOneBeginsAnew() {
    var conversation = Self.conversation(books: ["BTC-USDT"])
    conversation.receive(Self.book("snapshot", bids: "100.5/2", asks: "100.7/1", number: 10))
    #expect(conversation.receive(Self.book("delta", bids: "90.5/2", asks: "90.7/1", number: 1)).actions == [])
    #expect(conversation.book("BTC-USDT")?.bids == ["2 @ 90.5"])
    #expect(conversation.receive(Self.book("delta", bids: "90.6/2", number: 2)).actions == [])
  }

  @Test func aBookWithoutTypeIsRefused() {
    var conversation = Self.conversation(books: ["BTC-USDT"])
    let frame = Self.book("snapshot", bids: "100.5/2", number: 10).replacing(#""type":"snapshot","#, with: "")
    #expect(conversation.receive(frame).error?.reason == .missingField)
  }
}
