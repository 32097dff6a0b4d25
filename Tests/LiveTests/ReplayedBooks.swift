import ArbdAdapters
import ArbdSimulator
import Foundation
import Testing

@testable import ArbdFramework

/// A capture of one venue in a folder of its own, and the order books that a replay of it ends with.
final class BookCapture: Sendable {
  private let folder: URL
  let venue: VenueKind
  let instruments: [Instrument]

  init(_ venue: VenueKind, _ instruments: [Instrument]) throws {
    (self.venue, self.instruments) = (venue, instruments)
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("arbd-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private var path: String { folder.appendingPathComponent("capture.jsonl").path }

  func bytes() throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

  /// Has a source write it.
  func record(_ options: inout LiveOptions) {
    var recording = RecordingOptions()
    recording.path = path
    options.recording = recording
  }

  /// The books of the instruments, in their order, as the last connection left them; nil: not in step.
  func books() throws -> [OrderBook?] {
    let names = instruments.map { "\"\($0)\"" }.joined(separator: ",")
    let adapter = #"{"type":"\#(venue.rawValue)","instruments":[\#(names)],"channels":["book"]}"#
    let text = #"{"sources":[{"type":"replay","path":"\#(path)","format":"capture","adapters":[\#(adapter)]}]}"#
    let registry = try Registry(
      adapters: [
        CoinbaseAdapter.self, CoinbaseAdvancedAdapter.self, BinanceAdapter.self, KrakenAdapter.self, OKXAdapter.self,
        BybitAdapter.self,
      ], sources: [ReplaySource.self])
    let (configuration, diagnostics) = Configuration.load(
      text: Array(text.utf8), fileName: "test.json", environment: [:], registry: registry)
    let item = try #require(configuration?.sources.first, "\(diagnostics)")
    let markets = MarketTable()
    let logger = LogLines().logger
    guard case .source(let source) = try item.make(PluginContext(logger: logger, name: item.name, markets: markets))
    else { throw CancellationError() }
    let log = InputLog(markets: markets)
    try source.open()
    let writer = log.addLane(pace: source.pace)
    Thread.detachNewThread {
      do {
        try source.run(writer)
        log.end(writer)
      } catch {
        log.end(writer, failure: error)
      }
    }
    var pipeline = Pipeline(detectors: [], fees: FeeSchedule(), markets: markets, publishes: [], logger: logger)
    var reader = InputReader(log)
    var records: [Record] = []
    var last: ArbdFramework.ConnectionID?
    reading: while true {
      switch reader.next() {
      case .events(let lane, let range):
        let batch = reader.batch(of: lane)
        for place in range {
          if case .connected(let connection, _) = batch.events[place] { last = connection }
        }
        pipeline.process(batch, range, log: log, into: &records)
        records.removeAll()
      case .attention, .progress, .nothing: continue
      case .ended, .stopped: break reading
      case .failed(let error): throw error
      }
    }
    let link = pipeline.link(try #require(last), log)
    return try instruments.map { instrument in
      link.book(of: try #require(markets.intern(Market(venue: venue.rawValue, instrument: instrument))))
    }
  }
}

extension SimulatedBook {
  /// The best levels as arbd's own book would have them.
  func levels(_ side: BookSide, atMost count: Int, of market: SimulatedMarket) -> [BookLevel] {
    levels(side, atMost: count).map { level in
      BookLevel(
        price: ExactDecimal(mantissa: level.price * market.tick.mantissa, exponent: market.tick.exponent),
        size: ExactDecimal(mantissa: level.size * market.lot.mantissa, exponent: market.lot.exponent))
    }
  }
}
