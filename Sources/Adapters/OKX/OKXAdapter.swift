public import ArbdFramework

/// OKX spot (API v5).
public struct OKXAdapter: ExchangeAdapter {
  public static let summary = "OKX spot: trades, quotes from bbo-tbt, order books from books."

  /// 480 requests to subscribe or unsubscribe an hour on a connection, three new connections a second from one address,
  /// 64 KB of arguments in a request; a connection without data or text ping for 30 s is closed.
  public static let venue = VenueDescriptor(
    id: "okx", endpoint: "wss://ws.okx.com:8443/ws/v5/public", rest: "https://www.okx.com",
    feeds: [.trades: "trades", .quotes: "bbo-tbt", .book: "books"], streamsPerConnection: 100,
    messageInterval: .milliseconds(200), attemptLimits: [RateLimit(3, per: .seconds(1))],
    requestLimits: [RateLimit(20, per: .seconds(2))], keepalive: .text("ping", every: .seconds(20)),
    documentation: "https://www.okx.com/docs-v5/en/", checked: "2026-07-28")

  public let instruments: [Instrument]
  public let channels: [Channel]

  public init(options: MarketDataOptions, context: PluginContext) throws {
    instruments = options.instruments
    channels = try options.channels(offeredBy: Self.venue)
  }

  /// The usual tickers already: `BTC-USDT`.
  public func symbol(for instrument: Instrument) -> String { instrument.description }

  public func makeSession(for plan: ConnectionPlan) -> OKXSession { OKXSession(plan: plan) }

  public static var instrumentsPath: String? { "/api/v5/public/instruments?instType=SPOT" }

  /// `GET /api/v5/public/instruments?instType=SPOT`
  ///
  ///     {"code":"0","msg":"","data":[{"instType":"SPOT","instId":"BTC-USDT","baseCcy":"BTC","quoteCcy":"USDT",
  ///      "tickSz":"0.1","lotSz":"0.00000001","minSz":"0.00001","state":"live"}]}
  ///
  /// https://www.okx.com/docs-v5/en/#public-data-rest-api-get-instruments
  public static func readInstruments(_ json: inout JSONScanner) throws(JSONError) -> [InstrumentListing] {
    try json.listings(at: "data") { fields in
      guard fields["instType"] == "SPOT", let id = fields["instId"],
        let instrument = fields.instrument("baseCcy", "quoteCcy")
      else { return nil }
      let state = fields["state"] ?? "unknown"
      return InstrumentListing(
        symbol: id, instrument: instrument, status: state == "live" ? .trading : .halted(state),
        tickSize: fields.decimal("tickSz"), lotSize: fields.decimal("lotSz"), minimumSize: fields.decimal("minSz"))
    }
  }
}
