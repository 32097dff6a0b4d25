import ArbdFramework
import Testing

@testable import ArbdAdapters

@Suite struct CoinbaseAdvancedSessionTests {
  private static func conversation(
    trades: [String] = [], quotes: [String] = [], books: [String] = []
  ) -> Conversation {
    Conversation(CoinbaseAdvancedAdapter.self, trades: trades, quotes: quotes, books: books)
  }

  private static func message(_ channel: String, _ number: Int, _ events: String) -> String {
    #"{"channel":"\#(channel)","client_id":"","timestamp":"2027-03-04T05:06:08Z","sequence_num":\#(number),"#
      + #""events":[\#(events)]}"#
  }

  private static func trades(_ number: Int, _ ids: [Int], type: String = "update") -> String {
    let trades = ids.map {
      #"{"trade_id":"\#($0)","product_id":"BTC-USD","price":"50123.40","size":"0.5","side":"BUY","#
        + #""time":"2027-03-04T05:06:07.089723Z"}"#
    }
    return message("market_trades", number, #"{"type":"\#(type)","trades":[\#(trades.joined(separator: ","))]}"#)
  }

  private static func book(_ number: Int, _ type: String, _ levels: String, product: String = "BTC-USD") -> String {
    let updates = levels.split(separator: " ").map { level in
      let parts = level.split(separator: "/")
      return #"{"side":"\#(parts[0])","event_time":"2027-03-04T05:06:07.089723Z","price_level":"\#(parts[1])","#
        + #""new_quantity":"\#(parts[2])"}"#
    }
    return message(
      "l2_data", number,
      #"{"type":"\#(type)","product_id":"\#(product)","updates":[\#(updates.joined(separator: ","))]}"#)
  }

  // MARK: Subscriptions

  /// Without heartbeats the venue closes quiet channels.
  @Test func asksForHeartbeatsAndOneChannelAMessage() {
    var conversation = Self.conversation(
      trades: ["BTC-USD", "ETH-USD"], quotes: ["BTC-USD"], books: ["BTC-USD", "SOL-USD"])
    #expect(
      conversation.connect().actions == [
        #"send {"type":"subscribe","channel":"heartbeats"}"#,
        #"send {"type":"subscribe","product_ids":["BTC-USD","ETH-USD"],"channel":"market_trades"}"#,
        #"send {"type":"subscribe","product_ids":["BTC-USD","SOL-USD"],"channel":"level2"}"#,
      ])
    #expect(
      conversation.unsubscribe([conversation.subscriptions[0]]).actions == [
        #"send {"type":"unsubscribe","product_ids":["BTC-USD"],"channel":"market_trades"}"#
      ])
  }

