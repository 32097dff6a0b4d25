public import ArbdFramework

/// Binance spot, and Binance.US, which speaks the same.
public struct BinanceAdapter: ExchangeAdapter {
  public static let summary = "Binance spot: trades, quotes from bookTicker, order books from depth."

  /// 1,024 streams on a connection, five messages a second (a strict rolling window, so they are spaced wider), 24 hours;
  /// 300 attempts in five minutes from one address. A book's snapshot weighs 50 of 6,000 a minute.
  public static let venue = VenueDescriptor(
    id: "binance", endpoint: "wss://stream.binance.com:9443/stream", rest: "https://api.binance.com",
    feeds: [.trades: "trade", .quotes: "bookTicker", .book: "depth@100ms"], streamsPerConnection: 1_024,
    messageInterval: .milliseconds(300), connectionLifetime: .seconds(24 * 3_600),
    attemptLimits: [RateLimit(300, per: .seconds(300))], requestLimits: [RateLimit(100, per: .seconds(60))],
    documentation: "https://developers.binance.com/docs/binance-spot-api-docs", checked: "2026-07-21")

  public struct Options: PluginOptions {
    public var data = MarketDataOptions()
    public var region = Region.global

    public init() {}

    public init(data: MarketDataOptions) { self.data = data }

    public static let fields: [OptionField<Self>] =
      MarketDataOptions.fields(at: \.data) + [.optional("region", \.region, "Whose venue: Binance or Binance.US.")]
  }

  public enum Region: String, OptionChoice { case global, us }

  public let instruments: [Instrument]
  public let channels: [Channel]
  private let region: Region
  private let depth: Int

  public init(options: Options, context: PluginContext) throws {
    instruments = options.data.instruments
    channels = try options.data.channels(offeredBy: Self.venue)
    depth = options.data.depth
    region = options.region
    try checkSymbols()
  }

  public var endpoint: String {
    region == .global ? Self.venue.endpoint : "wss://stream.binance.us:9443/stream"
  }

  public var rest: String? { region == .global ? Self.venue.rest : "https://api.binance.us" }

  /// Base and quote glued together, which cannot be taken apart again.
  public func symbol(for instrument: Instrument) -> String { (instrument.base + instrument.quote).uppercased() }

  public func makeSession(for plan: ConnectionPlan) -> BinanceSession { BinanceSession(plan: plan, depth: depth) }
}
