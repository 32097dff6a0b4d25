public import ArbdFramework

/// A venue whose dialect stands in a JSON file: where to connect, what to send, where in its messages the figures are.
///
/// It goes the way of every adapter: its frames are recorded, replayed, examined by `arbd doctor` and detected on under the
/// venue's name, which the file gives.
public struct DeclarativeAdapter: ExchangeAdapter {
  public static let name = "declarative"
  public static let summary = "A venue that a JSON file describes: trades and quotes, without a line of code."

  /// Stands for no venue: each adapter has its own.
  public static let venue = VenueDescriptor(
    id: name, endpoint: "", feeds: [:], streamsPerConnection: 1, messageInterval: .zero)

  public struct Options: PluginOptions {
    public var spec = DeclarativeFile()
    public var data = MarketDataOptions()

    public init() {}

    public init(spec: DeclarativeFile, data: MarketDataOptions) { (self.spec, self.data) = (spec, data) }

    public static let fields: [OptionField<Self>] =
      [.required("spec", \.spec, "The file that describes the venue: docs/declarative.md.")]
      + MarketDataOptions.fields(at: \.data).filter { $0.key != "depth" }
  }

  public let venue: VenueDescriptor
  public let instruments: [Instrument]
  public let channels: [Channel]
  private let dialect: DeclarativeDialect

  public init(options: Options, context: PluginContext) throws {
    let spec = options.spec.spec
    venue = spec.descriptor
    instruments = options.data.instruments
    channels = try options.data.channels(offeredBy: venue)
    dialect = DeclarativeDialect(spec)
    try checkSymbols()
  }

  public func symbol(for instrument: Instrument) -> String { dialect.symbols.symbol(of: instrument) }

  public func makeSession(for plan: ConnectionPlan) -> DeclarativeSession {
    DeclarativeSession(plan: plan, dialect: dialect)
  }
}

extension DeclarativeSpec {
  /// What the runtime lives by.
  var descriptor: VenueDescriptor {
    var feeds: [Channel: String] = [:]
    for (channel, rule) in channels.all { feeds[channel] = rule.feed ?? channel.rawValue }
    let limits = StaleLimits(trades: staleAfter, quotes: staleAfter, book: staleAfter)
    return VenueDescriptor(
      id: venue, endpoint: endpoint, feeds: feeds, streamsPerConnection: streamsPerConnection,
      messageInterval: messageInterval, connectionLifetime: connectionLifetime.duration,
      attemptLimits: [RateLimit(attemptsPerMinute, per: .seconds(60))],
      keepalive: ping.message.map { .text($0.tree.compact, every: ping.every) } ?? .ping(every: ping.every),
      staleAfter: limits, documentation: documentation ?? "", checked: checked ?? "")
  }
}
