import ArbdFramework
import ArbdTransport
import Testing

@testable import ArbdSimulator

@Suite struct CoinbaseAdvancedVenueTests {
  typealias Conversation = VenueConversation<CoinbaseAdvancedVenue>

  private static let markets = [
    SimulatedMarket(venue: .coinbaseAdvanced, instrument: Instrument(base: "BTC", quote: "USD"))
  ]

  private static func conversation() -> Conversation {
    var conversation = Conversation(markets, CoinbaseAdvancedVenue(markets, start: Conversation.start))
    _ = conversation.happen(Conversation.quote(market: 0))
    conversation.open("/")
    return conversation
  }

  private static func subscribe(_ channel: String, _ product: String = "BTC-USD") -> String {
    #"{"type":"subscribe","product_ids":["\#(product)"],"channel":"\#(channel)"}"#
  }

  private static func message(_ channel: String, _ number: Int, at time: String = "01.000000", _ event: String)
    -> String
  {
    #"{"channel":"\#(channel)","client_id":"","timestamp":"2027-01-15T08:00:\#(time)Z","sequence_num":\#(number),"#
      + #""events":[\#(event)]}"#
  }

  private static func level(_ side: String, _ price: String, _ size: String, at time: String) -> String {
    #"{"side":"\#(side)","event_time":"\#(time)","price_level":"\#(price)","new_quantity":"\#(size)"}"#
  }

  private static let epoch = "1970-01-01T00:00:00Z"
  private static let moment = "2027-01-15T08:00:00.089723Z"

