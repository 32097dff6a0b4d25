import Foundation
import Synchronization

@testable import ArbdFramework

/// A sink that keeps what it is given and fails as its script says.
final class ScriptedSink: Sink {
  struct Options: PluginOptions {
    static let fields: [OptionField<Self>] = []
  }

  static let name = "scripted"
  static let summary = "Keeps what it is given."
  static let accepts: Set<Record.Kind> = [.alert, .trade, .quote, .status]

  private struct State {
    var outcomes: [DeliveryError?]
    var calls: [String] = []
    var delivered: [Record] = []
  }

  private let connection: DeliveryError?
  private let state: Mutex<State>

  init(options: Options, context: PluginContext) {
    connection = nil
    state = Mutex(State(outcomes: []))
  }

  /// `outcomes`: how the first deliveries end, nil for well; so do all after them.
  init(connection: DeliveryError? = nil, outcomes: [DeliveryError?] = []) {
    self.connection = connection
    state = Mutex(State(outcomes: outcomes))
  }

  /// `connect`, `deliver`, `close`, in the order in which they were called; a delivery over and over is named once.
  var calls: [String] {
    state.withLock { state in
      state.calls.reduce(into: []) { if $1 != "deliver" || $0.last != $1 { $0.append($1) } }
    }
  }

  var attempts: Int { state.withLock { $0.calls.count { $0 == "deliver" } } }
  var delivered: [Record] { state.withLock { $0.delivered } }

  func connect() async throws(DeliveryError) {
    state.withLock { $0.calls.append("connect") }
    if let connection { throw connection }
  }

  func deliver(_ batch: [Record]) async throws(DeliveryError) {
    let error = state.withLock { state -> DeliveryError? in
      state.calls.append("deliver")
      if !state.outcomes.isEmpty, let error = state.outcomes.removeFirst() { return error }
      state.delivered += batch
      return nil
    }
    if let error { throw error }
  }

  func close() async { state.withLock { $0.calls.append("close") } }
}

extension ScriptedSink {
  /// The prices of the trades in the order in which they came.
  var prices: [Double] {
    delivered.compactMap { if case .trade(let trade, _) = $0 { trade.price.value } else { nil } }
  }

  var reports: [StatusReport] {
    delivered.compactMap { if case .status(let report) = $0 { report } else { nil } }
  }
}

/// A source that does what its closure does.
struct ScriptedSource: Source {
  struct Options: PluginOptions {
    static let fields: [OptionField<Self>] = []
  }

  static let name = "scripted-source"
  static let summary = "Does as its closure says."

  let transactionScope: TransactionScope?
  private let opening: (any Error)?
  private let work: @Sendable (InputLog.Writer) throws -> Void

  init(options: Options, context: PluginContext) { self.init { _ in } }

  init(
    opening: (any Error)? = nil, scope: TransactionScope? = nil,
    _ work: @escaping @Sendable (InputLog.Writer) throws -> Void
  ) {
    self.opening = opening
    transactionScope = scope
    self.work = work
  }

  var provides: [ProvidedMarket]? { nil }
  var pace: InputLog.Pace { .maximum }
  var asksForProgress: Bool { true }
  func open() throws { if let opening { throw opening } }
  func run(_ log: InputLog.Writer) throws { try work(log) }

  /// Trades of BTC-USD at prices 1, 2, 3…, a millisecond apart, in batches.
  static func trades(_ count: Int, batch size: Int = 100) -> ScriptedSource {
    ScriptedSource { log in try append(trades: 1...count, batch: size, log) }
  }

  static func append(trades prices: ClosedRange<Int>, batch size: Int = 100, _ log: InputLog.Writer) throws {
    let market = log.markets.intern(Market(venue: "scripted", instrument: .btc)) ?? MarketID(index: 0)
    var batch = InputBatch()
    for price in prices {
      let time = Timestamp(microseconds: Int64(price) * 1_000)
      batch.append(
        .record(
          .trade(
            Trade(
              market: market, side: .buy, price: quantity("\(price)"), size: quantity("1"),
              id: TradeID(UInt64(price)),
              eventTime: time, receiveTime: time))))
      if batch.events.count == size { batch = try log.append(batch) }
    }
    _ = try log.append(batch)
  }
}
