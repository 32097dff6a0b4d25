import ArbdFramework
import ArbdSimulator
import ArbdTransport
import Testing

@Suite struct CoinbaseVenueTests {
  typealias Conversation = VenueConversation<CoinbaseVenue>

  private static func conversation() -> Conversation {
    let markets = MarketModelTests.defaultMarkets()
    var conversation = Conversation(markets, CoinbaseVenue(markets, start: Conversation.start))
    conversation.open("/")
    return conversation
  }

  private static let match =
    #""trade_id":280232,"maker_order_id":"M","taker_order_id":"T","side":"sell","size":"0.00098500","#
    + #""price":"61234.56","product_id":"BTC-USD","sequence":177100030,"time":"2027-01-15T08:00:00.089723Z"}"#

  /// Order ids are made up.
  private static func withoutOrderIDs(_ text: String) -> String {
    text.replacing(#/maker_order_id":"[0-9a-f-]{36}"/#, with: #"maker_order_id":"M""#)
      .replacing(#/taker_order_id":"[0-9a-f-]{36}"/#, with: #"taker_order_id":"T""#)
  }

  @Test(arguments: [
    (
      #"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches"]}"#,
      #"[{"name":"matches","product_ids":["BTC-USD"]}]"#
    ),
    (
      #"{"type":"subscribe","channels":[{"name":"matches","product_ids":["ETH-USD","BTC-USD"]}]}"#,
      #"[{"name":"matches","product_ids":["ETH-USD","BTC-USD"]}]"#
    ),
    (
      #"{"channels":["heartbeat",{"name":"ticker","product_ids":["ETH-USD"]}],"product_ids":["BTC-USD"],"#
        + #""type":"subscribe","signature":"x","key":null}"#,
      #"[{"name":"heartbeat","product_ids":["BTC-USD"]},{"name":"ticker","product_ids":["BTC-USD","ETH-USD"]}]"#
    ),
    (
      #"{"type":"subscribe","product_ids":["BTC-USD","BTC-USD"],"channels":["matches","matches"]}"#,
      #"[{"name":"matches","product_ids":["BTC-USD"]}]"#
    ),
    (#"{"type":"subscribe","channels":["status"]}"#, #"[{"name":"status","product_ids":[]}]"#),
  ])
  func subscriptionsAreAcknowledged(request: String, channels: String) {
    var conversation = Self.conversation()
    #expect(conversation.send(request) == [#"{"type":"subscriptions","channels":\#(channels)}"#])
  }

  private static func book(_ request: String) -> (Conversation, answers: [String]) {
    var conversation = conversation()
    _ = conversation.happen(Conversation.quote(market: 0))
    let answers = conversation.send(request)
    return (conversation, answers)
  }

  private static let batches = #"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["level2_batch"]}"#
  private static let moment = #""time":"2027-01-15T08:00:00.089723Z"}"#
  private static let removal =
    #"{"type":"l2update","product_id":"BTC-USD","changes":[["buy","61234.00","0.00000000"]],"# + moment

  @Test func booksBeginWithASnapshot() {
    var (conversation, answers) = Self.book(Self.batches)
    #expect(
      answers == [
        #"{"type":"subscriptions","channels":[{"name":"level2_batch","product_ids":["BTC-USD"]}]}"#,
        #"{"type":"snapshot","product_id":"BTC-USD","bids":[["61234.55","0.00061000"],["61234.00","0.00000005"]],"#
          + #""asks":[["61234.56","0.00120000"]],"# + Self.moment,
      ])
    #expect(conversation.told(Conversation.removal(market: 0)) == [Self.removal])
  }

  @Test func level2WantsAKey() {
    let plain = Self.batches.replacing("level2_batch", with: "level2")
    #expect(
      Self.book(plain).answers == [
        #"{"type":"error","message":"Failed to subscribe","reason":"level2 channel requires authentication"}"#
      ])
    let signed = plain.dropLast() + #","signature":"c2ln","key":"k","passphrase":"p","timestamp":"1800000000"}"#
    #expect(Self.book(String(signed)).answers.count == 2)
  }

  @Test(arguments: [(SimulatedQuote.Delivery.lost, 0), (.muted, 0), (.twice, 2), (.late, 0)])
  func messagesAboutBooksCanGoAstray(delivery: SimulatedQuote.Delivery, count: Int) {
    var (conversation, _) = Self.book(Self.batches)
    #expect(
      conversation.told(Conversation.removal(market: 0, delivery)) == Array(repeating: Self.removal, count: count))
    let next = conversation.told(
      Conversation.change(market: 0, updateID: 9, previousID: 8, [.init(.ask, price: 6_123_500, size: 1)]))
    #expect(next.count == (delivery == .late ? 2 : 1) && next.first?.contains("sell") == true)
  }

