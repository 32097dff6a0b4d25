public import ArbdFramework

/// Newvenue spot, by its WebSocket API.
public struct NewvenueAdapter: ExchangeAdapter {
  public static let summary = "Newvenue spot: trades, and quotes of the best bid and ask."

  /// What the venue's documentation says of connections, and where it does.
  public static let venue = VenueDescriptor(
    id: "newvenue", endpoint: "wss://ws.newvenue.example", feeds: [.trades: "trades", .quotes: "quotes"],
    streamsPerConnection: 100, messageInterval: .milliseconds(100), attemptLimits: [RateLimit(30, per: .seconds(60))],
    messageLimits: [RateLimit(10, per: .seconds(1))], keepalive: .ping(every: .seconds(15)),
    documentation: "https://docs.newvenue.example/websocket", checked: "2026-01-01")

  public let instruments: [Instrument]
  public let channels: [Channel]

  public init(options: MarketDataOptions, context: PluginContext) throws {
    instruments = options.instruments
    channels = try options.channels(offeredBy: Self.venue)
  }

  public func symbol(for instrument: Instrument) -> String { NewvenueSymbols.symbol(for: instrument) }

  public func makeSession(for plan: ConnectionPlan) -> NewvenueSession {
    NewvenueSession(symbols: SymbolTable(plan.subscriptions))
  }
}
