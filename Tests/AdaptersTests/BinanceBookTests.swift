import ArbdFramework
import Testing

@testable import ArbdAdapters

/// Books of Binance: changes by `depth`, on a snapshot that is asked for.
@Suite struct BinanceBookTests {
  private static func depth(
    _ first: Int, _ last: Int, bids: String = "", asks: String = "", symbol: String = "BTCUSDT"
  ) -> String {
    #"{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1890000000136,"s":"\#(symbol)","U":\#(first),"#
      + #""u":\#(last),"b":\#(levelPairs(bids)),"a":\#(levelPairs(asks))}}"#
  }

  private static func snapshot(_ last: Int, bids: String = "100.5/2", asks: String = "100.7/1") -> String {
    #"{"lastUpdateId":\#(last),"bids":\#(levelPairs(bids)),"asks":\#(levelPairs(asks))}"#
  }

  private static func after(_ seconds: Int64) -> Timestamp {
    Timestamp(microseconds: Conversation.now.microseconds + seconds * 1_000_000)
  }

  private static func conversation(_ books: [String] = ["BTC-USDT"]) -> Conversation {
    var conversation = Conversation.binance(trades: [], quotes: [], books: books)
    conversation.connect()
    return conversation
  }

  private static let request = "fetch -1 /api/v3/depth?symbol=BTCUSDT&limit=1000"

  @Test func theFirstChangeAsksForTheSnapshotOnce() {
    var conversation = Self.conversation()
    #expect(conversation.receive(Self.depth(100, 102)).actions == [Self.request])
    #expect(conversation.receive(Self.depth(103, 104)).actions == [])
  }

  @Test func changesThatCameMeanwhileAreAppliedToTheSnapshot() {
    var conversation = Self.conversation()
    conversation.receive(Self.depth(100, 102, bids: "100.4/9"))
    conversation.receive(Self.depth(103, 106, bids: "100.6/1"))
    conversation.receive(Self.depth(107, 108, asks: "100.7/0 100.8/3"))
    // The snapshot has the first one in it, and half of the second.
    let reception = conversation.answer(-1, Self.snapshot(104))
    #expect(reception.actions == [])
    #expect(conversation.book("BTC-USDT")?.bids == ["1 @ 100.6", "2 @ 100.5"])
    #expect(conversation.book("BTC-USDT")?.asks == ["3 @ 100.8"])
    #expect(reception.events.count == 1, "the book brings the quotes where there is no other stream of them")
    #expect(conversation.receive(Self.depth(109, 110, bids: "100.6/0")).events.count == 1)
  }

  @Test func aSnapshotOlderThanTheChangesIsFetchedAgain() {
    var conversation = Self.conversation()
    conversation.receive(Self.depth(100, 102))
    let old = conversation.answer(-1, Self.snapshot(90))
    #expect(old.actions.first == "out of step: book of BTC-USDT: the snapshot is older than the changes")
    #expect(old.actions.last?.hasPrefix("fetch -2 ") == true)
    #expect(conversation.book("BTC-USDT") == nil)
    // The first request's answer is no longer wanted.
    #expect(conversation.answer(-1, Self.snapshot(110)).actions == [])
    #expect(conversation.book("BTC-USDT") == nil)
    conversation.receive(Self.depth(103, 104, bids: "100.6/1"))
    #expect(conversation.answer(-2, Self.snapshot(103)).actions == [])
    #expect(conversation.book("BTC-USDT")?.bids == ["1 @ 100.6", "2 @ 100.5"])
  }

  @Test(arguments: [(100, 103), (101, 103), (103, 103), (104, 106)])
  func theFirstChangeMayBeginInTheSnapshotOrRightBehindIt(_ first: Int, _ last: Int) {
    var conversation = Self.conversation()
    conversation.receive(Self.depth(first, last, bids: "100.6/1"))
    #expect(conversation.answer(-1, Self.snapshot(103)).actions == [])
    #expect(conversation.book("BTC-USDT")?.bids.count == (last > 103 ? 2 : 1))
    #expect(conversation.receive(Self.depth(max(last, 103) + 1, 120)).actions == [])
  }

  @Test func anOlderChangeIsSkippedAndAGapIsMended() {
    var conversation = Self.conversation()
    conversation.receive(Self.depth(100, 102))
    conversation.answer(-1, Self.snapshot(102))
    let old = conversation.receive(Self.depth(95, 101, bids: "100.5/0"))
    #expect(old.kind == .data && old.actions == [] && old.events == [])
    #expect(conversation.book("BTC-USDT")?.bids == ["2 @ 100.5"])
    let gap = conversation.receive(Self.depth(104, 105))
    #expect(gap.events == ["withdrawn quotes of binance BTC-USDT"])
    #expect(gap.actions.first == "out of step: book of BTC-USDT: updates are missing")
    #expect(gap.actions.last == "fetch -2 /api/v3/depth?symbol=BTCUSDT&limit=1000")
    #expect(gap.actions.count == 2)
  }

