import ArbdFramework
import Testing

@testable import ArbdAdapters

@Suite struct OKXSessionTests {
  private static func conversation(
    trades: [String] = [], quotes: [String] = [], books: [String] = []
  ) -> Conversation {
    Conversation(OKXAdapter.self, trades: trades, quotes: quotes, books: books)
  }

  private static func trade(_ id: Int, count: Int = 1, time: Int = 1_890_000_000_135) -> String {
    #"{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"\#(id)","px":"50123.4","#
      + #""sz":"0.5","side":"buy","ts":"\#(time)","count":"\#(count)","source":"0","seqId":1}]}"#
  }

  private static func quote(_ number: Int) -> String {
    #"{"arg":{"channel":"bbo-tbt","instId":"BTC-USDT"},"data":[{"asks":[["50123.4","0.5","0","13"]],"#
      + #""bids":[["50123.3","1.2","0","12"]],"ts":"1890000000135","seqId":\#(number)}]}"#
  }

  private static func book(
    _ action: String, bids: String = "", asks: String = "", previous: Int? = nil, number: Int? = nil,
    checksum: Int = 0, instrument: String = "BTC-USDT"
  ) -> String {
    let numbers = previous.flatMap { previous in number.map { #","prevSeqId":\#(previous),"seqId":\#($0)"# } } ?? ""
    return
      #"{"arg":{"channel":"books","instId":"\#(instrument)"},"action":"\#(action)","data":[{"asks":\#(levelPairs(asks, #","0","1""#)),"#
      + #""bids":\#(levelPairs(bids, #","0","1""#)),"ts":"1890000000135","checksum":\#(checksum)\#(numbers)}]}"#
  }

  // MARK: Subscriptions

  @Test func asksForEachStreamByName() {
    var conversation = Self.conversation(trades: ["BTC-USDT"], quotes: ["BTC-USDT"], books: ["ETH-USDT"])
    #expect(
      conversation.connect().actions == [
        #"send {"op":"subscribe","args":[{"channel":"trades","instId":"BTC-USDT"},"#
          + #"{"channel":"bbo-tbt","instId":"BTC-USDT"},{"channel":"books","instId":"ETH-USDT"}]}"#
      ])
    #expect(
      conversation.unsubscribe([conversation.subscriptions[2]]).actions == [
        #"send {"op":"unsubscribe","args":[{"channel":"books","instId":"ETH-USDT"}]}"#
      ])
  }

  @Test func asksForAHundredStreamsAtATime() {
    var conversation = Self.conversation(trades: (0..<101).map { "A\($0)-USDT" })
    let sent = conversation.connect().actions
    #expect(sent.count == 2)
    #expect(sent.last == #"send {"op":"subscribe","args":[{"channel":"trades","instId":"A100-USDT"}]}"#)
    // 64 KB of arguments are allowed.
    #expect(sent.allSatisfy { $0.utf8.count < 60_000 })
  }

  @Test func acknowledgesEachStreamOnce() {
    var conversation = Self.conversation(trades: ["BTC-USDT"], quotes: ["BTC-USDT"])
    conversation.connect()
    func answer(_ channel: String) -> String {
      #"{"event":"subscribe","arg":{"channel":"\#(channel)","instId":"BTC-USDT"},"connId":"a4d3ae55"}"#
    }
    #expect(conversation.receive(answer("bbo-tbt")).actions == ["acknowledged quotes of BTC-USDT"])
    #expect(conversation.receive(answer("trades")).actions == ["acknowledged trades of BTC-USDT"])
    #expect(conversation.receive(answer("trades")).actions.isEmpty)
  }

  @Test func pongIsATextOfItsOwn() {
    var conversation = Self.conversation(trades: ["BTC-USDT"])
    let pong = conversation.receive("pong")
    #expect(pong.kind == .control && pong.events.isEmpty && pong.actions.isEmpty)
    for other in ["ping", "pon", "pongs", "PONG", " pong", "pong\n"] {
      #expect(conversation.receive(other).error?.reason == .malformedJSON, "\(other)")
    }
  }

