public import ArbdFramework

/// Kraken spot (WebSocket API v2).
public struct KrakenAdapter: ExchangeAdapter {
  public static let summary = "Kraken spot: trades, quotes from ticker, order books with checksums from book."

  /// About 150 attempts to connect in ten minutes from one address, then a ban of ten; a rate of messages is kept secret, so
  /// requests are few and spaced. A connection is closed after a minute without a request or data.
  public static let venue = VenueDescriptor(
    id: "kraken", endpoint: "wss://ws.kraken.com/v2", rest: "https://api.kraken.com",
    feeds: [.trades: "trade", .quotes: "ticker", .book: "book"], streamsPerConnection: 200,
    messageInterval: .milliseconds(200), attemptLimits: [RateLimit(150, per: .seconds(600))],
    requestLimits: [RateLimit(1, per: .seconds(1))], keepalive: .text(#"{"method":"ping"}"#, every: .seconds(20)),
    documentation: "https://docs.kraken.com/api/docs/websocket-v2/", checked: "2026-05-27")

  /// Depths that the venue offers.
  static let depths = [10, 25, 100, 500, 1_000]

  public let instruments: [Instrument]
  public let channels: [Channel]
  private let depth: Int

  public init(options: MarketDataOptions, context: PluginContext) throws {
    instruments = options.instruments
    channels = try options.channels(offeredBy: Self.venue)
    depth = Self.depths.first { $0 >= options.depth } ?? 1_000
  }

  /// `BTC/USD`, by the usual tickers.
  public func symbol(for instrument: Instrument) -> String { "\(instrument.base)/\(instrument.quote)" }

  public func makeSession(for plan: ConnectionPlan) -> KrakenSession { KrakenSession(plan: plan, depth: depth) }

  public static var instrumentsPath: String? { "/0/public/AssetPairs" }

  /// `GET /0/public/AssetPairs`, which has the venue's old names; those of dark pools end in `.d`.
  ///
  ///     {"error":[],"result":{"XBTUSDT":{"altname":"XBTUSDT","wsname":"XBT/USDT","base":"XXBT","quote":"USDT",
  ///      "pair_decimals":1,"lot_decimals":8,"ordermin":"0.00005","costmin":"0.5","tick_size":"0.1","status":"online"}}}
  ///
  /// https://docs.kraken.com/api/docs/rest-api/get-tradable-asset-pairs
  public static func readInstruments(_ json: inout JSONScanner) throws(JSONError) -> [InstrumentListing] {
    try json.listings(at: "result") { fields in
      guard fields["altname"]?.hasSuffix(".d") == false, let name = fields["wsname"] else { return nil }
      let assets = name.split(separator: "/").map(KrakenAdapter.ticker)
      guard assets.count == 2, let instrument = Instrument(assets.joined(separator: "-")) else { return nil }
      let status = fields["status"] ?? "online"
      let lot = fields["lot_decimals"].flatMap { Int8($0) }.map {
        ExactDecimal(mantissa: 1, exponent: 0 - min(max(0, $0), 18))
      }
      return InstrumentListing(
        symbol: "\(instrument.base)/\(instrument.quote)", instrument: instrument,
        status: status == "online" ? .trading : .halted(status), tickSize: fields.decimal("tick_size"), lotSize: lot,
        minimumSize: fields.decimal("ordermin"), minimumValue: fields.decimal("costmin"))
    }
  }

  /// The usual ticker of an asset that the venue calls differently.
  private static func ticker(_ asset: Substring) -> String {
    switch asset {
    case "XBT": "BTC"
    case "XDG": "DOGE"
    default: String(asset)
    }
  }
}
