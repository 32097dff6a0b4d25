/// The instruments of one connection, found by the venue's symbol: each gets a place from 0 on, in the order of the plan,
/// by which a session keeps what it knows of it.
///
/// Never changed once made, and shared by reference: a session passes it to every frame's reader, and copying a struct of
/// arrays there would retain each of them.
public final class SymbolTable: Sendable {
  private let places: ByteTable
  public let symbols: [String]
  public let markets: [MarketID]
  /// By channel, then place.
  private let subscribed: [[Subscription?]]
  /// By place: a bit for each channel that was asked for.
  private let channels: [UInt8]

  /// The place of a symbol that was not asked for.
  public static let unknown = -1

  public init(_ subscriptions: [Subscription]) {
    var places = ByteTable()
    var (symbols, markets): ([String], [MarketID]) = ([], [])
    var subscribed = Channel.allCases.map { _ in [Subscription?]() }
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
        for channel in subscribed.indices { subscribed[channel].append(nil) }
      }
      subscribed[subscription.channel.index][place] = subscription
    }
    (self.places, self.symbols, self.markets, self.subscribed) = (places, symbols, markets, subscribed)
    channels = symbols.indices.map { place in
      Channel.allCases.reduce(0) { subscribed[$1.index][place] == nil ? $0 : $0 | 1 << $1.index }
    }
  }

  public var count: Int { symbols.count }

  /// The place of a symbol as it stands in a frame; nil when it was not asked for.
  public func place(of symbol: JSONText) -> Int? {
    if symbol.hasEscapes { return place(of: symbol.string) }
    return places.value(of: symbol).map { Int($0) }
  }

  /// The same for a part of a text of a frame.
  public func place(of symbol: RawSpan) -> Int? { places.value(of: symbol).map { Int($0) } }

  public func place(of symbol: String) -> Int? {
    let bytes = Array(symbol.utf8)
    return place(of: bytes.span.bytes)
  }

  /// Whether a channel was asked for at a place.
  public func has(_ channel: Channel, at place: Int) -> Bool { channels[place] & 1 << channel.index != 0 }

  /// What was asked for at a place; nil when that channel was not.
  public func subscription(_ channel: Channel, at place: Int) -> Subscription? {
    subscribed[channel.index].indices.contains(place) ? subscribed[channel.index][place] : nil
  }

  public var subscriptions: [Subscription] { subscribed.flatMap { $0 }.compactMap { $0 } }
}
