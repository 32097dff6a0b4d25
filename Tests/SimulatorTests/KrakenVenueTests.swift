import ArbdFramework
import ArbdTransport
import Testing

@testable import ArbdSimulator

@Suite struct KrakenVenueTests {
  typealias Conversation = VenueConversation<KrakenVenue>

  private static let markets = [SimulatedMarket(venue: .kraken, instrument: Instrument(base: "BTC", quote: "USD"))]

  private static func conversation() -> Conversation {
    var conversation = Conversation(markets, KrakenVenue(markets, start: Conversation.start))
    _ = conversation.happen(Conversation.quote(market: 0))
    conversation.open("/v2")
    return conversation
  }

  private static let times = #""time_in":"2027-01-15T08:00:01.000000Z","time_out":"2027-01-15T08:00:01.000000Z""#

  private static func subscribe(_ channel: String, more: String = "", symbol: String = "BTC/USD") -> String {
    #"{"method":"subscribe","params":{"channel":"\#(channel)","symbol":["\#(symbol)"]\#(more)},"req_id":1}"#
  }

  private static func book(_ kind: String, bids: String, asks: String, checksum: UInt32) -> String {
    #"{"channel":"book","type":"\#(kind)","data":[{"symbol":"BTC/USD","bids":[\#(bids)],"asks":[\#(asks)],"#
      + #""checksum":\#(checksum),"timestamp":"2027-01-15T08:00:00.089723Z"}]}"#
  }

  private static let bid = #"{"price":61234.55,"qty":0.00061000}"#
  private static let ask = #"{"price":61234.56,"qty":0.00120000}"#
  private static let secondBid = #"{"price":61234.00,"qty":0.00000005}"#
  private static let both = CRC32.checksum(of: Array("61234561200006123455610006123400".utf8) + Array("5".utf8))
  private static let one = CRC32.checksum(of: Array("6123456120000612345561000".utf8))

  @Test func aConnectionBeginsWithTheStatus() {
    var conversation = Conversation(Self.markets, KrakenVenue(Self.markets, start: Conversation.start))
    #expect(
      conversation.opened("/v2") == [
        .text(
          #"{"channel":"status","type":"update","data":[{"system":"online","api_version":"v2","connection_id":10000001,"#
            + #""version":"2.0.10"}]}"#)
      ])
  }