  @Test func acknowledgesEachStreamOnce() {
    var conversation = Self.conversation(trades: ["BTC-USD"], quotes: ["BTC-USD"], books: ["BTC-USD"])
    conversation.connect()
    let trades = Self.message("subscriptions", 0, #"{"subscriptions":{"market_trades":["BTC-USD"]}}"#)
    #expect(conversation.receive(trades).actions == ["acknowledged trades of BTC-USD"])
    let both = Self.message(
      "subscriptions", 1, #"{"subscriptions":{"market_trades":["BTC-USD"],"level2":["BTC-USD"]}}"#)
    #expect(
      conversation.receive(both).actions == [
        "acknowledged quotes of BTC-USD", "acknowledged book of BTC-USD",
      ])
  }

  /// The venue answers for these with the market in USD.
  @Test func marketsThatAreNamesOfOthersAreRefused() throws {
    func adapter(_ name: String) throws -> CoinbaseAdvancedAdapter {
      var options = MarketDataOptions()
      options.instruments = [try #require(Instrument(name))]
      let context = PluginContext.ofTest("advanced")
      return try CoinbaseAdvancedAdapter(options: options, context: context)
    }
    let error = #expect(throws: OptionError.self) { try adapter("BTC-USDC") }
    #expect(error?.message.contains("BTC-USD") == true)
    #expect(try adapter("USDT-USDC").instruments.count == 1)
    #expect(try adapter("EURC-USDC").instruments.count == 1)
  }

  // MARK: Trades

  @Test func batchesAreReadOldestFirst() throws {
    var conversation = Self.conversation(trades: ["BTC-USD"])
    let reception = conversation.receive(Self.trades(0, [43, 42, 41]))
    #expect(try reception.events.map { try RecordLine.read($0).tradeID } == ["41", "42", "43"])
    #expect(reception.actions.isEmpty && reception.recovered == 0)
  }

  @Test func historyIsNotTakenForNews() throws {
    var conversation = Self.conversation(trades: ["BTC-USD"])
    let history = conversation.receive(Self.trades(0, [43, 42, 41], type: "snapshot"))
    #expect(history.events.isEmpty && history.actions.isEmpty)
    let next = conversation.receive(Self.trades(1, [45, 44, 43]))
    #expect(try next.events.map { try RecordLine.read($0).tradeID } == ["44", "45"])
    #expect(next.duplicates == 1 && next.actions.isEmpty)
  }

  private static let badTrades = [
    ("50123.40", "0", UndecodableReason.badNumber), ("50123.40", "-1", .badNumber), ("\"0.5\"", "\"-0.5\"", .badNumber),
    ("\"0.5\"", "null", .wrongType), ("\"7\"", "\"x\"", .badNumber), ("\"7\"", "\"-7\"", .badNumber),
    ("\"BUY\"", "1", .wrongType), ("2027-03-04T05:06:07.089723Z", "0001-01-01T00:00:00Z", .badTime),
    ("\"product_id\"", "\"x\"", .missingField), ("\"price\"", "\"x\"", .missingField),
    ("\"trades\":[", "\"trades\":{", .wrongType), ("\"events\":[", "\"events\":5,\"x\":[", .wrongType),
    ("\"sequence_num\":0", "\"sequence_num\":\"x\"", .badNumber),
  ]

  @Test(arguments: badTrades)
  func refuses(_ part: String, _ replacement: String, _ reason: UndecodableReason) {
    var conversation = Self.conversation(trades: ["BTC-USD"])
    conversation.expectRefusal(of: Self.trades(0, [7]), with: part, as: replacement, reason)
  }

  // MARK: Books

  @Test func quotesComeFromTheBook() throws {
    var conversation = Self.conversation(quotes: ["BTC-USD"])
    conversation.receive(Self.book(0, "snapshot", "bid/100.5/2 bid/100.4/1 offer/100.7/1"))
    let better = conversation.receive(Self.book(1, "update", "bid/100.6/3"))
    let quote = try RecordLine.read(try #require(better.events.first))
    #expect(quote.bid == "100.6" && quote.bidSize == "3" && quote.ask == "100.7")
    #expect(quote.eventTime == 1_804_136_767_089_723)
    // What does not touch the best levels is no news.
    #expect(conversation.receive(Self.book(2, "update", "bid/100.4/9 offer/100.9/1")).events.isEmpty)
    // Nor is a repetition.
    #expect(conversation.receive(Self.book(3, "update", "bid/100.6/3")).events.isEmpty)
    #expect(conversation.receive(Self.book(4, "update", "bid/100.6/0")).events.count == 1)
    #expect(conversation.book("BTC-USD")?.bids == ["2 @ 100.5", "9 @ 100.4"])
  }

  /// The venue numbers all messages of a connection; a lost one may have been about any book.
  @Test func aLostMessageLosesEachBook() {
    var conversation = Self.conversation(trades: ["BTC-USD"], quotes: ["BTC-USD", "ETH-USD"])
    conversation.connect()
    conversation.receive(Self.book(0, "snapshot", "bid/100.5/2 offer/100.7/1"))
    conversation.receive(Self.book(1, "snapshot", "bid/30.5/2 offer/30.7/1", product: "ETH-USD"))
    #expect(conversation.receive(Self.trades(2, [7])).actions.isEmpty)
    let later = conversation.receive(Self.trades(4, [8]))
    #expect(
      later.actions == [
        "out of step: quotes of BTC-USD: a message is missing", "ask again for quotes of BTC-USD",
        "out of step: quotes of ETH-USD: a message is missing", "ask again for quotes of ETH-USD",
      ])
    #expect(later.events.filter { $0.hasPrefix("withdrawn") }.count == 2)
    #expect(later.events.count == 3, "the trade counts all the same")
  }

  @Test func messagesOfEveryChannelAreCounted() {
    var conversation = Self.conversation(quotes: ["BTC-USD"])
    conversation.receive(Self.book(0, "snapshot", "bid/100.5/2 offer/100.7/1"))
    let others = ["heartbeats", "ticker", "newcomer", "subscriptions"]
    for (number, channel) in others.enumerated() {
      #expect(conversation.receive(Self.message(channel, number + 1, "{}")).actions.isEmpty, "\(channel)")
    }
    #expect(conversation.receive(Self.book(5, "update", "bid/100.6/3")).actions.isEmpty)
    #expect(conversation.receive(Self.message("heartbeats", 7, "{}")).actions.first?.hasPrefix("out of step") == true)
  }

  /// A snapshot in the very message that tells of the gap mends the book.
  @Test func aSnapshotBehindAGapIsTaken() {
    var conversation = Self.conversation(quotes: ["BTC-USD"])
    conversation.receive(Self.book(0, "snapshot", "bid/100.5/2 offer/100.7/1"))
    let reception = conversation.receive(Self.book(9, "snapshot", "bid/90.5/2 offer/90.7/1"))
    #expect(reception.events.count == 2 && reception.events.first == "withdrawn quotes of coinbase_advanced BTC-USD")
    #expect(conversation.book("BTC-USD")?.bids == ["2 @ 90.5"])
  }

  @Test func theSideOfASellerIsCalledOffer() {
    var conversation = Self.conversation(quotes: ["BTC-USD"])
    #expect(conversation.receive(Self.book(0, "snapshot", "ask/100.5/2")).error?.field == "side")
  }

  @Test func timesOfASnapshotAreNone() throws {
    var conversation = Self.conversation(quotes: ["BTC-USD"])
    let frame = Self.book(0, "snapshot", "bid/100.5/2 offer/100.7/1")
      .replacing("2027-03-04T05:06:07.089723Z", with: "1970-01-01T00:00:00Z")
    let quote = try RecordLine.read(try #require(conversation.receive(frame).events.first))
    #expect(quote.eventTime == Conversation.now.microseconds)
  }
}
