@_spi(Fuzzing) internal import ArbdFramework

/// One session, and what is known of it.
struct FuzzedCourse {
  private let link: SessionTrial
  private let plan: ConnectionPlan
  private let markets: MarketTable
  private var time = Timestamp(microseconds: 0)
  /// Requests without an answer, oldest first.
  private var requests: [Int] = []
  /// What was told last of each market.
  private var quotes: [MarketID: Quote] = [:]
  private(set) var steps: [SessionTrial.Step] = []

  init(_ link: SessionTrial, _ plan: ConnectionPlan, _ markets: MarketTable) {
    self.link = link
    self.plan = plan
    self.markets = markets
    note(link.connect(at: time))
  }

  mutating func take(_ step: RawSpan) {
    time = Timestamp(microseconds: time.microseconds + 10_000)
    let rest = step.byteCount > 1 ? step.extracting(1..<step.byteCount) : step.extracting(0..<0)
    switch step.byteCount == 0 ? 0 : step[0] {
    case 1: answer(status: 200, rest)
    case 2:
      let status = rest.byteCount == 0 ? 0 : Int(rest[0]) * 100
      answer(status: status, rest.byteCount == 0 ? rest : rest.extracting(1..<rest.byteCount))
    case 3:
      let seconds = rest.byteCount == 0 ? 1 : Int64(rest[0])
      time = Timestamp(microseconds: time.microseconds + seconds * 1_000_000)
      note(link.tick(at: time))
    case 4:
      link.disconnect()
      quotes = [:]
      requests = []
      note(link.connect(at: time))
    default: receive(step)
    }
  }

  private mutating func answer(status: Int, _ body: RawSpan) {
    guard !requests.isEmpty else { return }
    let step = link.answer(requests.removeFirst(), status: status, body, at: time)
    require(step.trades.isEmpty, "a trade in the snapshot of a book")
    note(step)
  }

  private mutating func receive(_ frame: RawSpan) {
    let step = link.receive(frame, at: time)
    require(step.eventCount > 0, "a frame left no event")
    // No event takes fewer bytes; losing books withdraws the quotes of each.
    require(step.eventCount <= frame.byteCount + 2 * plan.subscriptions.count + 1, "more events than there can be")
    if step.errors.isEmpty {
      require(frame.syntaxError == nil || frame.isPong, "a broken frame was read")
    } else {
      require(step.errors.count == 1, "several errors of one frame")
      require(step.trades.isEmpty && step.told.allSatisfy { $0.quote == nil }, "a refused frame left market data")
      require((0...frame.byteCount).contains(step.errors.first?.offset ?? 0), "an error outside the frame")
    }
    note(step)
  }

  private mutating func note(_ step: SessionTrial.Step) {
    for trade in step.trades { check(trade) }
    for told in step.told {
      quotes[told.market] = told.quote
      require(carries(told.market, .quotes) || carries(told.market, .book), "a quote of a market not asked for")
      if let quote = told.quote { check(quote) }
    }
    for action in step.actions {
      switch action {
      case .missing(let market, let count):
        require(count > 0 && (0..<markets.count).contains(Int(market.index)), "nothing is missing")
      case .fetch(let number, _): requests.append(number)
      default: break
      }
    }
    for market in Set(plan.subscriptions.map(\.market)) { checkBook(of: market) }
    steps.append(step)
  }

  private func check(_ trade: Trade) {
    require(carries(trade.market, .trades), "a trade of a market that was not asked for")
    require(trade.price.isPrice && (trade.price.exact?.mantissa ?? 0) > 0, "a price that is none")
    require(trade.price.value.isFinite && trade.size.value.isFinite && trade.size.value >= 0, "a size that is none")
    require(Timestamp.readableMicroseconds.contains(trade.eventTime.microseconds), "a time out of range")
    require(trade.receiveTime == time, "another receive time than the frame's")
  }

  private func check(_ quote: Quote) {
    for price in [quote.bid, quote.ask] where !price.isMissing {
      require(price.isPrice && (price.exact?.mantissa ?? 0) > 0, "a price that is none")
    }
    for size in [quote.bidSize, quote.askSize] where !size.isMissing {
      require(size.value >= 0 && size.value.isFinite, "a size that is none")
    }
    require(Timestamp.readableMicroseconds.contains(quote.eventTime.microseconds), "a time out of range")
    require(quote.receiveTime == time, "another receive time than the frame's")
  }

  private func checkBook(of market: MarketID) {
    let book = link.book(of: market)
    if let book {
      for (side, isBetter) in [(BookSide.bid, { $0 > $1 }), (.ask, { $0 < $1 })]
        as [(BookSide, (ExactDecimal, ExactDecimal) -> Bool)]
      {
        let levels = book.levels(side)
        require(levels.allSatisfy { $0.price.mantissa > 0 && $0.size.mantissa > 0 }, "a level that is none")
        require(zip(levels, levels.dropFirst()).allSatisfy { isBetter($0.price, $1.price) }, "levels out of order")
      }
    }
    guard link.givesQuotes(of: market) else { return }
    guard let book else { return require(quotes[market] == nil, "a quote of a book that is out of step") }
    guard !book.isCrossed else { return }
    require(quotes[market]?.bid.exact == book.bestBid?.price, "another bid than the book's")
    require(quotes[market]?.ask.exact == book.bestAsk?.price, "another ask than the book's")
    require(quotes[market]?.bidSize.exact == book.bestBid?.size, "another size than the book's")
    require(quotes[market]?.askSize.exact == book.bestAsk?.size, "another size than the book's")
  }

  private func carries(_ market: MarketID, _ channel: Channel) -> Bool {
    plan.subscriptions.contains { $0.market == market && $0.channel == channel }
  }
}

extension RawSpan {
  /// The answer to a text ping, which is no JSON.
  fileprivate var isPong: Bool { byteCount == 4 && isText("pong") }
}