  @Test func aSnapshotCanBeWithheld() {
    var conversation = Self.conversation()
    conversation.venue.withheldSnapshots = 1
    #expect(conversation.send(Self.batches).count == 1)
  }

  @Test func acknowledgementsListAllThereIs() {
    var conversation = Self.conversation()
    _ = conversation.send(#"{"type":"subscribe","product_ids":["BTC-USD","ETH-USD"],"channels":["matches"]}"#)
    #expect(
      conversation.send(#"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["heartbeat"]}"#) == [
        #"{"type":"subscriptions","channels":[{"name":"matches","product_ids":["BTC-USD","ETH-USD"]},"#
          + #"{"name":"heartbeat","product_ids":["BTC-USD"]}]}"#
      ])
    #expect(
      conversation.send(#"{"type":"unsubscribe","product_ids":["BTC-USD"],"channels":["matches"]}"#) == [
        #"{"type":"subscriptions","channels":[{"name":"matches","product_ids":["ETH-USD"]},"#
          + #"{"name":"heartbeat","product_ids":["BTC-USD"]}]}"#
      ])
    #expect(
      conversation.send(#"{"type":"unsubscribe","channels":["matches"]}"#) == [
        #"{"type":"subscriptions","channels":[{"name":"heartbeat","product_ids":["BTC-USD"]}]}"#
      ])
    #expect(
      conversation.send(#"{"type":"unsubscribe","product_ids":["BTC-USD"]}"#) == [
        #"{"type":"subscriptions","channels":[]}"#
      ])
    #expect(conversation.happen(Conversation.trade(market: 0)).isEmpty)
  }

  @Test(arguments: [
    (
      #"{"type":"subscribe","product_ids":["FOO-USD"],"channels":["matches"]}"#,
      #"{"type":"error","message":"Failed to subscribe","reason":"FOO-USD is not a valid product"}"#
    ),
    (
      #"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["prices"]}"#,
      #"{"type":"error","message":"Failed to subscribe","reason":"prices is not a valid channel"}"#
    ),
    (
      #"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["full"]}"#,
      #"{"type":"error","message":"Failed to subscribe","reason":"full channel requires authentication"}"#
    ),
    (
      #"{"type":"subscribe","product_ids":["BTC-USD"]}"#,
      #"{"type":"error","message":"Failed to subscribe","reason":"channels must be provided"}"#
    ),
    (
      #"{"type":"subscribe","channels":["matches"]}"#,
      #"{"type":"error","message":"Failed to subscribe","#
        + #""reason":"product_ids must be provided for the matches channel"}"#
    ),
    (
      #"{"type":"ping"}"#,
      #"{"type":"error","message":"Invalid message","reason":"type must be subscribe or unsubscribe"}"#
    ),
    (#"{"type":"#, #"{"type":"error","message":"Malformed JSON"}"#),
    ("[]", #"{"type":"error","message":"Malformed JSON"}"#),
  ])
  func mistakesAreAnswered(request: String, answer: String) {
    var conversation = Self.conversation()
    #expect(conversation.send(request) == [answer])
    #expect(conversation.happen(Conversation.trade(market: 0)).isEmpty)
  }

  @Test func tradesAreMatchesWithTheMakersSide() {
    var conversation = Self.conversation()
    _ = conversation.send(#"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches"]}"#)
    #expect(
      conversation.happen(Conversation.trade(market: 0)).map(Self.withoutOrderIDs) == [
        #"{"type":"match","# + Self.match
      ])
    #expect(conversation.happen(Conversation.trade(market: 1)).isEmpty)
    #expect(conversation.told(Conversation.quote(market: 0)).isEmpty)
    #expect(conversation.happen(Conversation.trade(market: 0, takerBuys: false))[0].contains(#""side":"buy""#))
  }

  @Test func aSubscriptionBeginsWithTheLastMatch() {
    var conversation = Self.conversation()
    _ = conversation.happen(Conversation.trade(market: 0))
    let texts = conversation.send(#"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches"]}"#)
    #expect(texts.map(Self.withoutOrderIDs).last == #"{"type":"last_match","# + Self.match)
    #expect(texts.count == 2)
    // Asked for again, it is not new.
    #expect(
      conversation.send(#"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches"]}"#).count == 1)
  }

  @Test func aTradeMakesATickerWithTheTakersSide() {
    var conversation = Self.conversation()
    _ = conversation.send(#"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["ticker"]}"#)
    #expect(
      conversation.happen(Conversation.trade(market: 0)) == [
        #"{"type":"ticker","sequence":177100030,"product_id":"BTC-USD","price":"61234.56","open_24h":"61234.56","#
          + #""volume_24h":"0.00098500","low_24h":"61234.56","high_24h":"61234.56","volume_30d":"0.00098500","#
          + #""best_bid":"61234.55","best_bid_size":"0.00061000","best_ask":"61234.56","best_ask_size":"0.00120000","#
          + #""side":"buy","time":"2027-01-15T08:00:00.089723Z","trade_id":280232,"last_size":"0.00098500"}"#
      ])
  }

  @Test func heartbeatsComeEverySecondAndNameTheLastTrade() {
    var conversation = Self.conversation()
    _ = conversation.happen(Conversation.trade(market: 0))
    #expect(conversation.venue.nextTick == Conversation.time(5))
    _ = conversation.send(#"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["heartbeat"]}"#, at: 0.5)
    #expect(conversation.venue.nextTick == Conversation.time(1))
    #expect(
      conversation.tick(at: 1) == [
        .text(
          #"{"type":"heartbeat","sequence":177100030,"last_trade_id":280232,"product_id":"BTC-USD","#
            + #""time":"2027-01-15T08:00:01.000000Z"}"#)
      ])
    #expect(conversation.tick(at: 1.5).isEmpty)
    #expect(conversation.tick(at: 60.2).count == 1)
    #expect(conversation.venue.nextTick == Conversation.time(61))
  }

  @Test func whoDoesNotSubscribeWithinFiveSecondsIsDisconnected() {
    var conversation = Self.conversation()
    _ = conversation.send(#"{"type":"subscribe","product_ids":["FOO-USD"],"channels":["matches"]}"#, at: 4)
    #expect(conversation.tick(at: 4.9).isEmpty)
    #expect(conversation.tick(at: 5) == [.close(1008, "no subscription within 5 seconds")])
    var other = Self.conversation()
    _ = other.send(#"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches"]}"#, at: 4)
    #expect(other.tick(at: 100).isEmpty)
  }

  @Test func eachClientGetsItsOwnAndNothingAfterItsEnd() {
    var conversation = Self.conversation()
    conversation.open("/", client: 2)
    for client in 1...2 {
      _ = conversation.send(
        #"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches"]}"#, client: client)
    }
    #expect(conversation.happen(Conversation.trade(market: 0), client: 2).count == 1)
    conversation.venue.closed(ConnectionID(2))
    #expect(conversation.happen(Conversation.trade(market: 0, id: 2), client: 2).isEmpty)
    #expect(conversation.happen(Conversation.trade(market: 0, id: 3), client: 1).count == 1)
  }

  @Test(arguments: [
    (SubscriptionHandling.ignore, []),
    (.refuse, [#"{"type":"error","message":"Failed to subscribe","reason":"subscriptions are refused"}"#]),
  ])
  func subscriptionsCanFail(handling: SubscriptionHandling, answers: [String]) {
    var conversation = Self.conversation()
    conversation.venue.subscriptionHandling = handling
    #expect(
      conversation.send(#"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches"]}"#) == answers)
    #expect(conversation.happen(Conversation.trade(market: 0)).isEmpty)
  }

  @Test(arguments: [
    ("/products/BTC-USD", 200, #""quote_increment":"0.01","base_increment":"0.00000001""#),
    ("/products", 200, #"[{"id":"BTC-USD","base_currency":"BTC","quote_currency":"USD""#),
    ("/currencies", 200, #"{"id":"USD","name":"USD""#),
    ("/time", 200, #"{"iso":"2027-01-15T08:00:00.000000Z","epoch":1800000000.0}"#),
    ("/products/FOO-USD", 404, #"{"message":"NotFound"}"#), ("/orders", 404, #"{"message":"NotFound"}"#),
  ])
  func listsAreServed(target: String, status: Int, part: String) {
    let answer = Self.conversation().venue.answer(RequestTarget(target), at: Conversation.start)
    #expect(answer.status == status)
    #expect(String(decoding: answer.body, as: UTF8.self).contains(part))
  }
}
