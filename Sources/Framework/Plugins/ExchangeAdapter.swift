/// What a venue can be asked to stream.
public enum Channel: String, Sendable, CaseIterable, OptionChoice {
  case trades, quotes
}

/// One market on one channel, and what the venue calls it.
public struct Subscription: Sendable, Hashable {
  public let market: MarketID
  public let instrument: Instrument
  /// The venue's own name of the instrument, in the spelling of its data messages.
  public let symbol: String
  public let channel: Channel

  public init(market: MarketID, instrument: Instrument, symbol: String, channel: Channel) {
    self.market = market
    self.instrument = instrument
    self.symbol = symbol
    self.channel = channel
  }
}

extension Subscription: CustomStringConvertible {
  public var description: String { "\(channel.rawValue) of \(instrument)" }
}

/// What is fixed about a venue, as its documentation gives it.
public struct VenueDescriptor: Sendable {
  /// The name in records and configs.
  public let id: String
  public let endpoint: String
  public let channels: [Channel]
  /// Subscriptions on one connection, at most.
  public let streamsPerConnection: Int
  /// The least time between two messages on one connection.
  public let messageInterval: Duration
  /// How long the venue lets a connection live; nil when it does not say.
  public let connectionLifetime: Duration?
  /// Connection attempts from one address. The runtime keeps below each of them by a tenth, over all sources of the venue
  /// and over restarts.
  public let attemptLimits: [RateLimit]
  /// Messages from one address, over all its connections; likewise.
  public let messageLimits: [RateLimit]
  public let keepalive: Keepalive
  public let staleAfter: StaleLimits

  public init(
    id: String, endpoint: String, channels: [Channel], streamsPerConnection: Int, messageInterval: Duration,
    connectionLifetime: Duration?, attemptLimits: [RateLimit] = [], messageLimits: [RateLimit] = [],
    keepalive: Keepalive = .ping(every: .seconds(15)), staleAfter: StaleLimits = StaleLimits()
  ) {
    self.id = id
    self.endpoint = endpoint
    self.channels = channels
    self.streamsPerConnection = streamsPerConnection
    self.messageInterval = messageInterval
    self.connectionLifetime = connectionLifetime
    self.attemptLimits = attemptLimits
    self.messageLimits = messageLimits
    self.keepalive = keepalive
    self.staleAfter = staleAfter
  }
}

/// What one connection carries.
public struct ConnectionPlan: Sendable {
  public let subscriptions: [Subscription]

  public init(subscriptions: [Subscription]) { self.subscriptions = subscriptions }
}

/// One venue's dialect. The runtime owns sockets, time, reconnection and pacing.
public protocol ExchangeAdapter: Plugin {
  associatedtype Session: ExchangeSession
  static var venue: VenueDescriptor { get }

  var instruments: [Instrument] { get }
  var channels: [Channel] { get }

  /// The venue's name for an instrument, as its data messages spell it.
  func symbol(for instrument: Instrument) -> String

  /// A session in its first state. Called for each connection, and again after every reconnect.
  func makeSession(for plan: ConnectionPlan) -> Session
}

extension ExchangeAdapter {
  public static var name: String { venue.id }

  public var provides: [ProvidedMarket] {
    channels.flatMap { channel in
      instruments.map {
        ProvidedMarket(market: Market(venue: Self.venue.id, instrument: $0), channel: channel)
      }
    }
  }

  /// Throws when the venue's symbols cannot tell two of the instruments apart.
  public func checkSymbols() throws(OptionError) {
    var known: [String: Instrument] = [:]
    for instrument in instruments {
      let symbol = symbol(for: instrument)
      if let other = known.updateValue(instrument, forKey: symbol) {
        throw OptionError(
          key: "instruments", "\(other) and \(instrument) are both \(symbol) at \(Self.venue.id); keep one of them")
      }
    }
  }

  /// Every instrument on every channel, numbered in `markets`. An instrument beyond the table's capacity is left out.
  public func subscriptions(in markets: MarketTable) -> [Subscription] {
    provides.compactMap { provided in
      guard let number = markets.intern(provided.market) else { return nil }
      let instrument = provided.market.instrument
      return Subscription(
        market: number, instrument: instrument, symbol: symbol(for: instrument), channel: provided.channel)
    }
  }
}
