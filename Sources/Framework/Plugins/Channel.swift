/// What a venue can be asked to stream.
public enum Channel: String, Sendable, CaseIterable, OptionChoice {
  case trades
  /// The best bid and ask.
  case quotes
  /// The order book: kept in step, it gives the quotes of its market where these are not asked for themselves.
  case book

  /// In the order of `allCases`.
  @inlinable
  public var index: Int {
    switch self {
    case .trades: 0
    case .quotes: 1
    case .book: 2
    }
  }
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

extension [Subscription] {
  /// In order, at most `count` in each part.
  public func parts(of count: Int) -> [[Subscription]] {
    stride(from: 0, to: self.count, by: Swift.max(1, count)).map { Array(self[$0...].prefix(Swift.max(1, count))) }
  }

  /// Those of one channel each, in the order of the channels.
  public var byChannel: [(channel: Channel, subscriptions: [Subscription])] {
    Channel.allCases.compactMap { channel in
      let own = filter { $0.channel == channel }
      return own.isEmpty ? nil : (channel, own)
    }
  }
}

extension Subscription: CustomStringConvertible {
  public var description: String { "\(channel.rawValue) of \(instrument)" }
}
