internal import ArbdFramework

/// What a venue knows of a market that it lists.
struct ListedMarket: Sendable {
  let market: SimulatedMarket
  /// The venue's name for it.
  let symbol: String
  /// The same as a JSON string, quotes and all.
  let quotedSymbol: [UInt8]
  private(set) var book = SimulatedBook()
  /// The book's last change.
  private(set) var quote: SimulatedQuote?
  /// The last ones, oldest first.
  private(set) var trades: [SimulatedTrade] = []
  /// Nil before the first trade.
  private(set) var day: TradingDay?

  /// Trades that are kept, at least, where there were as many.
  static let keptTrades = 50

  init(_ market: SimulatedMarket, symbol: String) {
    self.market = market
    self.symbol = symbol
    var quoted: [UInt8] = []
    quoted.append(jsonString: symbol)
    quotedSymbol = quoted
  }

  mutating func take(_ event: SimulatedEvent) {
    switch event {
    case .trade(let trade):
      if trades.count >= 2 * ListedMarket.keptTrades { trades.removeFirst(ListedMarket.keptTrades) }
      trades.append(trade)
      day = day ?? TradingDay(trade)
      day?.add(trade)
    case .quote(let quote):
      for change in quote.changes { book.apply(change) }
      self.quote = quote
    }
  }
}

/// All markets of one venue.
struct ListedMarkets: Sendable {
  private(set) var all: [ListedMarket] = []
  /// By a market's place in the simulation.
  private var placeOf: [Int: Int] = [:]
  private var placeNamed: [String: Int] = [:]

  /// `markets`: all of the simulation; those of other venues are passed over.
  init(_ markets: [SimulatedMarket], of venue: VenueKind, symbol: (Instrument) -> String) {
    for (place, market) in markets.enumerated() where market.venue == venue {
      let listed = ListedMarket(market, symbol: symbol(market.instrument))
      placeOf[place] = all.count
      placeNamed[listed.symbol] = all.count
      all.append(listed)
    }
  }

  subscript(_ place: Int) -> ListedMarket { all[place] }

  func place(named symbol: String) -> Int? { placeNamed[symbol] }

  /// The place of the market that an event is of; nil at other venues.
  func place(of event: SimulatedEvent) -> Int? { placeOf[event.market] }

  /// Takes note of what happened; the market's place, nil at other venues.
  mutating func take(_ event: SimulatedEvent) -> Int? {
    guard let place = placeOf[event.market] else { return nil }
    all[place].take(event)
    return place
  }
}

/// Figures of a day that tickers carry: here, since the simulation began. Prices in ticks, the volume in lots.
struct TradingDay: Sendable {
  var open: Int64
  var low: Int64
  var high: Int64
  var last: Int64
  var volume: Int64 = 0

  init(_ trade: SimulatedTrade) {
    (open, low, high, last) = (trade.price, trade.price, trade.price, trade.price)
  }

  mutating func add(_ trade: SimulatedTrade) {
    low = min(low, trade.price)
    high = max(high, trade.price)
    last = trade.price
    volume = volume.addingReportingOverflow(trade.size).partialValue & .max
  }
}
