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

package struct SimulatedQuote: Sendable, Equatable {
  package var market: Int
  package var updateID: Int64
  package var top: TopOfBook
  package var time: Timestamp

  package init(market: Int, updateID: Int64, top: TopOfBook, time: Timestamp) {
    self.market = market
    self.updateID = updateID
    self.top = top
    self.time = time
  }
}
