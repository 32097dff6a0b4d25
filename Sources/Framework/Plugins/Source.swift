/// Puts events into the input log: a replay, a message broker, a process.
public protocol Source: Plugin {
  /// The markets whose records this source can bring, as far as its options tell; nil when only running it will tell.
  /// Asked while a config is checked, before anything is opened.
  var provides: [ProvidedMarket]? { get }

  /// How fast its events are handed to the core.
  var pace: InputLog.Pace { get }

  /// How its records are shared out where several runs share them; nil where one run gets all. A detector whose markets
  /// have different keys is refused.
  var partitionedBy: RecordKey? { get }

  /// Whether it asks how far detection has come with its events (`InputLog.Writer.requestProgress`).
  var asksForProgress: Bool { get }

  /// Where a sink of the same scope can write its place together with alerts (`InputLog.Writer.transactions`); nil where
  /// none can.
  var transactionScope: TransactionScope? { get }

  /// What it measures itself, for the metrics. Asked at any time, from any thread.
  var figures: [PluginFigure] { get }

  /// Why it brings nothing at present; nil when all is well. Asked at any time, from any thread.
  var fault: String? { get }

  /// Asks what there is to read and says it in a few words, where running it would disturb others; nil where it would not.
  /// Called in place of `open` and `run`, by `arbd doctor`.
  func inspect() throws -> String?

  /// Opens what the source reads; everything that a user can get wrong is found here. Called once, before `run`.
  func open() throws

  /// Appends events until the input ends, then returns. Called once, on a thread of its own, so it may block. `append`
  /// waits while the core is behind and throws `InputLog.Stopped` once the run is over; let that error pass through.
  func run(_ log: InputLog.Writer) throws
}

extension Source {
  public var asksForProgress: Bool { false }
  public var partitionedBy: RecordKey? { nil }
  public var figures: [PluginFigure] { [] }
  public var transactionScope: TransactionScope? { nil }
  public var fault: String? { nil }
  public func inspect() throws -> String? { nil }
}

/// A market and a channel that a source brings.
public struct ProvidedMarket: Sendable, Hashable {
  public let market: Market
  public let channel: Channel

  public init(market: Market, channel: Channel) {
    self.market = market
    self.channel = channel
  }
}
