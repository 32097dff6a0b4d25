import ArbdFramework
import Testing

@testable import ArbdAdapters

/// Books of Coinbase Exchange, and the quotes that follow from them.
@Suite struct CoinbaseBookTests {
  private static func snapshot(bids: String, asks: String, product: String = "BTC-USD") -> String {
    #"{"type":"snapshot","product_id":"\#(product)","bids":\#(levelPairs(bids)),"asks":\#(levelPairs(asks))}"#
  }

  /// `changes`: as in `buy/100.5/1`.
  private static func update(
    _ changes: String, product: String = "BTC-USD", time: String = "2027-03-04T05:06:07.089723Z"
  ) -> String {
    let parts = changes.split(separator: " ").map { change in
      let parts = change.split(separator: "/")
      return #"["\#(parts[0])","\#(parts[1])","\#(parts[2])"]"#
    }
    return
      #"{"type":"l2update","product_id":"\#(product)","changes":[\#(parts.joined(separator: ","))],"time":"\#(time)"}"#
  }

  private static func after(_ milliseconds: Int64) -> Timestamp {
    Timestamp(microseconds: Conversation.now.microseconds + milliseconds * 1_000)
  }

  private static func conversation(
    _ quotes: [String] = ["BTC-USD"], books: [String] = []
  ) -> Conversation {
    Conversation.coinbase([], quotes: quotes, books: books)
  }

  // MARK: Subscriptions

