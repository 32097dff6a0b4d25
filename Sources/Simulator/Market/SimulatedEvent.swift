package import ArbdFramework

/// Something that happened in a simulated market.
package enum SimulatedEvent: Sendable, Equatable {
  case trade(SimulatedTrade)
  case quote(SimulatedQuote)

  /// The market's place in the simulation's list.
  package var market: Int {
    switch self {
    case .trade(let trade): trade.market
    case .quote(let quote): quote.market
    }
  }
}

/// The best bid and ask. Prices count in the market's ticks, sizes in its lots; both sides are above 0, the bid below the
/// ask.
package struct TopOfBook: Sendable, Equatable {
  package var bid: Int64
  package var bidSize: Int64
  package var ask: Int64
  package var askSize: Int64

  package init(bid: Int64, bidSize: Int64, ask: Int64, askSize: Int64) {
    self.bid = bid
    self.bidSize = bidSize
    self.ask = ask
    self.askSize = askSize
  }
}

package struct SimulatedTrade: Sendable, Equatable {
  package var market: Int
  /// One more than the market's last.
  package var tradeID: Int64
  /// The market's count of all messages: grows with jumps.
  package var sequence: Int64
  package var price: Int64
  package var size: Int64
  package var takerBuys: Bool
  package var time: Timestamp
  /// The book right after it.
  package var top: TopOfBook

  package init(
    market: Int, tradeID: Int64, sequence: Int64, price: Int64, size: Int64, takerBuys: Bool, time: Timestamp,
    top: TopOfBook
  ) {
    self.market = market
    self.tradeID = tradeID
    self.sequence = sequence
    self.price = price
    self.size = size
    self.takerBuys = takerBuys
    self.time = time
    self.top = top
  }
}

/// A change of the order book: the best bid and ask after it, and all levels that are different.
package struct SimulatedQuote: Sendable, Equatable {
  /// What becomes of the message about the levels on its way to clients.
  package enum Delivery: Sendable, Equatable {
    case sent
    case lost
    case twice
    /// Behind the next one.
    case late
    case withWrongChecksum
    /// Nothing is told, not the best bid and ask either.
    case muted
  }

  package var market: Int
  /// The number of the book's last change in it.
  package var updateID: Int64
  /// The number of the last change before it.
  package var previousID: Int64
  package var top: TopOfBook
  package var changes: [SimulatedBook.Change]
  package var time: Timestamp
  package var delivery = Delivery.sent

  package init(
    market: Int, updateID: Int64, previousID: Int64? = nil, top: TopOfBook, changes: [SimulatedBook.Change] = [],
    time: Timestamp
  ) {
    self.market = market
    self.updateID = updateID
    self.previousID = previousID ?? updateID - 1
    self.top = top
    self.changes = changes
    self.time = time
  }
}
