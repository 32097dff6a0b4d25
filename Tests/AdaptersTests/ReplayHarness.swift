import ArbdAdapters
import Foundation
import Logging
import Synchronization
import Testing

@testable import ArbdFramework

/// A folder that goes away with its owner.
final class TemporaryFolder: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("arbd-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// Writes a file and gives its path.
  func file(_ name: String, _ content: some DataProtocol) throws -> String {
    try Data(content).write(to: url.appendingPathComponent(name))
    return path(name)
  }

  /// Writes `content` with gzip and gives the path.
  func gzipFile(_ name: String, _ content: some DataProtocol) throws -> String {
    let plain = try file("plain-\(name)", content)
    let gzip = Process()
    gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    gzip.arguments = ["gzip", "--no-name", "--stdout", plain]
    let output = try file(name, Data())
    gzip.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
    try gzip.run()
    gzip.waitUntilExit()
    try #require(gzip.terminationStatus == 0)
    return output
  }
}

/// Replays as a configuration describes them.
struct Replay {
  let sources: [any Source]
  let markets = MarketTable()
  private let logger: Logger

  /// `options`: of each replay, as JSON members besides `type`.
  init(_ options: String...) throws {
    var logger = Logger(label: "tests")
    logger.logLevel = .critical
    self.logger = logger
    let items = options.map { "{\"type\":\"replay\",\($0)}" }.joined(separator: ",")
    let (configuration, diagnostics) = Configuration.load(
      text: Array("{\"sources\":[\(items)]}".utf8), fileName: "test.json", environment: [:],
      registry: try Registry(
        adapters: [
          CoinbaseAdapter.self, CoinbaseAdvancedAdapter.self, BinanceAdapter.self, KrakenAdapter.self, OKXAdapter.self,
          BybitAdapter.self,
        ], sources: [ReplaySource.self]))
    let loaded = try #require(configuration, "\(diagnostics)")
    sources = try loaded.sources.map { [markets] item in
      switch try item.make(PluginContext(logger: logger, name: item.name, markets: markets)) {
      case .source(let source): source
      case .adapter: throw CancellationError()
      }
    }
  }

  /// What the sources put into the log.
  struct Log {
    /// In the order of reading, as text.
    var events: [String] = []
    var failure: String?
    var counts: [[String: UInt64]] = []
  }

  /// Reads the log to its end.
  func log() throws -> Log {
    let log = InputLog(markets: markets)
    for source in sources { try source.open() }
    for source in sources {
      let writer = log.addLane(pace: source.pace)
      Thread.detachNewThread {
        do {
          try source.run(writer)
          log.end(writer)
        } catch {
          log.end(writer, failure: error)
        }
      }
    }
    var reader = InputReader(log)
    var result = Log()
    while true {
      switch reader.next() {
      case .events(let lane, let range):
        let batch = reader.batch(of: lane)
        result.events += range.map { text(batch.events[$0], batch, log) }
      case .attention, .progress, .nothing: continue
      case .ended, .stopped:
        result.counts = log.sourceCounts
        return result
      case .failed(let error):
        result.failure = "\(error)"
        result.counts = log.sourceCounts
        log.stop()
        return result
      }
    }
  }

  /// Runs the sources through sessions, as a configuration without detectors does.
  func run() async -> (records: [String], summary: RunSummary) {
    let sink = CollectingSink()
    let inputs = sources.enumerated().map { Run.Input(name: "replay \($0.offset)", source: $0.element) }
    let run = Run(
      inputs: inputs, detectors: [], fees: FeeSchedule(takerBasisPoints: [:]),
      outputs: [Run.Output(name: "collector", kinds: [.trade, .quote], sink: sink)], markets: markets,
      logger: logger)
    let summary = await run.execute()
    return (sink.lines, summary)
  }

  private func text(_ event: InputEvent, _ batch: InputBatch, _ log: InputLog) -> String {
    func name(_ connection: ConnectionID) -> String {
      let description = log.connection(connection)
      return "\(description.venue)/\(description.number)"
    }
    let time = event.receiveTime.microseconds
    return switch event {
    case .record(.trade(let trade)):
      "\(time) trade \(markets[trade.market]) \(trade.price.exact.map(\.description) ?? "?") \(trade.id)"
    case .record(.quote(let quote)): "\(time) quote \(markets[quote.market])"
    case .record(let other): "\(time) \(other)"
    case .frame(let connection, let content, _): "\(time) frame \(name(connection)) \(batch.text(content))"
    case .binaryFrame(let connection, let count, _): "\(time) binary \(name(connection)) \(count)"
    case .connected(let connection, _): "\(time) connected \(name(connection))"
    case .disconnected(let connection, let reason, _):
      "\(time) disconnected \(name(connection)) \(batch.text(reason))"
    case .status(let connection, let market, let channel, let state, let reason, _):
      "\(time) status \(name(connection)) \(market.map { markets[$0].description } ?? "all") \(channel.map { "\($0.rawValue) " } ?? "")\(state) "
        + batch.text(reason)
    case .response(let connection, let request, let status, let body, _):
      "\(time) response \(name(connection)) \(request) \(status) \(batch.text(body))"
    case .tick: "\(time) tick"
    case .alert, .released, .resumed, .rebuilt: "\(time) \(event)"
    }
  }
}

/// Keeps what it is given, as record lines.
final class CollectingSink: Sink {
  struct Options: PluginOptions {
    static let fields: [OptionField<Self>] = []
  }

  static let name = "collector"
  static let summary = "Keeps records for a test."
  static let accepts: Set<Record.Kind> = [.alert, .trade, .quote]

  private let collected = Mutex<[String]>([])

  init() {}
  init(options: Options, context: PluginContext) {}

  var lines: [String] { collected.withLock { $0 } }

  func connect() async throws(DeliveryError) {}

  func deliver(_ batch: [Record]) async throws(DeliveryError) {
    let new = batch.map { record in
      var line: [UInt8] = []
      switch record {
      case .alert(let alert): line.append(alert: alert)
      case .trade(let trade, let market): line.append(trade: trade, at: market)
      case .quote(let quote, let market): line.append(quote: quote, at: market)
      case .status, .window: break
      }
      return String(decoding: line, as: UTF8.self)
    }
    collected.withLock { $0 += new }
  }

  func close() async {}
}