  @Test func quotesAndBooksAreOneFeed() {
    var conversation = Conversation.coinbase(["BTC-USD"], quotes: ["ETH-USD", "BTC-USD"], books: ["BTC-USD"])
    #expect(
      conversation.connect().actions == [
        #"send {"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches","heartbeat"]}"#,
        #"send {"type":"subscribe","product_ids":["BTC-USD","ETH-USD"],"channels":["level2_batch"]}"#,
      ])
    let list = #"{"type":"subscriptions","channels":[{"name":"level2_batch","product_ids":["BTC-USD","ETH-USD"]}]}"#
    #expect(
      Set(conversation.receive(list).actions) == [
        "acknowledged quotes of BTC-USD", "acknowledged book of BTC-USD", "acknowledged quotes of ETH-USD",
      ])
  }

  /// Base64 of HMAC-SHA256 with the decoded secret, over `1700000000GET/users/self/verify`; computed apart from arbd.
  @Test func withAKeyTheSubscriptionIsSigned() throws {
    var conversation = Conversation.coinbase(["BTC-USD"], books: ["BTC-USD"]) { options in
      options.key = Secret("the key")
      options.secret = Secret("YXJiZC10ZXN0LXNlY3JldC0wMTIzNDU2Nzg5YWJjZGVm")
      options.passphrase = Secret("the passphrase")
    }
    let sent = conversation.connect(at: Timestamp(microseconds: 1_700_000_000_999_999)).actions
    let signed =
      #""signature":"scwla70ecxwHwp/7F964J7TAKr0WgPbwCcEafKXdEHo=","key":"the key","#
      + #""passphrase":"the passphrase","timestamp":"1700000000""#
    #expect(sent.count == 2)
    for message in sent {
      #expect(message.replacing("\\/", with: "/").contains(signed), "\(message)")
    }
    // Unbatched, which wants a key.
    #expect(sent.last?.contains(#""channels":["level2"]"#) == true)
  }

  @Test func aKeyAloneIsRefused() {
    func adapter(_ change: (inout CoinbaseAdapter.Options) -> Void) throws -> CoinbaseAdapter {
      var data = MarketDataOptions()
      data.instruments = ["BTC-USD"].compactMap { Instrument($0) }
      var options = CoinbaseAdapter.Options(data: data)
      change(&options)
      let context = PluginContext.ofTest("coinbase")
      return try CoinbaseAdapter(options: options, context: context)
    }
    let alone = #expect(throws: OptionError.self) { try adapter { $0.key = Secret("k") } }
    #expect(alone?.key == "api_secret")
    let wrong = #expect(throws: OptionError.self) {
      try adapter { options in
        (options.key, options.passphrase, options.secret) = (Secret("k"), Secret("p"), Secret("no base64!"))
      }
    }
    #expect(wrong?.key == "api_secret")
    #expect(wrong.map { "\($0)".contains("no base64!") } == false, "a secret is never shown")
  }

  // MARK: Quotes

  @Test func quotesComeFromTheBookAndNotFromTheTicker() throws {
    var conversation = Self.conversation()
    #expect(conversation.receive(Self.snapshot(bids: "100.5/2 100.4/1", asks: "100.7/1")).events.count == 1)
    let ticker = conversation.receive(
      #"{"type":"ticker","product_id":"BTC-USD","price":"99","best_bid":"98","best_ask":"99","sequence":1}"#)
    #expect(ticker.kind == .ignored && ticker.events.isEmpty)
    let better = conversation.receive(Self.update("buy/100.60/3"))
    let quote = try RecordLine.read(try #require(better.events.first))
    #expect(quote.bid == "100.60" && quote.bidSize == "3" && quote.ask == "100.7" && quote.askSize == "1")
    #expect(quote.eventTime == 1_804_136_767_089_723)
    #expect(conversation.receive(Self.update("buy/100.4/7 sell/101/1")).events.isEmpty, "not the best")
    #expect(conversation.receive(Self.update("buy/100.60/0")).events.count == 1)
    #expect(conversation.book("BTC-USD")?.bids == ["2 @ 100.5", "7 @ 100.4"])
    // A side may be empty.
    let empty = conversation.receive(Self.update("sell/100.7/0 sell/101/0"))
    #expect(try RecordLine.read(try #require(empty.events.first)).ask == nil)
    // Both: there is no quote any more.
    #expect(
      conversation.receive(Self.update("buy/100.5/0 buy/100.4/0")).events == ["withdrawn quotes of coinbase BTC-USD"])
  }

  @Test func theYear1IsNoTime() throws {
    var conversation = Self.conversation()
    conversation.receive(Self.snapshot(bids: "100.5/2", asks: "100.7/1"))
    let update = conversation.receive(Self.update("buy/100.6/1", time: "0001-01-01T00:00:00.000000Z"))
    let quote = try RecordLine.read(try #require(update.events.first))
    #expect(quote.eventTime == Conversation.now.microseconds && quote.bid == "100.6")
  }

  @Test func changesBeforeTheSnapshotAreOfNoUse() {
    var conversation = Self.conversation()
    let early = conversation.receive(Self.update("buy/100.6/1"))
    #expect(early.kind == .data && early.events.isEmpty && early.actions.isEmpty)
    #expect(conversation.book("BTC-USD") == nil)
  }

  @Test func aSnapshotThatNeverComesIsAskedForAgain() {
    var conversation = Self.conversation()
    conversation.connect()
    conversation.receive(#"{"type":"subscriptions","channels":[{"name":"level2_batch","product_ids":["BTC-USD"]}]}"#)
    #expect(conversation.tick(at: Self.after(9_000)).actions == [])
    #expect(
      conversation.tick(at: Self.after(10_000)).actions == [
        "out of step: quotes of BTC-USD: no snapshot within 10 s", "ask again for quotes of BTC-USD",
      ])
    #expect(conversation.receive(Self.snapshot(bids: "1/1", asks: "2/1"), at: Self.after(10_500)).events.count == 1)
    #expect(conversation.tick(at: Self.after(40_000)).actions == [])
  }

  // MARK: What no market is like

  /// For a moment a venue may show that; for longer its book is wrong, or ours.
  @Test(arguments: ["100.7/1", "100.8/1"])
  func aBookThatStaysCrossedOrLockedIsGivenUp(_ bid: String) {
    var conversation = Self.conversation()
    conversation.receive(Self.snapshot(bids: "100.5/2", asks: "100.7/1"), at: Self.after(0))
    let crossed = conversation.receive(Self.update("buy/\(bid)"), at: Self.after(10))
    #expect(crossed.events.isEmpty && crossed.actions.isEmpty)
    #expect(conversation.receive(Self.update("buy/100.4/1"), at: Self.after(900)).actions.isEmpty)
    let lasting = conversation.receive(Self.update("buy/100.4/2"), at: Self.after(1_010))
    #expect(lasting.events == ["withdrawn quotes of coinbase BTC-USD"])
    #expect(lasting.actions.first == "out of step: quotes of BTC-USD: the best bid is not below the best ask")
  }

  @Test func aBookThatWasCrossedForAMomentGoesOn() {
    var conversation = Self.conversation()
    conversation.receive(Self.snapshot(bids: "100.5/2", asks: "100.7/1"), at: Self.after(0))
    conversation.receive(Self.update("buy/100.8/1"), at: Self.after(10))
    #expect(conversation.receive(Self.update("buy/100.8/0"), at: Self.after(20)).events.isEmpty, "as it was")
    conversation.receive(Self.update("buy/100.8/1"), at: Self.after(1_500))
    #expect(conversation.receive(Self.update("sell/100.7/0 sell/101/1"), at: Self.after(1_600)).events.count == 1)
    #expect(conversation.receive(Self.update("buy/100.9/1"), at: Self.after(5_000)).actions.isEmpty)
  }

  /// Sizes below 0 and NaN have been seen from the venue.
  @Test func impossibleLevelsAreLeftOutAndTheOthersCount() {
    var conversation = Self.conversation()
    conversation.receive(Self.snapshot(bids: "100.5/2 100.6/NaN 0/1 -1/1", asks: "100.7/1 100.65/-3 100.66/0"))
    #expect(conversation.book("BTC-USD")?.bids == ["2 @ 100.5"])
    #expect(conversation.book("BTC-USD")?.asks == ["1 @ 100.7"])
    conversation.receive(Self.update("buy/100.5/-1 buy/x/1 buy/100.4/1 sell/100.7/Infinity"))
    #expect(conversation.book("BTC-USD")?.bids == ["2 @ 100.5", "1 @ 100.4"])
    #expect(conversation.book("BTC-USD")?.asks == ["1 @ 100.7"])
  }

  private static let bad = [
    (#""changes":[["buy","100.6","1"]]"#, #""changes":[["both","100.6","1"]]"#, UndecodableReason.badValue),
    (#""changes":"#, #""x":"#, .missingField), (#""product_id":"#, #""x":"#, .missingField),
    (#"["buy","100.6","1"]"#, #""buy""#, .wrongType), (#""100.6""#, "null", .wrongType), ("[[", "[[[", .wrongType),
    (#""BTC-USD""#, "null", .wrongType), ("]]", "]]]", .malformedJSON), (#""1"]"#, #""1","#, .malformedJSON),
  ]

  /// The updates have no numbers, so nobody can know what was in a frame that could not be read.
  @Test(arguments: bad)
  func aFrameThatCannotBeReadLosesTheBook(_ part: String, _ replacement: String, _ reason: UndecodableReason) {
    var conversation = Self.conversation()
    conversation.connect()
    conversation.receive(Self.snapshot(bids: "100.5/2", asks: "100.7/1"))
    let good = Self.update("buy/100.6/1")
    #expect(good.contains(part))
    let refused = conversation.receive(good.replacing(part, with: replacement))
    #expect(refused.error?.reason == reason)
    #expect(refused.events == ["withdrawn quotes of coinbase BTC-USD"])
    #expect(conversation.book("BTC-USD") == nil)
    #expect(conversation.receive(good).events.isEmpty)
    #expect(conversation.receive(Self.snapshot(bids: "100.5/2", asks: "100.7/1")).events.count == 1)
  }

  @Test func whiteSpaceAndMoreMembersAreNoMatter() {
    var conversation = Self.conversation()
    conversation.receive(
      #"{ "type" : "snapshot", "product_id" : "BTC-USD", "bids" : [ [ "100.5" , "2" , "x" ] ], "#
        + #""asks" : [["100.7","1",{"a":1}],[ "100.8","1"]] }"#)
    #expect(conversation.book("BTC-USD")?.bids == ["2 @ 100.5"])
    #expect(conversation.book("BTC-USD")?.asks == ["1 @ 100.7", "1 @ 100.8"])
    conversation.receive(
      #"{"type":"l2update","product_id":"BTC-USD","changes":[[ "buy","100.6","1"],["sell" ,"100.7","0"],"#
        + #"["buy","100.55","1","more"]]}"#)
    #expect(conversation.book("BTC-USD")?.bids == ["1 @ 100.6", "1 @ 100.55", "2 @ 100.5"])
    #expect(conversation.book("BTC-USD")?.asks == ["1 @ 100.8"])
  }

  @Test func levelsThatRanOutAreFetchedAnew() {
    var conversation = Conversation.coinbase([], quotes: ["BTC-USD"])
    conversation.connect()
    let bids = (1...400).map { "\(1_000 - $0)/1" }.joined(separator: " ")
    conversation.receive(Self.snapshot(bids: bids, asks: "1001/1"))
    // Far more than are kept: what is beyond them was dropped, and is not told again.
    let removals = (1...120).map { "buy/\(1_000 - $0)/0" }.joined(separator: " ")
    let reception = conversation.receive(Self.update(removals))
    #expect(reception.actions.first == "out of step: quotes of BTC-USD: fewer than 50 levels are left")
  }
}
