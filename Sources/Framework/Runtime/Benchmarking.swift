// Doors for the package in Benchmarks/: parts of the runtime, each run alone, called the way the runtime calls them. For
// nobody else: `@_spi` keeps them out of the interface.

internal import Logging

extension DetectionEngine {
  @_spi(Benchmarks)
  public init(_ detectors: [any Detector], fees: FeeSchedule, markets: MarketTable) {
    self.init(detectors: detectors.map { $0.makeDetector(fees: fees) }, markets: markets)
  }

  /// Event by event, from inside the module, as the core does.
  @_spi(Benchmarks)
  public mutating func process(_ events: [MarketEvent], _ alerts: inout [Alert]) {
    for event in events { process(event, &alerts) }
  }
}

extension SessionOutput {
  /// Throws away what has been said, as the core does once it has seen to it.
  @_spi(Benchmarks)
  public mutating func clear() {
    removeEvents()
    _ = takeNews()
  }
}

extension FiredWindow {
  @_spi(Benchmarks)
  public init(from start: Timestamp, to end: Timestamp) {
    self.init(start: start, end: end, detectedAt: end)
  }
}

/// A connection's link to its session.
@_spi(Benchmarks)
public struct BenchmarkedLink {
  private let link: SessionLink

  public init(_ adapter: any ExchangeAdapter, markets: MarketTable) {
    link = adapter.makeLink(number: 0, plan: nil, markets: markets)
  }

  /// Gives how many events there were.
  public func receive(_ batch: InputBatch, _ range: Range<Int>) -> Int {
    link.receive(batch, range)
    let count = link.output.events.count
    link.output.removeEvents()
    if link.hasNews { _ = link.takeNews() }
    return count
  }

  /// The answer to the request for a book's snapshot, by the order of the adapter's instruments.
  public func answer(_ snapshot: [UInt8], ofBook place: Int) {
    link.response(-(place << 8) - 1, status: 200, snapshot.span.bytes, at: Timestamp(microseconds: 0))
    link.output.removeEvents()
    _ = link.takeNews()
  }

  /// Every frame could be read, and the books that frames were about are in step.
  public var isSound: Bool {
    let counts = link.counts
    let hasBooks = counts.bookUpdates == 0 || link.markets.allSatisfy { link.book(of: $0) != nil }
    return counts.frames.undecodable == 0 && counts.frames.unknown == 0 && counts.gaps == 0 && hasBooks
  }
}

/// The core of a run with a sink that wants alerts, without its thread; what it publishes is thrown away.
@_spi(Benchmarks)
public struct BenchmarkedCore: ~Copyable {
  private var pipeline: Pipeline
  private let log: InputLog
  private var records: [Record] = []

  public init(_ detectors: [any Detector], fees: FeeSchedule, log: InputLog) {
    self.log = log
    pipeline = Pipeline(
      detectors: detectors, fees: fees, markets: log.markets, publishes: [.alert],
      logger: Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() })
  }

  public mutating func process(_ batch: InputBatch) {
    records.removeAll(keepingCapacity: true)
    pipeline.process(batch, 0..<batch.events.count, log: log, into: &records)
  }

  public var counts: PipelineCounts { pipeline.counts }
}
