public import ArbdFramework

/// Binance spot.
public struct BinanceAdapter: ExchangeAdapter {
  public static let summary = "Binance spot: trades, and quotes from bookTicker."

  /// https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams: 1,024 streams on a connection, five
  /// messages a second (a strict rolling window, so they are spaced wider), 24 hours; 300 attempts in five minutes from
  /// one address.
  public static let venue = VenueDescriptor(
    id: "binance", endpoint: "wss://stream.binance.com:9443/stream", channels: [.trades, .quotes],
    streamsPerConnection: 1_024, messageInterval: .milliseconds(300), connectionLifetime: .seconds(24 * 3_600),
    attemptLimits: [RateLimit(300, per: .seconds(300))]
  )

  public let instruments: [Instrument]
  public let channels: [Channel]

  public init(options: MarketDataOptions, context: PluginContext) throws {
    instruments = options.instruments
    channels = try options.channels(offeredBy: Self.venue)
    try checkSymbols()
  }

  public func symbol(for instrument: Instrument) -> String { BinanceSymbols.symbol(for: instrument) }

  public func makeSession(for plan: ConnectionPlan) -> BinanceSession { BinanceSession(plan: plan) }
}
