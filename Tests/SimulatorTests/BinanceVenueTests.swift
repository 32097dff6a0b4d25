import ArbdFramework
import ArbdSimulator
import ArbdTransport
import Testing

@Suite struct BinanceVenueTests {
  typealias Conversation = VenueConversation<BinanceVenue>

  /// BTC-USDT's place in the simulation.
  private static let bitcoin = 2

  private static func conversation(
    _ target: String = "/ws", limits: BinanceLimits = BinanceLimits()
  ) -> Conversation {
    let markets = MarketModelTests.defaultMarkets()
    var conversation = Conversation(markets, BinanceVenue(markets, limits: limits))
    conversation.open(target)
    return conversation
  }

  private static func trade(milliseconds: Bool = true) -> String {
    let time = milliseconds ? "1800000000089" : "1800000000089723"
    return #"{"e":"trade","E":\#(time),"s":"BTCUSDT","t":280232,"p":"61234.56000000","q":"0.98500000","T":\#(time),"#
      + #""m":false,"M":true}"#
  }

  @Test(arguments: [
    ("/ws/btcusdt@trade", trade()),
    ("/ws/ethusdt@trade/btcusdt@trade", trade()),
    ("/ws/btcusdt@trade?timeUnit=MICROSECOND", trade(milliseconds: false)),
    ("/stream?streams=btcusdt@trade", #"{"stream":"btcusdt@trade","data":\#(trade())}"#),
    (
      "/stream?streams=btcusdt%40trade/ethusdt@trade&timeUnit=microsecond",
      #"{"stream":"btcusdt@trade","data":\#(trade(milliseconds: false))}"#
    ),
  ])
  func urlsNameStreams(target: String, text: String) {
    var conversation = Self.conversation(target)
    #expect(conversation.happen(Conversation.trade(market: Self.bitcoin)) == [text])
    #expect(conversation.happen(Conversation.trade(market: 0)).isEmpty)
  }

  @Test func otherStreamsHaveTheirShapes() {
    var conversation = Self.conversation("/ws/btcusdt@bookTicker/btcusdt@aggTrade")
    #expect(
      conversation.told(Conversation.quote(market: Self.bitcoin)) == [
        #"{"u":400900217,"s":"BTCUSDT","b":"61234.55000000","B":"0.61000000","a":"61234.56000000","A":"1.20000000"}"#
      ])
    #expect(
      conversation.happen(Conversation.trade(market: Self.bitcoin, takerBuys: false)) == [
        #"{"e":"aggTrade","E":1800000000089,"s":"BTCUSDT","a":280232,"p":"61234.56000000","q":"0.98500000","#
          + #""f":280232,"l":280232,"T":1800000000089,"m":true,"M":true}"#
      ])
  }

  private static func depth(_ bids: String, first: Int, last: Int) -> String {
    #"{"e":"depthUpdate","E":1800000000089,"s":"BTCUSDT","U":\#(first),"u":\#(last),"b":[\#(bids)],"a":[]}"#
  }

  /// Listens to streams of a book that is there already.
  private static func book(_ target: String) -> Conversation {
    let markets = MarketModelTests.defaultMarkets()
    var conversation = Conversation(markets, BinanceVenue(markets))
    _ = conversation.happen(Conversation.quote(market: bitcoin))
    conversation.open(target)
    return conversation
  }

  private static let gone = #"["61234.00000000","0.00000000"]"#

  @Test func depthIsToldAsChangesAndShownAsSnapshots() {
    var conversation = Self.book("/stream?streams=btcusdt@depth/btcusdt@depth@100ms")
    let change = Self.depth(Self.gone, first: 400_900_218, last: 400_900_220)
    // The faster one first.
    #expect(
      conversation.told(Conversation.removal(market: Self.bitcoin))
        == ["depth@100ms", "depth"].map { #"{"stream":"btcusdt@\#($0)","data":\#(change)}"# })
    let target = RequestTarget("/api/v3/depth?symbol=BTCUSDT&limit=1")
    #expect(
      String(decoding: conversation.venue.answer(target, at: Conversation.start).body, as: UTF8.self)
        == #"{"lastUpdateId":400900220,"bids":[["61234.55000000","0.61000000"]],"#
        + #""asks":[["61234.56000000","1.20000000"]]}"#)
    conversation.venue.withheldSnapshots = 1
    #expect(conversation.venue.answer(target, at: Conversation.start).status == 503)
    #expect(conversation.venue.answer(target, at: Conversation.start).status == 200)
  }

  @Test func aSnapshotMayLieWithinAChange() {
    var conversation = Self.book("/ws/btcusdt@depth@100ms")
    #expect(conversation.happen(Conversation.removal(market: Self.bitcoin)).isEmpty)
    let answer = conversation.venue.answer(RequestTarget("/api/v3/depth?symbol=BTCUSDT"), at: Conversation.start)
    #expect(String(decoding: answer.body, as: UTF8.self).hasPrefix(#"{"lastUpdateId":400900220,"#))
    let back = Conversation.change(
      market: Self.bitcoin, updateID: 400_900_222, previousID: 400_900_220, [.init(.bid, price: 6_123_400, size: 7)])
    #expect(
      conversation.told(back) == [
        Self.depth(#"["61234.00000000","0.00007000"]"#, first: 400_900_218, last: 400_900_222)
      ])
  }

  @Test(arguments: [(SimulatedQuote.Delivery.lost, 0), (.twice, 2), (.late, 0), (.muted, 0)])
  func depthCanGoAstray(delivery: SimulatedQuote.Delivery, count: Int) {
    var conversation = Self.book("/ws/btcusdt@depth")
    let removal = Self.depth(Self.gone, first: 400_900_218, last: 400_900_220)
    let told = conversation.told(Conversation.removal(market: Self.bitcoin, delivery))
    #expect(told == Array(repeating: removal, count: count))
    let next = conversation.told(
      Conversation.change(
        market: Self.bitcoin, updateID: 400_900_223, previousID: 400_900_220,
        [.init(.bid, price: 6_123_400, size: 5)]))
    #expect(next.count == (delivery == .late ? 2 : 1))
    #expect(next.first?.contains(#""U":400900221,"u":400900223"#) == true)
  }

  @Test(arguments: [
    (#"{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}"#, #"{"result":null,"id":1}"#),
    (#"{"method":"SUBSCRIBE","params":["nosuch@trade","btcusdt@trade"],"id":"a-1"}"#, #"{"result":null,"id":"a-1"}"#),
    (#"{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":null}"#, #"{"result":null,"id":null}"#),
    (#"{"method":"UNSUBSCRIBE","params":["btcusdt@trade"],"id":312}"#, #"{"result":null,"id":312}"#),
    (#"{"method":"LIST_SUBSCRIPTIONS","id":3}"#, #"{"result":[],"id":3}"#),
    (#"{"method":"GET_PROPERTY","params":["combined"],"id":2}"#, #"{"result":false,"id":2}"#),
    (#"{"method":"SET_PROPERTY","params":["combined",true],"id":5}"#, #"{"result":null,"id":5}"#),
    (#"{"method":"SET_PROPERTY","params":["color",true],"id":5}"#, #"{"code":0,"msg":"Unknown property","id":5}"#),
    (
      #"{"method":"SET_PROPERTY","params":["combined"],"id":5}"#,
      #"{"code":1,"msg":"Invalid value type: expected Boolean","id":5}"#
    ),
    (#"{"params":[],"id":5}"#, #"{"code":2,"msg":"Invalid request: missing field `method`","id":5}"#),
    (
      #"{"method":"LIST","id":5}"#,
      #"{"code":2,"msg":"Invalid request: unknown variant `LIST`, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, "#
        + #"`LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`","id":5}"#
    ),
    (
      #"{"method":"SUBSCRIBE","params":[1],"id":5}"#,
      #"{"code":2,"msg":"Invalid request: params must be an array of strings","id":5}"#
    ),
    (
      #"{"method":"SUBSCRIBE","params":[],"id":1.5}"#,
      #"{"code":2,"msg":"Invalid request: request ID must be an integer, a string of at most 36 characters or null"}"#
    ),
    ("{", #"{"code":3,"msg":"Invalid JSON: unexpected end at line 1 column 2"}"#),
  ])
  func requestsAreAnswered(request: String, answer: String) {
    var conversation = Self.conversation()
    #expect(conversation.send(request) == [answer])
  }

  @Test func subscriptionsCanBeListedAndLeft() {
    var conversation = Self.conversation("/stream?streams=btcusdt@trade")
    _ = conversation.send(#"{"method":"SUBSCRIBE","params":["btcusdt@trade","ethusdt@bookTicker"],"id":1}"#)
    #expect(
      conversation.send(#"{"method":"LIST_SUBSCRIPTIONS","id":2}"#) == [
        #"{"result":["btcusdt@trade","ethusdt@bookTicker"],"id":2}"#
      ])
    #expect(conversation.happen(Conversation.trade(market: Self.bitcoin)).count == 1)
    _ = conversation.send(#"{"method":"UNSUBSCRIBE","params":["btcusdt@trade"],"id":3}"#)
    #expect(conversation.happen(Conversation.trade(market: Self.bitcoin)).isEmpty)
  }

  @Test func theEnvelopeCanBeSwitched() {
    var conversation = Self.conversation("/ws/btcusdt@trade")
    _ = conversation.send(#"{"method":"SET_PROPERTY","params":["combined",true],"id":5}"#)
    #expect(
      conversation.happen(Conversation.trade(market: Self.bitcoin)) == [
        #"{"stream":"btcusdt@trade","data":\#(Self.trade())}"#
      ])
  }

  @Test func theSixthMessageInASecondIsTooMany() {
    var conversation = Self.conversation()
    let request = #"{"method":"LIST_SUBSCRIPTIONS","id":3}"#
    for place in 0..<4 { #expect(conversation.send(request, at: 1 + Double(place) / 10).count == 1) }
    #expect(conversation.pong("", at: 1.5).isEmpty)
    // A second after the first there is room for one again.
    #expect(conversation.send(request, at: 2).count == 1)
    #expect(conversation.sendAll(request, at: 2.05) == [.close(1008, "Too many requests")])
  }

  @Test func pingsWantTheirPayloadBackWithinAMinute() {
    var conversation = Self.conversation()
    #expect(conversation.venue.nextTick == Conversation.time(20))
    #expect(conversation.tick(at: 20) == [.ping("1800000020000")])
    #expect(conversation.pong("1800000020000", at: 20.1).isEmpty)
    #expect(conversation.tick(at: 40) == [.ping("1800000040000")])
    #expect(conversation.pong("", at: 41).isEmpty)
    #expect(conversation.tick(at: 60) == [.ping("1800000060000")])
    #expect(conversation.tick(at: 80) == [.ping("1800000080000")])
    #expect(conversation.tick(at: 99.9).isEmpty)
    #expect(conversation.tick(at: 100) == [.close(1008, "Pong timeout")])
  }

  @Test func aConnectionEndsAfterADayWithNotice() {
    var limits = BinanceLimits()
    limits.lifetime = 15_000_000
    var conversation = Self.conversation("/stream", limits: limits)
    #expect(conversation.tick(at: 4.9).isEmpty)
    #expect(
      conversation.tick(at: 5) == [
        .text(#"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1800000005000}}"#)
      ])
    #expect(conversation.tick(at: 14.9).isEmpty)
    #expect(conversation.tick(at: 15) == [.close(1001, "connection lifetime")])
    #expect(BinanceLimits().lifetime == 24 * 3_600 * 1_000_000)
  }

  @Test func streamsAndAttemptsAreLimited() {
    var conversation = Self.conversation()
    let names = (0..<1_025).map { "\"s\($0)@trade\"" }
    #expect(
      conversation.send(#"{"method":"SUBSCRIBE","params":[\#(names.joined(separator: ","))],"id":1}"#) == [
        #"{"code":2,"msg":"Invalid request: too many streams","id":1}"#
      ])
    #expect(
      conversation.send(#"{"method":"SUBSCRIBE","params":[\#(names.dropLast().joined(separator: ","))],"id":2}"#)
        == [#"{"result":null,"id":2}"#])
    let target = RequestTarget("/ws")
    for _ in 0..<300 { #expect(conversation.venue.refusal(of: target, at: Conversation.time(0)) == nil) }
    #expect(conversation.venue.refusal(of: target, at: Conversation.time(299))?.status == 429)
    #expect(conversation.venue.refusal(of: target, at: Conversation.time(300)) == nil)
    #expect(conversation.venue.refusal(of: RequestTarget("/feed"), at: Conversation.time(300))?.status == 404)
  }

  @Test(arguments: [
    (SubscriptionHandling.ignore, []),
    (.refuse, [#"{"code":2,"msg":"Invalid request: subscriptions are refused","id":1}"#]),
  ])
  func subscriptionsCanFail(handling: SubscriptionHandling, answers: [String]) {
    var conversation = Self.conversation()
    conversation.venue.subscriptionHandling = handling
    #expect(conversation.send(#"{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}"#) == answers)
    #expect(conversation.happen(Conversation.trade(market: Self.bitcoin)).isEmpty)
  }

  @Test(arguments: [
    ("/api/v3/ping", 200, "{}"), ("/api/v3/time", 200, #"{"serverTime":1800000000000}"#),
    ("/api/v3/exchangeInfo?symbol=BTCUSDT", 200, #""symbols":[{"symbol":"BTCUSDT","status":"TRADING","#),
    ("/api/v3/exchangeInfo?symbols=%5B%22ETHUSDT%22,%22ETHBTC%22%5D", 200, #""symbols":[{"symbol":"ETHUSDT""#),
    ("/api/v3/exchangeInfo", 200, #""filterType":"PRICE_FILTER","minPrice":"0.01000000""#),
    ("/api/v3/exchangeInfo?symbol=FOO", 400, #"{"code":-1121,"msg":"Invalid symbol."}"#),
    ("/api/v3/depth?symbol=FOO", 400, #"{"code":-1121,"msg":"Invalid symbol."}"#),
    ("/api/v3/depth?symbol=BTCUSDT&limit=0", 400, "-1100"),
    ("/api/v3/account", 404, #"{"code":-1000,"msg":"Not found."}"#),
  ])
  func listsAreServed(target: String, status: Int, part: String) {
    var venue = Self.conversation().venue
    let answer = venue.answer(RequestTarget(target), at: Conversation.start)
    #expect(answer.status == status)
    #expect(String(decoding: answer.body, as: UTF8.self).contains(part))
  }
}
