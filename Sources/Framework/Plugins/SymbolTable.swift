/// The instruments of one connection, found by the venue's symbol: each gets a place from 0 on, in the order of the plan,
/// by which a session keeps what it knows of it.
///
/// Never changed once made, and shared by reference: a session passes it to every frame's reader, and copying a struct of
/// arrays there would retain each of them.
public final class SymbolTable: Sendable {
  private let places: ByteTable
  public let symbols: [String]
  public let markets: [MarketID]
  private let tradeSubscriptions: [Subscription?]
  private let quoteSubscriptions: [Subscription?]
  /// By place: whether trades, and whether quotes, were asked for.
  private let channels: [(trades: Bool, quotes: Bool)]

  public init(_ subscriptions: [Subscription]) {
    var places = ByteTable()
    var (symbols, markets): ([String], [MarketID]) = ([], [])
    var (trades, quotes): ([Subscription?], [Subscription?]) = ([], [])
    for subscription in subscriptions {
      let place: Int
      let bytes = Array(subscription.symbol.utf8)
      if let known = places.value(of: bytes.span.bytes) {
        place = Int(known)
      } else {
        place = symbols.count
        places.insert(subscription.symbol, value: Int32(place))
        symbols.append(subscription.symbol)
        markets.append(subscription.market)
        trades.append(nil)
        quotes.append(nil)
      }
      switch subscription.channel {
      case .trades: trades[place] = subscription
      case .quotes: quotes[place] = subscription
      }
    }
    (self.places, self.symbols, self.markets) = (places, symbols, markets)
    (tradeSubscriptions, quoteSubscriptions) = (trades, quotes)
    channels = zip(trades, quotes).map { ($0 != nil, $1 != nil) }
  }

  public var count: Int { symbols.count }

  /// The place of a symbol as it stands in a frame; nil when it was not asked for.
  public func place(of symbol: JSONText) -> Int? {
    if symbol.hasEscapes { return place(of: symbol.string) }
    return places.value(of: symbol).map { Int($0) }
  }

  public func place(of symbol: String) -> Int? {
    let bytes = Array(symbol.utf8)
    return places.value(of: bytes.span.bytes).map { Int($0) }
  }

  /// Whether a channel was asked for at a place.
  public func has(_ channel: Channel, at place: Int) -> Bool {
    switch channel {
    case .trades: channels[place].trades
    case .quotes: channels[place].quotes
    }
  }

  /// What was asked for at a place; nil when that channel was not.
  public func subscription(_ channel: Channel, at place: Int) -> Subscription? {
    switch channel {
    case .trades: tradeSubscriptions[place]
    case .quotes: quoteSubscriptions[place]
    }
  }

  public var subscriptions: [Subscription] {
    (tradeSubscriptions + quoteSubscriptions).compactMap { $0 }
  }
}