  @Test func tellsThatTheVenueWillClose() {
    var conversation = Self.conversation(trades: ["BTC-USDT"])
    let notice = #"{"event":"notice","code":"64008","msg":"The connection will soon be closed.","connId":"a4d3ae55"}"#
    #expect(conversation.receive(notice).actions == ["closing"])
  }

  // MARK: Trades and quotes

  /// One message stands for several fills: `count` ids up to the one that it has.
  @Test func joinedFillsAreNotMissing() {
    var conversation = Self.conversation(trades: ["BTC-USDT"])
    #expect(conversation.receive(Self.trade(100)).actions == [])
    #expect(conversation.receive(Self.trade(104, count: 4)).actions == [])
    #expect(conversation.receive(Self.trade(110, count: 4)).actions == ["missing 2 of okx BTC-USDT"])
    #expect(conversation.receive(Self.trade(111)).actions == [])
    #expect(conversation.receive(Self.trade(111)).duplicates == 1)
  }

  /// What the venue sends first may be a trade of hours ago.
  @Test func anOldFirstTradeIsNoGapToCountFrom() throws {
    var conversation = Self.conversation(trades: ["BTC-USDT"])
    let old = conversation.receive(Self.trade(100, time: 1_889_990_000_000))
    #expect(try old.events.map { try RecordLine.read($0).eventTime } == [1_889_990_000_000_000])
    #expect(conversation.receive(Self.trade(101)).actions == [])
  }

  @Test func aQuoteThatIsSentAgainIsARepetition() {
    var conversation = Self.conversation(quotes: ["BTC-USDT"])
    #expect(conversation.receive(Self.quote(50)).events.count == 1)
    let again = conversation.receive(Self.quote(50))
    #expect(again.events.isEmpty && again.duplicates == 1 && again.kind == .data)
    // After maintenance the venue counts from less.
    #expect(conversation.receive(Self.quote(3)).events.count == 1)
    #expect(conversation.receive(Self.quote(4)).events.count == 1)
  }

  private static let badTrades = [
    ("50123.4", "0", UndecodableReason.badNumber), ("50123.4", "-1", .badNumber), ("50123.4", "", .badNumber),
    ("\"0.5\"", "\"-0.5\"", .badNumber), ("\"0.5\"", "null", .wrongType), ("\"0.5\"", "\"NaN\"", .badNumber),
    ("\"7\"", "\"seven\"", .badNumber), ("\"7\"", "\"-7\"", .badNumber), ("\"7\"", "7.5", .badNumber),
    ("\"buy\"", "1", .wrongType), ("\"1890000000135\"", "\"99999999999999999\"", .badTime),
    ("\"1890000000135\"", "\"soon\"", .badNumber), ("\"ts\"", "\"time\"", .missingField),
    ("\"px\"", "\"x\"", .missingField), ("\"sz\"", "\"x\"", .missingField), ("\"tradeId\"", "\"x\"", .missingField),
    ("\"count\":\"1\"", "\"count\":\"-1\"", .badNumber), ("\"data\":[{", "\"data\":{", .wrongType),
    (#","instId":"BTC-USDT"},"data""#, #"},"data""#, .missingField), ("\"arg\":{", "\"arg\":[{", .wrongType),
  ]

  @Test(arguments: badTrades)
  func refuses(_ part: String, _ replacement: String, _ reason: UndecodableReason) {
    var conversation = Self.conversation(trades: ["BTC-USDT"])
    conversation.expectRefusal(of: Self.trade(7), with: part, as: replacement, reason)
  }

  // MARK: Books

  @Test func updatesNameTheOneBefore() {
    var conversation = Self.conversation(books: ["BTC-USDT"])
    conversation.receive(Self.book("snapshot", bids: "100.5/2 100.4/1", asks: "100.7/1", previous: -1, number: 10))
    #expect(conversation.receive(Self.book("update", bids: "100.6/1", previous: 10, number: 15)).events.count == 1)
    #expect(conversation.receive(Self.book("update", asks: "100.7/0 100.8/2", previous: 15, number: 17)).actions == [])
    #expect(conversation.book("BTC-USDT")?.bids == ["1 @ 100.6", "2 @ 100.5", "1 @ 100.4"])
    #expect(conversation.book("BTC-USDT")?.asks == ["2 @ 100.8"])
    let gap = conversation.receive(Self.book("update", bids: "100.6/0", previous: 18, number: 19))
    #expect(
      gap.actions == ["out of step: book of BTC-USDT: updates are missing", "ask again for book of BTC-USDT"])
    #expect(gap.events == ["withdrawn quotes of okx BTC-USDT"])
    // Until the snapshot comes updates are dropped, and no second one is asked for.
    let dropped = conversation.receive(Self.book("update", bids: "100.6/0", previous: 19, number: 20))
    #expect(dropped.actions == [] && dropped.events == [])
    conversation.receive(Self.book("snapshot", bids: "99.5/2", asks: "99.7/1", previous: -1, number: 25))
    #expect(conversation.book("BTC-USDT")?.bids == ["2 @ 99.5"])
  }

