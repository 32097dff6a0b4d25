import Testing

@testable import ArbdFramework

@Suite struct RunBoardTests {
  private static func trade(_ market: Int32, _ price: Int64, at time: Int64) -> Trade {
    Trade(
      market: MarketID(index: market), side: .buy, price: Quantity(ExactDecimal(mantissa: price, exponent: 0)),
      size: .missing, id: TradeID(1), eventTime: Timestamp(microseconds: time),
      receiveTime: Timestamp(microseconds: time))
  }

  private static func quote(_ market: Int32, _ bid: Int64, at time: Int64) -> Quote {
    Quote(
      market: MarketID(index: market), bid: Quantity(ExactDecimal(mantissa: bid, exponent: 0)), bidSize: .missing,
      ask: .missing, askSize: .missing, eventTime: Timestamp(microseconds: time),
      receiveTime: Timestamp(microseconds: time))
  }

  private static func alert(_ number: Int) -> Alert {
    Alert(
      detector: "d", type: "spread", windowStart: Timestamp(microseconds: Int64(number)),
      windowEnd: Timestamp(microseconds: 1), legs: [], spread: nil, grossBasisPoints: 1, netBasisPoints: 1,
      detectedAt: Timestamp(microseconds: 1))
  }

  @Test func onlyTheLastPricesOfAMarketAreLeft() {
    let board = RunBoard()
    for price in 1...1_000 { board.note(Self.trade(3, Int64(price), at: Int64(price))) }
    board.note(Self.quote(3, 7, at: 2_000))
    board.note(Self.trade(1, 5, at: 6))
    let news = board.take()
    #expect(news.changes.map(\.market.index) == [3, 1])
    #expect(news.changes[0].last.value == 1_000 && news.changes[0].bid.value == 7)
    #expect(news.changes[0].hasQuote && !news.changes[1].hasQuote)
    #expect(news.changes.map(\.receiveTime.microseconds) == [2_000, 6])
  }

  @Test func aBatchGoesOverWhatIsThereAndLeavesTheDraftEmpty() {
    let board = RunBoard()
    var draft = RunBoard.Draft()
    draft.note(Self.trade(2, 1, at: 1))
    draft.note(Self.quote(2, 9, at: 2))
    board.add(&draft)
    #expect(draft.changes.isEmpty)
    draft.note(Self.trade(2, 3, at: 4))
    board.add(&draft)
    let news = board.take()
    #expect(news.changes.count == 1 && news.changes[0].last.value == 3 && news.changes[0].bid.value == 9)
    #expect(news.changes[0].receiveTime.microseconds == 4)
  }

  @Test func whatWasTakenDoesNotComeAgain() {
    let board = RunBoard()
    board.note(Self.trade(0, 1, at: 1))
    _ = board.take()
    #expect(board.take().changes.isEmpty)
    board.note(Self.quote(0, 2, at: 2))
    let news = board.take()
    #expect(news.changes.count == 1 && news.changes[0].last.isMissing && news.changes[0].bid.value == 2)
  }

  @Test func alertsThatNobodyTakesAreBounded() {
    let board = RunBoard()
    for number in 0..<20_000 { board.note([Self.alert(number)]) }
    let alerts = board.take().alerts
    #expect(alerts.count == RunBoard.alertCapacity)
    #expect(alerts.last?.windowStart.microseconds == 19_999)
    #expect(board.take().alerts.isEmpty)
  }
}

extension RunBoard {
  /// As the core does with a batch of one event.
  fileprivate func note(_ trade: Trade) { add { $0.note(trade) } }
  fileprivate func note(_ quote: Quote) { add { $0.note(quote) } }

  private func add(_ note: (inout Draft) -> Void) {
    var draft = Draft()
    note(&draft)
    add(&draft)
  }
}
