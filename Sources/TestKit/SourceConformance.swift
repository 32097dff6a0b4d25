public import ArbdFramework
internal import Logging
internal import Synchronization

/// Runs a source that brings records of its own, such as a program, and holds them against what detectors rely on.
public struct SourceConformance {
  /// How long it runs, where it does not end by itself.
  public var duration = Duration.seconds(10)

  private let source: any Source
  private let name: String
  private let markets: MarketTable

  /// `markets`: those of the context that the source was made with.
  public init(_ source: any Source, name: String, markets: MarketTable) {
    self.source = source
    self.name = name
    self.markets = markets
  }

  public func run() async -> ConformanceReport {
    let collected = CollectingSink()
    let log = Logger(label: "conformance") { _ in SwiftLogNoOpLogHandler() }
    let run = Run(
      inputs: [Run.Input(name: name, source: source)], detectors: [], fees: FeeSchedule(),
      outputs: [Run.Output(name: "kit", kinds: CollectingSink.accepts, sink: collected)], markets: markets, logger: log)
    let limit = Task { [duration] in
      try await Task.sleep(for: duration)
      run.stop()
    }
    let summary = await run.execute()
    limit.cancel()
    return report(collected.records, summary)
  }

  private func report(_ records: [Record], _ summary: RunSummary) -> ConformanceReport {
    var report = ConformanceReport(subject: name)
    let checks: [(String, ([Record], RunSummary) throws(Finding) -> String)] = [
      ("run", checkRun), ("records", checkRecords), ("markets", checkMarkets), ("times", checkTimes),
      ("decimals", checkDecimals), ("quotes", checkQuotes), ("trade ids", checkIDs),
    ]
    for (check, work) in checks {
      let outcome: ConformanceReport.Line.Outcome
      do throws(Finding) {
        outcome = .passed(try work(records, summary))
      } catch {
        outcome = error.isWrong ? .failed(error.text) : .skipped(error.text)
      }
      report.lines.append(ConformanceReport.Line(check: check, outcome: outcome))
    }
    return report
  }

  private func checkRun(_ records: [Record], _ summary: RunSummary) throws(Finding) -> String {
    if let failure = summary.failures.first { throw .wrong(failure) }
    let restarts = summary.sources.first?.counts["restarts"] ?? 0
    guard restarts == 0 else { throw .wrong("it had to be started again \(restarts) times") }
    return summary.end == .finished ? "it ended by itself" : "it ended when it was asked to"
  }

  private func checkRecords(_ records: [Record], _ summary: RunSummary) throws(Finding) -> String {
    let skipped = source.figures.filter { $0.name.hasSuffix("skipped_lines") }.reduce(0) { $0 + $1.value }
    guard skipped == 0 else { throw .wrong("\(Int(skipped)) lines could not be read; arbd run says why") }
    guard !records.isEmpty else { throw .wrong("nothing came") }
    let trades = records.count { $0.kind == .trade }
    return "\(trades) trades, \(records.count - trades) quotes"
  }

  private func checkMarkets(_ records: [Record], _ summary: RunSummary) throws(Finding) -> String {
    guard let provided = source.provides else { throw .unknown("the source does not say which it brings") }
    let asked = Set(provided.map(\.market))
    let found = Set(records.compactMap(\.market))
    if let other = found.subtracting(asked).map({ "\($0)" }).min() {
      throw .wrong("records of \(other), which was not asked for")
    }
    if let silent = asked.subtracting(found).map({ "\($0)" }).min() { throw .wrong("nothing came of \(silent)") }
    return "\(found.count)"
  }

  private func checkTimes(_ records: [Record], _ summary: RunSummary) throws(Finding) -> String {
    var lags = LagCheck()
    for record in records {
      guard let (event, receive) = record.times else { continue }
      do throws(LagCheck.Fault) { try lags.note(event, receive) } catch { throw .wrong(error.text) }
    }
    return try lags.result()
  }

  private func checkDecimals(_ records: [Record], _ summary: RunSummary) throws(Finding) -> String {
    let lost = summary.counts.unpublished
    guard lost == 0 else { throw .wrong("\(lost) records have prices or sizes whose digits cannot be kept") }
    guard !records.isEmpty else { throw .unknown("nothing came") }
    return "all digits are kept"
  }

  private func checkQuotes(_ records: [Record], _ summary: RunSummary) throws(Finding) -> String {
    var count = 0
    for case .quote(let quote, let market) in records {
      count += 1
      if quote.bid.value >= quote.ask.value {
        throw .wrong("\(market): bid \(quote.bid.value), ask \(quote.ask.value)")
      }
    }
    guard count > 0 else { throw .unknown("there were none") }
    return "the bid is below the ask in all of \(count)"
  }

  private func checkIDs(_ records: [Record], _ summary: RunSummary) throws(Finding) -> String {
    var seen: Set<String> = []
    for case .trade(let trade, let market) in records {
      guard seen.insert("\(market) \(trade.id)").inserted else {
        throw .wrong("trade \(trade.id) of \(market) came twice")
      }
    }
    guard !seen.isEmpty else { throw .unknown("there were no trades") }
    return "none comes twice"
  }
}

extension Record {
  fileprivate var market: Market? {
    switch self {
    case .trade(_, let market), .quote(_, let market): market
    default: nil
    }
  }

  fileprivate var times: (event: Timestamp, receive: Timestamp)? {
    switch self {
    case .trade(let trade, _): (trade.eventTime, trade.receiveTime)
    case .quote(let quote, _): (quote.eventTime, quote.receiveTime)
    default: nil
    }
  }
}

/// Keeps what it is given, up to a number that is enough to judge by.
private final class CollectingSink: Sink {
  struct Options: PluginOptions {
    static let fields: [OptionField<Options>] = []
  }

  static let name = "kit"
  static let summary = "Keeps records for the conformance kit."
  static let accepts: Set<Record.Kind> = [.trade, .quote]
  private static let capacity = 1_000_000

  private let kept = Mutex<[Record]>([])

  init() {}
  init(options: Options, context: PluginContext) {}

  var records: [Record] { kept.withLock { $0 } }

  func connect() async throws(DeliveryError) {}

  func deliver(_ batch: [Record]) async throws(DeliveryError) {
    kept.withLock { $0 += batch.prefix(CollectingSink.capacity - $0.count) }
  }

  func close() async {}
}
