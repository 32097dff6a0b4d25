public import ArbdFramework

/// Coinbase Exchange.
public struct CoinbaseAdapter: ExchangeAdapter {
  public static let summary = "Coinbase Exchange: trades."

  /// https://docs.cdp.coinbase.com/exchange/websocket-feed/overview and …/rate-limits: eight requests a second are
  /// allowed for each address, which is taken to mean connections and messages; neither a limit of products on a
  /// connection nor a lifetime is documented.
  public static let venue = VenueDescriptor(
    id: "coinbase", endpoint: "wss://ws-feed.exchange.coinbase.com", channels: [.trades],
    streamsPerConnection: 100, messageInterval: .milliseconds(125), connectionLifetime: nil,
    attemptLimits: [RateLimit(8, per: .seconds(1))], messageLimits: [RateLimit(8, per: .seconds(1))])

  public let instruments: [Instrument]
  public let channels: [Channel]

  public init(options: MarketDataOptions, context: PluginContext) throws {
    instruments = options.instruments
    channels = try options.channels(offeredBy: Self.venue)
    try checkSymbols()
  }

  public func symbol(for instrument: Instrument) -> String { CoinbaseSymbols.symbol(for: instrument) }

  public func makeSession(for plan: ConnectionPlan) -> CoinbaseSession { CoinbaseSession(plan: plan) }
}
