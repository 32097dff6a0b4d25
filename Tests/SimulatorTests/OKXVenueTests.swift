import ArbdFramework
import ArbdTransport
import Testing

@testable import ArbdSimulator

@Suite struct OKXVenueTests {
  typealias Conversation = VenueConversation<OKXVenue>

  private static let markets = [SimulatedMarket(venue: .okx, instrument: Instrument(base: "BTC", quote: "USDT"))]

  private static func conversation() -> Conversation {
    var conversation = Conversation(markets, OKXVenue(markets))
    _ = conversation.happen(Conversation.quote(market: 0))
    conversation.open("/ws/v5/public")
    return conversation
  }

  private static func subscribe(_ channel: String, _ instrument: String = "BTC-USDT") -> String {
    #"{"id":"7","op":"subscribe","args":[{"channel":"\#(channel)","instId":"\#(instrument)"}]}"#
  }

  private static func acknowledgement(_ channel: String) -> String {
    #"{"event":"subscribe","arg":{"channel":"\#(channel)","instId":"BTC-USDT"},"connId":"9e3779b9","id":"7"}"#
  }

  private static let time = #""ts":"1800000000089""#

  @Test func tradesAreTold() {
    var conversation = Self.conversation()
    #expect(conversation.send(Self.subscribe("trades")) == [Self.acknowledgement("trades")])
    #expect(
      conversation.happen(Conversation.trade(market: 0, takerBuys: false)) == [
        #"{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"280232","#
          + #""px":"61234.56","sz":"0.00098500","side":"sell",\#(Self.time),"count":"1","source":"0","seqId":177100030}]}"#
      ])
  }

  @Test func theBestBidAndAskAreToldEachTimeWhole() {
    var conversation = Self.conversation()
    let best =
      #"{"arg":{"channel":"bbo-tbt","instId":"BTC-USDT"},"data":[{"asks":[["61234.56","0.00120000","0","11"]],"#
      + #""bids":[["61234.55","0.00061000","0","5"]],\#(Self.time),"seqId":"#
    #expect(
      conversation.send(Self.subscribe("bbo-tbt")) == [Self.acknowledgement("bbo-tbt"), best + "400900217}]}"])
    #expect(conversation.told(Conversation.removal(market: 0)) == [best + "400900220}]}"])
    #expect(conversation.told(Conversation.removal(market: 0, after: 400_900_220, .muted)).isEmpty)
  }

  private static func book(_ action: String, _ asks: String, _ bids: String, previous: Int, number: Int) -> String {
    #"{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"\#(action)","data":[{"asks":[\#(asks)],"#
      + #""bids":[\#(bids)],\#(time),"checksum":0,"prevSeqId":\#(previous),"seqId":\#(number)}]}"#
  }

  @Test func eachChangeOfABookNamesTheOneBeforeIt() {
    var conversation = Self.conversation()
    let snapshot = Self.book(
      "snapshot", #"["61234.56","0.00120000","0","11"]"#,
      #"["61234.55","0.00061000","0","5"],["61234.00","0.00000005","0","6"]"#, previous: -1, number: 400_900_217)
    #expect(conversation.send(Self.subscribe("books")) == [Self.acknowledgement("books"), snapshot])
    #expect(
      conversation.told(Conversation.removal(market: 0)) == [
        Self.book("update", "", #"["61234.00","0","0","0"]"#, previous: 400_900_217, number: 400_900_220)
      ])
    // A change that is told to nobody is the one before the next all the same.
    #expect(
      conversation.told(
        Conversation.change(
          market: 0, updateID: 400_900_230, previousID: 400_900_220, [.init(.bid, price: 6_123_300, size: 1)], .lost)
      ).isEmpty)
    let next = conversation.told(
      Conversation.change(
        market: 0, updateID: 400_900_240, previousID: 400_900_230, [.init(.bid, price: 6_123_300, size: 2)]))
    #expect(next.first?.contains(#""prevSeqId":400900230,"seqId":400900240"#) == true)
  }

  @Test func aSnapshotCanBeWithheld() {
    var conversation = Self.conversation()
    conversation.venue.withheldSnapshots = 1
    #expect(conversation.send(Self.subscribe("books")) == [Self.acknowledgement("books")])
    #expect(conversation.told(Conversation.removal(market: 0)).count == 1)
  }

  @Test(arguments: [
    (Self.subscribe("trades", "FOO-USDT"), "60018", "channel:trades,instId:FOO-USDT doesn't exist"),
    (Self.subscribe("candles"), "60018", "channel:candles,instId:BTC-USDT"), ("{", "60012", "Invalid request"),
    (#"{"op":"dance","args":[]}"#, "60019", "Invalid op: dance"), (#"{"op":"subscribe"}"#, "60012", "Invalid request"),
  ])
  func mistakesAreNamed(request: String, code: String, part: String) {
    var conversation = Self.conversation()
    let answers = conversation.send(request)
    #expect(answers.count == 1 && answers[0].contains(#""event":"error","code":"\#(code)""#), "\(answers)")
    #expect(answers.first?.contains(part) == true)
  }

  @Test func pingsAreTexts() {
    var conversation = Self.conversation()
    #expect(conversation.send("ping") == ["pong"])
  }

  @Test func silenceOfHalfAMinuteEndsAConnection() {
    var conversation = Self.conversation()
    #expect(conversation.tick(at: 29).isEmpty)
    _ = conversation.send("ping", at: 29)
    #expect(conversation.tick(at: 58).isEmpty)
    #expect(conversation.tick(at: 59) == [.close(4004, "No data received in 30s.")])
  }

  @Test func requestsInAnHourAreLimited() {
    var conversation = Self.conversation()
    for place in 0..<480 { #expect(conversation.send(Self.subscribe("trades"), at: 1 + Double(place)).count == 1) }
    #expect(conversation.send(Self.subscribe("trades"), at: 482).first?.contains("60014") == true)
    #expect(conversation.send(Self.subscribe("trades"), at: 3_602).first == Self.acknowledgement("trades"))
  }

  @Test func whoHasLeftIsToldNothing() {
    var conversation = Self.conversation()
    _ = conversation.send(Self.subscribe("books"))
    let leave = Self.subscribe("books").replacing("subscribe", with: "unsubscribe")
    #expect(conversation.send(leave) == [Self.acknowledgement("books").replacing("subscribe", with: "unsubscribe")])
    #expect(conversation.told(Conversation.removal(market: 0)).isEmpty)
  }

  @Test func subscriptionsCanFail() {
    var conversation = Self.conversation()
    conversation.venue.subscriptionHandling = .refuse
    #expect(conversation.send(Self.subscribe("trades")).first?.contains("60018") == true)
    conversation.venue.subscriptionHandling = .ignore
    #expect(conversation.send(Self.subscribe("trades")).isEmpty)
    #expect(conversation.send("ping") == ["pong"])
  }

  @Test(arguments: [
    ("/api/v5/public/instruments?instType=SPOT", #""instId":"BTC-USDT","instIdCode""#),
    ("/api/v5/public/instruments?instType=SWAP", #"{"code":"0","msg":"","data":[]}"#),
    ("/api/v5/market/books?instId=BTC-USDT&sz=1", #""bids":[["61234.55","0.00061000","0","1"]]"#),
    ("/api/v5/market/books?instId=FOO", "51001"), ("/api/v5/public/time", #"{"ts":"1800000000000"}"#),
  ])
  func listsAreServed(target: String, part: String) {
    let answer = Self.conversation().venue.answer(RequestTarget(target), at: Conversation.start)
    #expect(String(decoding: answer.body, as: UTF8.self).contains(part))
  }
}
