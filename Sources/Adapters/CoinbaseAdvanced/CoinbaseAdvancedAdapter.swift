public import ArbdFramework

/// Coinbase Advanced Trade.
public struct CoinbaseAdvancedAdapter: ExchangeAdapter {
  public static let summary = "Coinbase Advanced Trade: trades, order books and the quotes that follow from them."

  /// Eight connections and eight messages a second from one address. Channels without updates for 60 to 90 s are closed, so
  /// `heartbeats` is always asked for too.
  public static let venue = VenueDescriptor(
    id: "coinbase_advanced", endpoint: "wss://advanced-trade-ws.coinbase.com", rest: "https://api.coinbase.com",
    feeds: [.trades: "market_trades", .quotes: "level2", .book: "level2"], streamsPerConnection: 100,
    messageInterval: .milliseconds(125), attemptLimits: [RateLimit(8, per: .seconds(1))],
    messageLimits: [RateLimit(8, per: .seconds(1))], requestLimits: [RateLimit(10, per: .seconds(1))],
    documentation: "https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-overview",
    checked: "2026-07-20")

  public let instruments: [Instrument]
  public let channels: [Channel]
  private let depth: Int

  public init(options: MarketDataOptions, context: PluginContext) throws {
    instruments = options.instruments
    channels = try options.channels(offeredBy: Self.venue)
    depth = options.depth
    if let alias = instruments.first(where: CoinbaseAdvancedAdapter.isAlias) {
      throw OptionError(
        key: "instruments", "\(alias) has the market data of \(alias.base)-USD at \(Self.venue.id); name that one")
    }
  }

  /// The venue answers for markets in USDC with those in USD, but for the two that have a market of their own.
  private static func isAlias(_ instrument: Instrument) -> Bool {
    instrument.quote == "USDC" && !["USDT", "EURC"].contains(instrument.base)
  }

  /// The usual tickers already: `BTC-USD`.
  public func symbol(for instrument: Instrument) -> String { instrument.description }

  public func makeSession(for plan: ConnectionPlan) -> CoinbaseAdvancedSession {
    CoinbaseAdvancedSession(plan: plan, depth: depth)
  }

  public static var instrumentsPath: String? { "/api/v3/brokerage/market/products?product_type=SPOT" }

  /// `GET /api/v3/brokerage/market/products`
  ///
  ///     {"products":[{"product_id":"BTC-USD","base_increment":"0.00000001","quote_increment":"0.01",
  ///      "price_increment":"0.01","quote_min_size":"1","base_min_size":"0.00000001","base_currency_id":"BTC",
  ///      "quote_currency_id":"USD","status":"online","trading_disabled":false,"alias":""}]}
  ///
  /// https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/public/list-public-products
  public static func readInstruments(_ json: inout JSONScanner) throws(JSONError) -> [InstrumentListing] {
    try json.listings(at: "products") { fields in
      guard let id = fields["product_id"], let instrument = fields.instrument("base_currency_id", "quote_currency_id")
      else { return nil }
      let status = fields["trading_disabled"] == "true" ? "trading disabled" : fields["status"] ?? "unknown"
      return InstrumentListing(
        symbol: id, instrument: instrument, status: status == "online" ? .trading : .halted(status),
        tickSize: fields.decimal("price_increment"), lotSize: fields.decimal("base_increment"),
        minimumSize: fields.decimal("base_min_size"), minimumValue: fields.decimal("quote_min_size"))
    }
  }
}
