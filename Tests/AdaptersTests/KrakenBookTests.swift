import ArbdFramework
import Testing

@testable import ArbdAdapters

/// Books of Kraken, whose updates have no numbers and a checksum instead.
@Suite struct KrakenBookTests {
  /// The levels of the example in the venue's guide to checksums, and what it says comes out of them.
  private static let asks = [
    "45285.2/0.00100000", "45286.4/1.54571953", "45286.6/1.54571109", "45289.6/1.54560911", "45290.2/0.15890660",
    "45291.8/1.54553491", "45294.7/0.04454749", "45296.1/0.35380000", "45297.5/0.09945542", "45299.5/0.18772827",
  ]
  private static let bids = [
    "45283.5/0.10000000", "45283.4/1.54582015", "45282.1/0.10000000", "45281.0/0.10000000", "45280.3/1.54592586",
    "45279.0/0.07990000", "45277.6/0.03310103", "45277.5/0.30000000", "45277.3/1.54602737", "45276.6/0.15445238",
  ]
  private static let checksum: Int64 = 3_310_070_434

  private static func levels(_ levels: [String]) -> String {
    levels.map { level in
      let parts = level.split(separator: "/")
      return #"{"price":\#(parts[0]),"qty":\#(parts[1])}"#
    }.joined(separator: ",")
  }

  private static func book(
    _ type: String, bids: [String] = [], asks: [String] = [], checksum: Int64?, symbol: String = "BTC/USD"
  ) -> String {
    let sum = checksum.map { #","checksum":\#($0)"# } ?? ""
    return #"{"channel":"book","type":"\#(type)","data":[{"symbol":"\#(symbol)","bids":[\#(levels(bids))],"#
      + #""asks":[\#(levels(asks))]\#(sum),"timestamp":"2027-03-04T05:06:07.089723Z"}]}"#
  }

  private static let snapshot = book("snapshot", bids: bids, asks: asks, checksum: checksum)

  private static func precisions(price: Int, size: Int) -> String {
    #"{"channel":"instrument","type":"update","data":{"assets":[],"pairs":[{"symbol":"BTC/USD","#
      + #""price_precision":\#(price),"qty_precision":\#(size)}]}}"#
  }

  private static func conversation(_ books: [String] = ["BTC-USD"]) -> Conversation {
    Conversation(KrakenAdapter.self, books: books, depth: 10)
  }

  private static func after(_ seconds: Int64) -> Timestamp {
    Timestamp(microseconds: Conversation.now.microseconds + seconds * 1_000_000)
  }

  @Test func theVenuesOwnExampleAgrees() throws {
    var conversation = Self.conversation()
    let reception = conversation.receive(Self.snapshot)
    #expect(reception.actions.isEmpty)
    let book = try #require(conversation.book("BTC-USD"))
    #expect(book.asks.first == "0.00100000 @ 45285.2" && book.bids.first == "0.10000000 @ 45283.5")
    #expect(book.asks.count == 10 && book.bids.count == 10)
  }

  /// A size of 1.5 and one of 1.50000000 are the same to JSON, and not to the checksum.
  @Test func digitsThatALibraryDroppedAreFilledUp() throws {
    var conversation = Self.conversation()
    conversation.receive(Self.precisions(price: 1, size: 8))
    let shortened = Self.snapshot.replacing("0.10000000", with: "0.1").replacing("45281.0", with: "45281")
      .replacing("45279.0", with: "45279")
    #expect(shortened != Self.snapshot)
    #expect(conversation.receive(shortened).actions.isEmpty)
    #expect(conversation.book("BTC-USD") != nil)
    // Without the precision nothing says how many digits there were.
    var unaware = Self.conversation()
    #expect(unaware.receive(shortened).actions.first == "out of step: book of BTC-USD: the checksum differs")
  }

  @Test func aPrecisionMayChangeWhileTheBookIsKept() throws {
    var conversation = Self.conversation()
    conversation.receive(Self.precisions(price: 1, size: 8))
    #expect(
      conversation.receive(Self.book("snapshot", bids: ["100.5/2.00000000"], asks: [], checksum: nil)).actions == [])
    // Two digits less of the size: the levels that are there count with as many too.
    conversation.receive(Self.precisions(price: 1, size: 6))
    let text = "1006" + "3000000" + "1005" + "2000000"
    let update = Self.book(
      "update", bids: ["100.6/3.000000"], asks: [], checksum: Int64(Checksum.crc32(Array(text.utf8))))
    #expect(conversation.receive(update).actions == [])
    #expect(conversation.book("BTC-USD")?.bids == ["3.000000 @ 100.6", "2.00000000 @ 100.5"])
  }

