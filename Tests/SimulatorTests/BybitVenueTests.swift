import ArbdFramework
import ArbdTransport
import Testing

@testable import ArbdSimulator

@Suite struct BybitVenueTests {
  typealias Conversation = VenueConversation<BybitVenue>

  private static let markets = [SimulatedMarket(venue: .bybit, instrument: Instrument(base: "BTC", quote: "USDT"))]

  private static func conversation() -> Conversation {
    var conversation = Conversation(markets, BybitVenue(markets))
    _ = conversation.happen(Conversation.quote(market: 0))
    conversation.open("/v5/public/spot")
    return conversation
  }

  private static func request(_ operation: String, _ topics: String...) -> String {
    let names = topics.map { "\"\($0)\"" }.joined(separator: ",")
    return #"{"req_id":"7","op":"\#(operation)","args":[\#(names)]}"#
  }

  private static func answer(_ operation: String, _ message: String, succeeds: Bool = true) -> String {
    #"{"success":\#(succeeds),"ret_msg":"\#(message)","conn_id":"2324d924-0000-4000-8000-100000000001","req_id":"7","#
      + #""op":"\#(operation)"}"#
  }

  private static func book(_ kind: String, depth: Int, _ bids: String, _ asks: String, count: Int, number: Int)
    -> String
  {
    #"{"topic":"orderbook.\#(depth).BTCUSDT","ts":1800000000089,"type":"\#(kind)","data":{"s":"BTCUSDT","b":[\#(bids)],"#
      + #""a":[\#(asks)],"u":\#(count),"seq":\#(number)},"cts":1800000000089}"#
  }

  private static let bid = #"["61234.55","0.61000"]"#
  private static let ask = #"["61234.56","1.20000"]"#

