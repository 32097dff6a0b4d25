public import ArbdFramework

/// Bybit spot (API v5).
public struct BybitAdapter: ExchangeAdapter {
  public static let summary = "Bybit spot: trades, quotes from orderbook.1, order books from orderbook.50, 200 or 1000."

  /// Ten topics in a request, 21,000 characters of them on a connection; 500 attempts to connect in five minutes. A client
  /// shall ping every 20 s. Connections end after six to twelve hours at the latest, without notice.
  public static let venue = VenueDescriptor(
    id: "bybit", endpoint: "wss://stream.bybit.com/v5/public/spot", rest: "https://api.bybit.com",
    feeds: [.trades: "publicTrade", .quotes: "orderbook.1", .book: "orderbook"], streamsPerConnection: 500,
    messageInterval: .milliseconds(100), connectionLifetime: .seconds(6 * 3_600),
    attemptLimits: [RateLimit(500, per: .seconds(300))], requestLimits: [RateLimit(600, per: .seconds(5))],
    keepalive: .text(#"{"op":"ping"}"#, every: .seconds(20)),
    documentation: "https://bybit-exchange.github.io/docs/v5/",
    checked: "2026-07-24")

  /// Depths that the venue offers.
  static let depths = [50, 200, 1_000]

  public let instruments: [Instrument]
  public let channels: [Channel]
  private let depth: Int

  public init(options: MarketDataOptions, context: PluginContext) throws {
    instruments = options.instruments
    channels = try options.channels(offeredBy: Self.venue)
    depth = Self.depths.first { $0 >= options.depth } ?? 1_000
    try checkSymbols()
  }

  /// Base and quote glued together: `BTCUSDT`.
  public func symbol(for instrument: Instrument) -> String { (instrument.base + instrument.quote).uppercased() }

  public func makeSession(for plan: ConnectionPlan) -> BybitSession { BybitSession(plan: plan, depth: depth) }

  public static var instrumentsPath: String? { "/v5/market/instruments-info?category=spot" }

  /// `GET /v5/market/instruments-info?category=spot`
  ///
  ///     {"retCode":0,"retMsg":"OK","result":{"category":"spot","list":[{"symbol":"BTCUSDT","baseCoin":"BTC",
  ///      "quoteCoin":"USDT","status":"Trading","lotSizeFilter":{"basePrecision":"0.000001","minOrderQty":"0.000011",
  ///      "minOrderAmt":"5"},"priceFilter":{"tickSize":"0.1"}}]}}
  ///
  /// https://bybit-exchange.github.io/docs/v5/market/instrument
  public static func readInstruments(_ json: inout JSONScanner) throws(JSONError) -> [InstrumentListing] {
    try json.listings(at: "result.list") { fields in
      guard let symbol = fields["symbol"], let instrument = fields.instrument("baseCoin", "quoteCoin") else {
        return nil
      }
      let status = fields["status"] ?? "unknown"
      return InstrumentListing(
        symbol: symbol, instrument: instrument, status: status == "Trading" ? .trading : .halted(status),
        tickSize: fields.decimal("priceFilter.tickSize"), lotSize: fields.decimal("lotSizeFilter.basePrecision"),
        minimumSize: fields.decimal("lotSizeFilter.minOrderQty"),
        minimumValue: fields.decimal("lotSizeFilter.minOrderAmt"))
    }
  }
}
