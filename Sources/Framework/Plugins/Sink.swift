/// What a sink can be given.
public enum Record: Sendable {
  case alert(Alert)
  case trade(Trade, Market)
  case quote(Quote, Market)
  case window(WindowSummary)
  case status(StatusReport)

  public var kind: Kind {
    switch self {
    case .alert: .alert
    case .trade: .trade
    case .quote: .quote
    case .window: .window
    case .status: .status
    }
  }

  /// Spelled as in a sink's `records`.
  public enum Kind: String, Sendable, CaseIterable {
    case alert = "alerts"
    case trade = "trades"
    case quote = "quotes"
    /// What each detector saw in each window.
    case window = "windows"
    /// Once a second, for people; not a record that a config asks for.
    case status
  }
}

/// A destination. The runtime queues, batches, retries and measures.
///
/// No two calls overlap. `connect` comes first; `deliver` once for each batch, in order, and again with what is left of
/// one that failed; `close` last, also when the others failed. After `close` a sink may be connected again.
public protocol Sink: Plugin {
  /// The kinds that `deliver` understands.
  static var accepts: Set<Record.Kind> { get }

  /// How many records at most it is given at once, whatever the config says: what a crash in the middle may repeat.
  static var batchLimit: Int { get }

  func connect() async throws(DeliveryError)

  /// Returns once the batch is where the sink promises to put it.
  func deliver(_ batch: [Record]) async throws(DeliveryError)

  func close() async

  /// Asks the destination whether it would take records, delivers none, and says in a few words what it answered; nil
  /// where being connected is all there is to know. Called by `arbd doctor`, between `connect` and `close`.
  func inspect() async throws(DeliveryError) -> String?

  /// By what it shares out market data among those who read it elsewhere; nil where it does not.
  var partitionedBy: RecordKey? { get }

  /// What it measures itself, for the metrics. Asked at any time, from any thread.
  var figures: [PluginFigure] { get }
}

extension Sink {
  public static var batchLimit: Int { .max }
  public func inspect() async throws(DeliveryError) -> String? { nil }
  public var partitionedBy: RecordKey? { nil }
  public var figures: [PluginFigure] { [] }
}

/// Something that a source or a sink measures of itself: `kafka_queued_bytes`.
public struct PluginFigure: Sendable, Equatable {
  public let name: String
  public let value: Double

  public init(_ name: String, _ value: Double) {
    self.name = name
    self.value = value
  }
}

/// A sink that shows the run as a whole, by a view of it, and takes no records: nothing waits for it in a queue or in a
/// journal.
package protocol RunObserver: Sink {
  /// False where it cannot show anything, and is a sink like any other.
  var observesRun: Bool { get }
}