  @Test func tradesAreTold() {
    var conversation = Self.conversation()
    #expect(
      conversation.send(Self.subscribe("trade")) == [
        #"{"method":"subscribe","success":true,"result":{"channel":"trade","symbol":"BTC/USD","snapshot":false},"#
          + Self.times + #","req_id":1}"#
      ])
    let data =
      #""data":[{"symbol":"BTC/USD","side":"buy","price":61234.56,"qty":0.00098500,"ord_type":"limit","#
      + #""trade_id":280232,"timestamp":"2027-01-15T08:00:00.089723Z"}]}"#
    #expect(
      conversation.happen(Conversation.trade(market: 0)) == [#"{"channel":"trade","type":"update",\#(data)"#])
    // What was before is told to those who ask for it.
    let answers = conversation.send(Self.subscribe("trade", more: #","snapshot":true"#))
    #expect(answers.last == #"{"channel":"trade","type":"snapshot",\#(data)"#)
  }

  @Test func tickersFollowTheBestBidAndAskOrTrades() {
    var conversation = Self.conversation()
    let greeting = conversation.send(Self.subscribe("ticker", more: #","event_trigger":"bbo""#))
    #expect(greeting.count == 2)
    #expect(
      greeting.last?.hasPrefix(#"{"channel":"ticker","type":"snapshot","data":[{"symbol":"BTC/USD","bid":61234.55,"#)
        == true)
    let told = conversation.happen(Conversation.removal(market: 0))
    #expect(
      told == [
        #"{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":61234.55,"bid_qty":0.00061000,"#
          + #""ask":61234.56,"ask_qty":0.00120000,"last":61234.55,"volume":0.00000000,"vwap":61234.55,"low":61234.55,"#
          + #""high":61234.55,"change":0.00,"change_pct":0,"timestamp":"2027-01-15T08:00:00.089723Z"}]}"#
      ])
    #expect(conversation.happen(Conversation.trade(market: 0)).isEmpty)
    _ = conversation.send(Self.subscribe("ticker"))
    #expect(conversation.happen(Conversation.trade(market: 0)).count == 1)
  }

  @Test func booksBeginWithASnapshotAndCarryChecksums() {
    var conversation = Self.conversation()
    let greeting = conversation.send(Self.subscribe("book", more: #","depth":25"#))
    #expect(
      greeting == [
        #"{"method":"subscribe","success":true,"result":{"channel":"book","symbol":"BTC/USD","depth":25,"snapshot":true},"#
          + Self.times + #","req_id":1}"#,
        Self.book("snapshot", bids: "\(Self.bid),\(Self.secondBid)", asks: Self.ask, checksum: Self.both),
      ])
    #expect(
      conversation.happen(Conversation.removal(market: 0)) == [
        Self.book("update", bids: #"{"price":61234.00,"qty":0.00000000}"#, asks: "", checksum: Self.one)
      ])
  }

  @Test(arguments: [
    (SimulatedQuote.Delivery.lost, 0), (.muted, 0), (.twice, 2), (.late, 0), (.sent, 1), (.withWrongChecksum, 1),
  ])
  func messagesAboutBooksCanGoAstray(delivery: SimulatedQuote.Delivery, count: Int) {
    var conversation = Self.conversation()
    _ = conversation.send(Self.subscribe("book"))
    let removal = Self.book("update", bids: #"{"price":61234.00,"qty":0.00000000}"#, asks: "", checksum: Self.one)
    let told = conversation.happen(Conversation.removal(market: 0, delivery))
    if delivery == .withWrongChecksum {
      #expect(told == [removal.replacing("\(Self.one)", with: "\(~Self.one)")])
    } else {
      #expect(told == Array(repeating: removal, count: count))
    }
    let next = conversation.happen(
      Conversation.change(market: 0, updateID: 9, previousID: 8, [.init(.bid, price: 6_123_400, size: 5)]))
    let back = Self.book("update", bids: Self.secondBid, asks: "", checksum: Self.both)
    #expect(next == (delivery == .late ? [back, removal] : [back]))
  }

  @Test func aSnapshotCanBeWithheld() {
    var conversation = Self.conversation()
    conversation.venue.withheldSnapshots = 1
    #expect(conversation.send(Self.subscribe("book")).count == 1)
    #expect(conversation.happen(Conversation.removal(market: 0)).count == 1)
    #expect(conversation.send(Self.subscribe("book")).count == 2)
  }

  @Test func whoHasLeftIsToldNothing() {
    var conversation = Self.conversation()
    _ = conversation.send(Self.subscribe("book"))
    let leave = Self.subscribe("book").replacing("subscribe", with: "unsubscribe")
    #expect(conversation.send(leave).first?.contains(#""success":true"#) == true)
    #expect(conversation.happen(Conversation.removal(market: 0)).isEmpty)
    #expect(conversation.send(leave).first?.contains("Subscription not found") == true)
  }

  @Test(arguments: [
    (
      Self.subscribe("book", symbol: "FOO/USD"),
      #""success":false,"error":"Currency pair not supported FOO/USD","symbol":"FOO/USD""#
    ),
    (Self.subscribe("book", more: #","depth":7"#), #""error":"Subscription depth not supported""#),
    (Self.subscribe("candles"), #""error":"Subscription name invalid""#), ("{", #""error":"Malformed request""#),
    (#"{"method":"dance"}"#, #""error":"Unsupported event""#),
    (
      #"{"method":"ping","req_id":101}"#,
      #"{"method":"pong","time_in":"2027-01-15T08:00:01.000000Z","time_out":"2027-01-15T08:00:01.000000Z","req_id":101}"#
    ),
  ])
  func requestsAreAnswered(request: String, part: String) {
    var conversation = Self.conversation()
    let answers = conversation.send(request)
    #expect(answers.count == 1 && answers[0].contains(part), "\(answers)")
  }

  @Test func instrumentsTellTheirDigits() {
    var conversation = Self.conversation()
    let answers = conversation.send(#"{"method":"subscribe","params":{"channel":"instrument"}}"#)
    #expect(answers.count == 2)
    #expect(answers[1].hasPrefix(#"{"channel":"instrument","type":"snapshot","data":{"assets":[{"id":"BTC""#))
    #expect(answers[1].contains(#""price_precision":2,"qty_increment":0.00000001,"qty_precision":8"#))
  }

  @Test func heartbeatsFillASilence() {
    var conversation = Self.conversation()
    #expect(conversation.tick(at: 5).isEmpty)
    _ = conversation.send(Self.subscribe("trade"), at: 5)
    // The second in which the subscription was made was not silent.
    #expect(conversation.tick(at: 6).isEmpty)
    #expect(conversation.tick(at: 7) == [.text(#"{"channel":"heartbeat"}"#)])
    _ = conversation.happen(Conversation.trade(market: 0))
    #expect(conversation.tick(at: 8).isEmpty)
  }

  @Test func whoListensToNothingIsSentAway() {
    var conversation = Self.conversation()
    #expect(conversation.tick(at: 59).isEmpty)
    _ = conversation.send(#"{"method":"ping"}"#, at: 59)
    #expect(conversation.tick(at: 118).isEmpty)
    #expect(conversation.tick(at: 119) == [.close(1000, "idle for a minute")])
  }

  @Test func attemptsAreLimited() {
    var venue = KrakenVenue(Self.markets, start: Conversation.start)
    let target = RequestTarget("/v2")
    for _ in 0..<150 { #expect(venue.refusal(of: target, at: Conversation.time(0)) == nil) }
    #expect(venue.refusal(of: target, at: Conversation.time(599))?.status == 429)
    #expect(venue.refusal(of: target, at: Conversation.time(600)) == nil)
    #expect(venue.refusal(of: RequestTarget("/"), at: Conversation.time(600))?.status == 404)
  }

  @Test(arguments: [(SubscriptionHandling.ignore, 0), (.refuse, 1)])
  func subscriptionsCanFail(handling: SubscriptionHandling, count: Int) {
    var conversation = Self.conversation()
    conversation.venue.subscriptionHandling = handling
    let answers = conversation.send(Self.subscribe("trade"))
    #expect(answers.count == count && answers.allSatisfy { $0.contains(#""success":false"#) })
    #expect(conversation.happen(Conversation.trade(market: 0)).isEmpty)
    #expect(conversation.send(#"{"method":"ping"}"#).count == 1)
  }

  @Test func pairsAreListedUnderOldNames() {
    let answer = Self.conversation().venue.answer(RequestTarget("/0/public/AssetPairs"), at: Conversation.start)
    let text = String(decoding: answer.body, as: UTF8.self)
    #expect(text.hasPrefix(#"{"error":[],"result":{"XBTUSD":{"altname":"XBTUSD","wsname":"XBT/USD","#))
    #expect(text.contains(#""base":"XXBT","aclass_quote":"currency","quote":"ZUSD""#))
    #expect(text.contains(#""tick_size":"0.01","status":"online""#))
    func pair(_ name: String) -> String {
      let target = RequestTarget("/0/public/AssetPairs?pair=\(name)")
      return String(decoding: Self.conversation().venue.answer(target, at: Conversation.start).body, as: UTF8.self)
    }
    #expect(pair("BTC/USD").hasPrefix(#"{"error":[],"result":{"BTC/USD":{"altname":"XBTUSD""#))
    #expect(pair("FOO") == #"{"error":["EQuery:Unknown asset pair"]}"#)
  }
}
