public import ArbdFramework

/// Coinbase Exchange.
public struct CoinbaseAdapter: ExchangeAdapter {
  public static let summary = "Coinbase Exchange: trades, order books and the quotes that follow from them."

  /// Eight requests a second are allowed for each address, which is taken to mean connections and messages; neither a limit
  /// of products on a connection nor a lifetime is documented. The ticker is no source of quotes: between trades it stands
  /// still.
  public static let venue = VenueDescriptor(
    id: "coinbase", endpoint: "wss://ws-feed.exchange.coinbase.com", rest: "https://api.exchange.coinbase.com",
    feeds: [.trades: "matches", .quotes: "level2_batch", .book: "level2_batch"], streamsPerConnection: 100,
    messageInterval: .milliseconds(125), attemptLimits: [RateLimit(8, per: .seconds(1))],
    messageLimits: [RateLimit(8, per: .seconds(1))],
    documentation: "https://docs.cdp.coinbase.com/exchange/websocket-feed/overview", checked: "2026-07-20")

  public struct Options: PluginOptions {
    public var data = MarketDataOptions()
    public var key: Secret?
    public var secret: Secret?
    public var passphrase: Secret?

    public init() {}

    public init(data: MarketDataOptions) { self.data = data }

    public static let fields: [OptionField<Self>] =
      MarketDataOptions.fields(at: \.data) + [
        .optional(
          "api_key", \.key, "With it and the next two, books come from `level2`, unbatched, which wants a key."),
        .optional("api_secret", \.secret, "As the venue gives it, in base64."),
        .optional("passphrase", \.passphrase, "Of the key."),
      ]
  }

  public let instruments: [Instrument]
  public let channels: [Channel]
  private let depth: Int
  private let credentials: CoinbaseCredentials?

  public init(options: Options, context: PluginContext) throws {
    instruments = options.data.instruments
    channels = try options.data.channels(offeredBy: Self.venue)
    depth = options.data.depth
    credentials = try CoinbaseCredentials(options)
  }

  /// Product ids are the usual tickers already: `BTC-USD`.
  public func symbol(for instrument: Instrument) -> String { instrument.description }

  public func makeSession(for plan: ConnectionPlan) -> CoinbaseSession {
    CoinbaseSession(plan: plan, depth: depth, credentials)
  }

  public static var instrumentsPath: String? { "/products" }

  /// `GET /products`
  ///
  ///     [{"id":"BTC-USD","base_currency":"BTC","quote_currency":"USD","quote_increment":"0.01",
  ///       "base_increment":"0.00000001","min_market_funds":"1","status":"online","trading_disabled":false}]
  ///
  /// https://docs.cdp.coinbase.com/exchange/reference/exchangerestapi_getproducts
  public static func readInstruments(_ json: inout JSONScanner) throws(JSONError) -> [InstrumentListing] {
    try json.listings { fields in
      guard let id = fields["id"], let instrument = fields.instrument("base_currency", "quote_currency") else {
        return nil
      }
      let status = fields["trading_disabled"] == "true" ? "trading disabled" : fields["status"] ?? "unknown"
      return InstrumentListing(
        symbol: id, instrument: instrument, status: status == "online" ? .trading : .halted(status),
        tickSize: fields.decimal("quote_increment"), lotSize: fields.decimal("base_increment"),
        minimumValue: fields.decimal("min_market_funds"))
    }
  }
}