  private static func removal(_ number: Int) -> String {
    message(
      "l2_data", number, at: "00.089723",
      #"{"type":"update","product_id":"BTC-USD","updates":[\#(level("bid", "61234.00", "0", at: moment))]}"#)
  }

  @Test func booksBeginWithASnapshotAndAllMessagesAreCounted() {
    var conversation = Self.conversation()
    let levels = [
      Self.level("bid", "61234.55", "0.00061000", at: Self.epoch),
      Self.level("bid", "61234.00", "0.00000005", at: Self.epoch),
      Self.level("offer", "61234.56", "0.00120000", at: Self.epoch),
    ].joined(separator: ",")
    #expect(
      conversation.send(Self.subscribe("level2")) == [
        Self.message("l2_data", 0, #"{"type":"snapshot","product_id":"BTC-USD","updates":[\#(levels)]}"#),
        Self.message("subscriptions", 1, #"{"subscriptions":{"level2":["BTC-USD"]}}"#),
      ])
    #expect(conversation.happen(Conversation.removal(market: 0)) == [Self.removal(2)])
    // Each connection counts its own.
    conversation.open("/", client: 2)
    _ = conversation.send(Self.subscribe("level2"), client: 2)
    #expect(conversation.happen(Conversation.removal(market: 0), client: 2) == [Self.removal(2)])
  }

  @Test(arguments: [(SimulatedQuote.Delivery.lost, 0), (.twice, 2), (.late, 0), (.muted, 0)])
  func whatGoesAstrayIsCounted(delivery: SimulatedQuote.Delivery, count: Int) {
    var conversation = Self.conversation()
    _ = conversation.send(Self.subscribe("level2"))
    #expect(
      conversation.happen(Conversation.removal(market: 0, delivery)) == Array(repeating: Self.removal(2), count: count))
    let next = conversation.happen(Conversation.removal(market: 0))
    #expect(next == (delivery == .late ? [Self.removal(3), Self.removal(2)] : [Self.removal(3)]))
  }

  private static func trade(_ id: Int) -> String {
    #"{"trade_id":"\#(id)","product_id":"BTC-USD","price":"61234.56","size":"0.00098500","side":"SELL","#
      + #""time":"\#(moment)"}"#
  }

  @Test func tradesAreGatheredNewestFirst() {
    var conversation = Self.conversation()
    _ = conversation.send(Self.subscribe("market_trades"))
    #expect(conversation.happen(Conversation.trade(market: 0, id: 11)).isEmpty)
    #expect(conversation.happen(Conversation.trade(market: 0, id: 12)).isEmpty)
    #expect(conversation.venue.nextTick == Conversation.time(0.339723))
    #expect(conversation.tick(at: 0.3).isEmpty)
    let both = "\(Self.trade(12)),\(Self.trade(11))"
    #expect(
      conversation.tick(at: 0.34) == [
        .text(Self.message("market_trades", 1, at: "00.340000", #"{"type":"update","trades":[\#(both)]}"#))
      ])
    #expect(conversation.tick(at: 0.6).isEmpty)
    conversation.open("/", client: 2)
    #expect(
      conversation.send(Self.subscribe("market_trades"), client: 2).first
        == Self.message("market_trades", 0, #"{"type":"snapshot","trades":[\#(both)]}"#))
  }

  @Test func heartbeatsAreCounted() {
    var conversation = Self.conversation()
    #expect(
      conversation.send(#"{"type":"subscribe","channel":"heartbeats"}"#) == [
        Self.message("subscriptions", 0, #"{"subscriptions":{"heartbeats":[]}}"#)
      ])
    #expect(
      conversation.tick(at: 2) == [
        .text(
          Self.message(
            "heartbeats", 1, at: "02.000000",
            #"{"current_time":"2027-01-15 08:00:02.000000 +0000 UTC m=+1.5","heartbeat_counter":1}"#))
      ])
  }

  @Test func whoAsksForNothingIsSentAway() {
    var conversation = Self.conversation()
    #expect(conversation.tick(at: 4.9).isEmpty)
    #expect(conversation.tick(at: 5) == [.close(1008, "no subscription within 5 seconds")])
  }

  @Test(arguments: [
    (Self.subscribe("level2", "FOO-USD"), "FOO-USD is not a valid product"),
    (Self.subscribe("dance"), "channel dance is not valid"), ("{", "malformed message"),
    (#"{"type":"dance"}"#, "unknown type dance"),
    (#"{"type":"subscribe","channel":"level2"}"#, "product_ids must be provided for level2"),
  ])
  func mistakesAreNamed(request: String, message: String) {
    var conversation = Self.conversation()
    #expect(conversation.send(request) == [#"{"type":"error","message":"\#(message)"}"#])
  }

  @Test func theNinthMessageInASecondIsTooMany() {
    var conversation = Self.conversation()
    for _ in 0..<8 { #expect(conversation.send(Self.subscribe("market_trades")).count == 1) }
    #expect(conversation.send(Self.subscribe("level2")) == [#"{"type":"error","message":"rate limit exceeded"}"#])
    #expect(conversation.send(Self.subscribe("level2"), at: 2).count == 2)
  }

  @Test func subscriptionsCanFailAndBeLeft() {
    var conversation = Self.conversation()
    conversation.venue.subscriptionHandling = .refuse
    #expect(
      conversation.send(Self.subscribe("level2")) == [#"{"type":"error","message":"subscriptions are refused"}"#])
    conversation.venue.subscriptionHandling = .ignore
    #expect(conversation.send(Self.subscribe("level2")).isEmpty)
    conversation.venue.subscriptionHandling = .heed
    conversation.venue.withheldSnapshots = 1
    #expect(conversation.send(Self.subscribe("level2")).count == 1)
    let leave = Self.subscribe("level2").replacing("subscribe", with: "unsubscribe")
    #expect(
      conversation.send(leave, at: 3) == [Self.message("subscriptions", 1, at: "03.000000", #"{"subscriptions":{}}"#)])
    #expect(conversation.happen(Conversation.removal(market: 0)).isEmpty)
  }

  @Test(arguments: [
    ("/api/v3/brokerage/market/products?product_type=SPOT", #"{"products":[{"product_id":"BTC-USD""#),
    ("/api/v3/brokerage/market/products/BTC-USD", #"{"product_id":"BTC-USD""#),
    ("/api/v3/brokerage/market/products?product_type=FUTURE", #"{"products":[],"num_products":0}"#),
    ("/api/v3/brokerage/market/products/FOO", "NOT_FOUND"),
    ("/api/v3/brokerage/time", #""epochSeconds":"1800000000""#),
  ])
  func listsAreServed(target: String, part: String) {
    let answer = Self.conversation().venue.answer(RequestTarget(target), at: Conversation.start)
    #expect(String(decoding: answer.body, as: UTF8.self).contains(part))
  }
}