  @Test func oneBookIsMendedWithoutTheOthers() {
    var conversation = Self.conversation(["BTC-USDT", "ETH-USDT"])
    conversation.receive(Self.depth(100, 102))
    #expect(
      conversation.receive(Self.depth(7, 8, symbol: "ETHUSDT")).actions == [
        "fetch -257 /api/v3/depth?symbol=ETHUSDT&limit=1000"
      ])
    conversation.answer(-1, Self.snapshot(102))
    conversation.answer(-257, Self.snapshot(8))
    conversation.receive(Self.depth(104, 105))
    #expect(conversation.book("BTC-USDT") == nil)
    #expect(conversation.book("ETH-USDT") != nil)
    #expect(conversation.receive(Self.depth(9, 9, bids: "100.6/1", symbol: "ETHUSDT")).events.count == 1)
  }

  /// A venue that is asked too often is left alone for a minute.
  @Test(arguments: [
    (0, "timeout", "timeout", Int64(1)), (500, "", "status 500", 1), (429, "{}", "status 429", 60),
    (418, "", "status 418", 60),
  ])
  func aRequestThatFailsIsMadeAgainLater(_ status: Int, _ body: String, _ reason: String, _ pause: Int64) {
    var conversation = Self.conversation()
    conversation.receive(Self.depth(100, 102))
    let failed = conversation.answer(-1, status: status, body)
    #expect(failed.actions == ["out of step: book of BTC-USDT: no snapshot: \(reason)"])
    #expect(conversation.tick(at: Self.after(pause - 1)).actions == [])
    let again = "fetch -2 /api/v3/depth?symbol=BTCUSDT&limit=1000"
    #expect(conversation.tick(at: Self.after(pause)).actions == [again])
    #expect(conversation.answer(-2, Self.snapshot(102), at: Self.after(pause)).events.count == 1)
  }

  @Test(arguments: ["", "{", "[]", #"{"bids":[],"asks":[]}"#, #"{"lastUpdateId":"x"}"#, "<html></html>"])
  func anAnswerThatCannotBeReadIsNoSnapshot(_ body: String) {
    var conversation = Self.conversation()
    conversation.receive(Self.depth(100, 102))
    let reception = conversation.answer(-1, body)
    #expect(reception.actions.first?.hasPrefix("out of step: book of BTC-USDT: ") == true)
    #expect(conversation.book("BTC-USDT") == nil && reception.events.isEmpty)
    // Nothing of it is left.
    #expect(conversation.receive(Self.depth(103, 104, bids: "100.4/1")).kind == .data)
    #expect(conversation.answer(-2, Self.snapshot(103)).events.count == 1)
    #expect(conversation.book("BTC-USDT")?.bids == ["2 @ 100.5", "1 @ 100.4"])
  }

  @Test func aNewlyListedMarketHasAnEmptyBook() {
    var conversation = Self.conversation()
    conversation.receive(Self.depth(1, 1, bids: "100.5/1"))
    #expect(conversation.answer(-1, Self.snapshot(0, bids: "", asks: "")).actions == [])
    #expect(conversation.book("BTC-USDT")?.bids == ["1 @ 100.5"])
  }

  /// Bookticker is the quicker source of quotes.
  @Test func quotesStayThoseOfTheirOwnStream() {
    var conversation = Conversation.binance(trades: [], quotes: ["BTC-USDT"], books: ["BTC-USDT"])
    conversation.connect()
    conversation.receive(Self.depth(100, 102))
    #expect(conversation.answer(-1, Self.snapshot(102)).events == [])
    let gap = conversation.receive(Self.depth(104, 105))
    #expect(gap.events == [] && gap.actions.first?.hasPrefix("out of step: book") == true)
  }

  private static let bad = [
    (#""U":103,"#, "", UndecodableReason.missingField), (#""u":104,"#, "", .missingField),
    (#""U":103"#, #""U":"x""#, .badNumber), (#""BTCUSDT""#, "5", .wrongType), (#""b":[["#, #""b":[{"#, .wrongType),
    (#""100.6""#, "null", .wrongType),
  ]

  /// What the venue numbers is asked for again by its gap, unless the frame told which book it was about.
  @Test(arguments: bad)
  func refuses(_ part: String, _ replacement: String, _ reason: UndecodableReason) {
    var conversation = Self.conversation()
    conversation.receive(Self.depth(100, 102))
    conversation.answer(-1, Self.snapshot(102))
    let good = Self.depth(103, 104, bids: "100.6/1")
    #expect(good.contains(part))
    let refused = conversation.receive(good.replacing(part, with: replacement))
    #expect(refused.error?.reason == reason)
    #expect(refused.events.allSatisfy { $0.hasPrefix("withdrawn") })
    #expect(conversation.receive(Self.depth(105, 106)).actions.allSatisfy { !$0.hasPrefix("acknowledged") })
    #expect(conversation.book("BTC-USDT") == nil, "an update is missing")
  }
}