  /// After a minute without changes: one that names itself.
  @Test func aSignOfLifeChangesNothing() {
    var conversation = Self.conversation(books: ["BTC-USDT"])
    conversation.receive(Self.book("snapshot", bids: "100.5/2", asks: "100.7/1", previous: -1, number: 10))
    let sign = conversation.receive(Self.book("update", previous: 10, number: 10))
    #expect(sign.actions == [] && sign.events == [])
    #expect(conversation.receive(Self.book("update", bids: "100.6/1", previous: 10, number: 11)).actions == [])
    #expect(conversation.book("BTC-USDT")?.bids.count == 2)
  }

  /// Maintenance: the number goes down once, and the one before it is still named.
  @Test func theVenueMayBeginToCountAnew() {
    var conversation = Self.conversation(books: ["BTC-USDT"])
    conversation.receive(Self.book("snapshot", bids: "100.5/2", asks: "100.7/1", previous: -1, number: 1_000))
    #expect(conversation.receive(Self.book("update", bids: "100.6/1", previous: 1_000, number: 3)).actions == [])
    #expect(conversation.receive(Self.book("update", bids: "100.6/2", previous: 3, number: 4)).actions == [])
    #expect(conversation.book("BTC-USDT")?.bids.first == "2 @ 100.6")
  }

  /// As in the documentation: bids and asks in turn, and what is left of the longer side.
  @Test(arguments: [
    ("3366.1/7 3366/6", "3366.8/9 3368/8", -1_881_014_294), ("3366.1/7", "3366.8/9 3368/8 3372/8", 831_078_360),
  ])
  func theChecksumOfRecordingsIsCompared(_ bids: String, _ asks: String, _ checksum: Int) {
    var conversation = Self.conversation(books: ["BTC-USDT"])
    #expect(conversation.receive(Self.book("snapshot", bids: bids, asks: asks, checksum: checksum)).actions == [])
    #expect(conversation.book("BTC-USDT") != nil)
    let wrong = conversation.receive(Self.book("update", bids: "3366/1", checksum: checksum))
    #expect(wrong.actions.first == "out of step: book of BTC-USDT: the checksum differs")
  }

  @Test func aChecksumOfZeroSaysNothing() {
    var conversation = Self.conversation(books: ["BTC-USDT"])
    conversation.receive(Self.book("snapshot", bids: "100.5/2", asks: "100.7/1", previous: -1, number: 10))
    #expect(conversation.receive(Self.book("update", bids: "100.5/3", previous: 10, number: 11)).actions == [])
  }

  @Test func aBookWithoutActionIsRefused() {
    var conversation = Self.conversation(books: ["BTC-USDT"])
    let frame = Self.book("snapshot", bids: "100.5/2", previous: -1, number: 10)
      .replacing(#""action":"snapshot","#, with: "")
    #expect(conversation.receive(frame).error?.reason == .missingField)
  }
}