  @Test func aWrongChecksumLosesTheBookAndItsQuotes() {
    var conversation = Self.conversation()
    conversation.connect()
    #expect(conversation.receive(Self.snapshot).events.count == 1)
    let wrong = conversation.receive(Self.book("update", bids: ["45283.6/1.00000000"], checksum: 1))
    #expect(wrong.kind == .data)
    #expect(
      wrong.actions == [
        "out of step: book of BTC-USD: the checksum differs", "ask again for book of BTC-USD",
      ])
    #expect(wrong.events == ["withdrawn quotes of kraken BTC-USD"])
    #expect(conversation.book("BTC-USD") == nil)
    // Until the snapshot comes, changes are of no use.
    #expect(conversation.receive(Self.book("update", bids: ["45283.6/1.00000000"], checksum: 1)).actions == [])
    #expect(conversation.receive(Self.snapshot).events.count == 1)
    #expect(conversation.book("BTC-USD") != nil)
  }

  @Test func aChecksumThatNeverAgreesIsTriedLessAndLessOftenAndThenDown() {
    var conversation = Self.conversation()
    conversation.connect()
    let wrong = Self.book("snapshot", bids: Self.bids, asks: Self.asks, checksum: 7)
    var asked: [Int64] = []
    var told = conversation.receive(wrong).actions
    for second in 0..<Int64(200) {
      let actions = conversation.tick(at: Self.after(second)).actions + (second == 0 ? told : [])
      if actions.contains("ask again for book of BTC-USD") {
        asked.append(second)
        told += conversation.receive(wrong, at: Self.after(second)).actions
      }
    }
    told.removeAll { !$0.hasPrefix("out of step") && !$0.hasPrefix("down") }
    let steps = zip(asked.dropFirst(), asked).map { $0 - $1 }
    #expect(steps == [1, 2, 4, 8, 16, 32, 60, 60], "asked at \(asked)")
    #expect(told.prefix(4).allSatisfy { $0 == "out of step: book of BTC-USD: the checksum differs" })
    #expect(told.dropFirst(4).allSatisfy { $0 == "down: book of BTC-USD: the checksum differs" })
    #expect(told.count > 5)
  }

  @Test func oneBookIsMendedWithoutTheOthers() {
    var conversation = Self.conversation(["BTC-USD", "ETH-USD"])
    conversation.connect()
    conversation.receive(Self.snapshot)
    conversation.receive(
      Self.book("snapshot", bids: ["3000.1/1"], asks: ["3000.2/1"], checksum: nil, symbol: "ETH/USD"))
    let wrong = conversation.receive(Self.book("update", bids: ["45283.6/1"], checksum: 1))
    #expect(wrong.actions.allSatisfy { $0.contains("BTC-USD") })
    #expect(wrong.events == ["withdrawn quotes of kraken BTC-USD"])
    #expect(conversation.book("ETH-USD")?.bids == ["1 @ 3000.1"])
  }

  @Test func aPriceMayComeTwiceInAMessage() {
    var conversation = Self.conversation()
    conversation.receive(Self.book("snapshot", bids: ["100.5/2"], asks: ["100.7/1"], checksum: nil))
    conversation.receive(Self.book("update", bids: ["100.5/0", "100.6/1", "100.5/3"], checksum: nil))
    #expect(conversation.book("BTC-USD")?.bids == ["1 @ 100.6", "3 @ 100.5"])
  }

  /// The venue sends no removal for what falls out of the depth that was asked for.
  @Test func levelsBeyondTheDepthAreDropped() {
    var conversation = Self.conversation()
    conversation.receive(Self.book("snapshot", bids: (1...10).map { "\(100 + $0)/1" }, checksum: nil))
    conversation.receive(Self.book("update", bids: ["120/1"], checksum: nil))
    let bids = conversation.book("BTC-USD")?.bids ?? []
    #expect(bids.count == 10 && bids.first == "1 @ 120" && bids.last == "1 @ 102")
    // When the best one goes, the venue tells again what comes into view.
    conversation.receive(Self.book("update", bids: ["120/0", "101/5"], checksum: nil))
    #expect(conversation.book("BTC-USD")?.bids.last == "5 @ 101")
  }

  /// Updates have no numbers: what was in a frame that could not be read is not to be known.
  @Test func aFrameThatCannotBeReadLosesEachBook() {
    var conversation = Self.conversation()
    conversation.connect()
    conversation.receive(Self.snapshot)
    let garbage = conversation.receive("{\"channel\":\"bo")
    #expect(garbage.error?.reason == .malformedJSON)
    #expect(garbage.events == ["withdrawn quotes of kraken BTC-USD"])
    #expect(garbage.actions.first == "out of step: book of BTC-USD: a frame could not be read")
  }

  @Test func impossibleLevelsAreLeftOut() {
    var conversation = Self.conversation()
    let reception = conversation.receive(
      Self.book("snapshot", bids: ["100.5/2", "100.6/-1", "0/1", "-3/1"], asks: ["100.7/1", "100.6/0"], checksum: nil))
    #expect(reception.kind == .data)
    #expect(conversation.book("BTC-USD")?.bids == ["2 @ 100.5"])
    #expect(conversation.book("BTC-USD")?.asks == ["1 @ 100.7"])
  }

  @Test func theYear1IsNoTimeOfAQuote() throws {
    var conversation = Self.conversation()
    let reception = conversation.receive(
      Self.snapshot.replacing("2027-03-04T05:06:07.089723Z", with: "0001-01-01T00:00:00.000000Z"))
    let quote = try RecordLine.read(try #require(reception.events.first))
    #expect(quote.eventTime == Conversation.now.microseconds)
  }
}