  @Test func tradesAreTold() {
    var conversation = Self.conversation()
    #expect(
      conversation.send(Self.request("subscribe", "publicTrade.BTCUSDT")) == [Self.answer("subscribe", "subscribe")])
    #expect(
      conversation.happen(Conversation.trade(market: 0)) == [
        #"{"topic":"publicTrade.BTCUSDT","ts":1800000000089,"type":"snapshot","data":[{"T":1800000000089,"#
          + #""s":"BTCUSDT","S":"Buy","v":"0.98500","p":"61234.56","i":"2290000000000280232","BT":false,"RPI":false,"#
          + #""seq":177100030}]}"#
      ])
  }

  @Test func theBestBidAndAskAreToldEachTimeWhole() {
    var conversation = Self.conversation()
    #expect(
      conversation.send(Self.request("subscribe", "orderbook.1.BTCUSDT")) == [
        Self.answer("subscribe", "subscribe"),
        Self.book("snapshot", depth: 1, Self.bid, Self.ask, count: 400_900_217, number: 400_900_217),
      ])
    #expect(
      conversation.told(Conversation.removal(market: 0)) == [
        Self.book("snapshot", depth: 1, Self.bid, Self.ask, count: 400_900_220, number: 400_900_220)
      ])
  }

  @Test(arguments: [50, 200, 1_000]) func changesAreCountedOneByOne(depth: Int) {
    var conversation = Self.conversation()
    #expect(
      conversation.send(Self.request("subscribe", "orderbook.\(depth).BTCUSDT")) == [
        Self.answer("subscribe", "subscribe"),
        Self.book(
          "snapshot", depth: depth, #"\#(Self.bid),["61234.00","0.00005"]"#, Self.ask, count: 400_900_217,
          number: 400_900_217),
      ])
    #expect(
      conversation.told(Conversation.removal(market: 0)) == [
        Self.book("delta", depth: depth, #"["61234.00","0"]"#, "", count: 400_900_218, number: 400_900_220)
      ])
    let back = Conversation.change(
      market: 0, updateID: 400_900_229, previousID: 400_900_220, [.init(.bid, price: 6_123_400, size: 5)], .lost)
    #expect(conversation.told(back).isEmpty)
    #expect(
      conversation.told(Conversation.removal(market: 0, after: 400_900_229)) == [
        Self.book("delta", depth: depth, #"["61234.00","0"]"#, "", count: 400_900_220, number: 400_900_232)
      ])
  }

  @Test func aSnapshotCanBeWithheld() {
    var conversation = Self.conversation()
    conversation.venue.withheldSnapshots = 1
    #expect(conversation.send(Self.request("subscribe", "orderbook.50.BTCUSDT")).count == 1)
  }

  @Test(arguments: [
    (Self.request("subscribe", "publicTrade.FOOUSDT"), "Invalid symbol :[publicTrade.FOOUSDT]"),
    (Self.request("subscribe", "orderbook.7.BTCUSDT"), "error:handler not found,topic:orderbook.7.BTCUSDT"),
    (Self.request("subscribe", "publicTrade.BTCUSDT", "dance.BTCUSDT"), "error:handler not found,topic:dance.BTCUSDT"),
    (Self.request("subscribe"), "args size"), (Self.request("dance", "publicTrade.BTCUSDT"), "unknown op:dance"),
    ("{", "invalid request"),
  ])
  func mistakesAreNamed(request: String, part: String) {
    var conversation = Self.conversation()
    let answers = conversation.send(request)
    #expect(answers.count == 1 && answers[0].contains(#""success":false"#) && answers[0].contains(part), "\(answers)")
    #expect(conversation.happen(Conversation.trade(market: 0)).isEmpty)
  }

  @Test func tenTopicsFitInARequest() {
    let topics = Array(repeating: "\"publicTrade.BTCUSDT\"", count: 11).joined(separator: ",")
    var conversation = Self.conversation()
    #expect(conversation.send(#"{"op":"subscribe","args":[\#(topics)]}"#).first?.contains("args size") == true)
  }

  @Test func pingsAreAnswered() {
    var conversation = Self.conversation()
    #expect(conversation.send(#"{"req_id":"7","op":"ping"}"#) == [Self.answer("ping", "pong")])
  }

  @Test func tenMinutesWithoutARequestEndAConnection() {
    var conversation = Self.conversation()
    _ = conversation.send(#"{"op":"ping"}"#, at: 100)
    #expect(conversation.tick(at: 699).isEmpty)
    #expect(conversation.tick(at: 700) == [.close(1000, "idle for ten minutes")])
  }

  @Test func whoHasLeftIsToldNothing() {
    var conversation = Self.conversation()
    _ = conversation.send(Self.request("subscribe", "orderbook.50.BTCUSDT"))
    #expect(
      conversation.send(Self.request("unsubscribe", "orderbook.50.BTCUSDT")) == [
        Self.answer("unsubscribe", "unsubscribe")
      ])
    #expect(conversation.told(Conversation.removal(market: 0)).isEmpty)
  }

  @Test func subscriptionsCanFail() {
    var conversation = Self.conversation()
    conversation.venue.subscriptionHandling = .refuse
    #expect(conversation.send(Self.request("subscribe", "publicTrade.BTCUSDT")).first?.contains("refused") == true)
    conversation.venue.subscriptionHandling = .ignore
    #expect(conversation.send(Self.request("subscribe", "publicTrade.BTCUSDT")).isEmpty)
  }

  @Test(arguments: [
    ("/v5/market/instruments-info?category=spot", #""symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT""#),
    ("/v5/market/instruments-info?category=linear", #""list":[]"#), ("/v5/market/time", #""timeSecond":"1800000000""#),
    ("/v5/market/orderbook?category=spot&symbol=BTCUSDT&limit=1", #""b":[["61234.55","0.61000"]]"#),
    ("/v5/market/orderbook?category=spot&symbol=FOO", "10001"),
  ])
  func listsAreServed(target: String, part: String) {
    let answer = Self.conversation().venue.answer(RequestTarget(target), at: Conversation.start)
    #expect(String(decoding: answer.body, as: UTF8.self).contains(part))
  }
}
