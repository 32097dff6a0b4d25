import Logging
import Synchronization

@testable import ArbdFramework

/// A sink that keeps what it is given.
final class KeptRecords: Sink {
  struct Options: PluginOptions {
    static let fields: [OptionField<Self>] = []
  }

  static let name = "kept"
  static let summary = "Keeps what it is given."
  static let accepts: Set<Record.Kind> = [.alert, .trade, .quote]

  private let state = Mutex<
    (alerts: [Alert], trades: [(trade: Trade, market: Market)], quotes: [(quote: Quote, market: Market)])
  >(([], [], []))

  init(options: Options, context: PluginContext) {}
  init() {}

  var alerts: [Alert] { state.withLock { $0.alerts } }
  func trades(at venue: String) -> [Trade] {
    state.withLock { $0.trades.filter { $0.market.venue == venue }.map(\.trade) }
  }
  func quotes(at venue: String) -> [Quote] {
    state.withLock { $0.quotes.filter { $0.market.venue == venue }.map(\.quote) }
  }
  /// The last one of a market.
  func lastQuote(of market: Market) -> Quote? { state.withLock { $0.quotes.last { $0.market == market }?.quote } }
  /// The event time of the last one.
  func lastTrade(at venue: String) -> Timestamp? {
    state.withLock { $0.trades.last { $0.market.venue == venue }?.trade.eventTime }
  }

  func connect() async throws(DeliveryError) {}
  func close() async {}

  func deliver(_ batch: [Record]) async throws(DeliveryError) {
    state.withLock { state in
      for record in batch {
        switch record {
        case .alert(let alert): state.alerts.append(alert)
        case .trade(let trade, let market): state.trades.append((trade, market))
        case .quote(let quote, let market): state.quotes.append((quote, market))
        case .status, .window: break
        }
      }
    }
  }
}

/// What is logged, line by line.
final class LogLines: Sendable {
  private let lines = Mutex<[String]>([])

  var all: [String] { lines.withLock { $0 } }
  func contains(_ parts: String...) -> Bool { count(parts) > 0 }
  /// The lines that have all parts.
  func count(_ parts: [String]) -> Int {
    lines.withLock { $0.count { line in parts.allSatisfy { line.contains($0) } } }
  }

  var logger: Logger {
    var logger = Logger(label: "live") { _ in Handler(log: self) }
    logger.logLevel = .info
    return logger
  }

  private struct Handler: LogHandler {
    let log: LogLines
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      log.lines.withLock { $0.append("\(event.level): \(event.message)") }
    }
  }
}
