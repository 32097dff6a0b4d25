@testable import ArbdFramework

/// A pipeline with two connections of the scripted venue, and a detector for each market unless told otherwise: each
/// counts a window when its market's time moves on, and alerts on every window.
final class PipelineRun {
  let markets = MarketTable()
  let log: InputLog
  let first: ConnectionID
  let second: ConnectionID
  private(set) var records: [Record] = []
  private var pipeline: Pipeline
  private let writer: InputLog.Writer

  init(
    detectors: [[Instrument]] = [[.btc], [.eth], [.sol]], idleTimeout: Duration? = nil,
    publishes: Set<Record.Kind> = [.alert, .trade, .quote, .status]
  ) {
    log = InputLog(markets: markets)
    writer = log.addLane(pace: .maximum)
    let adapter = ScriptedAdapter(["BTC-USD", "ETH-USD", "SOL-USD"])
    first = writer.connection("scripted", 0, adapter: adapter)
    second = writer.connection("scripted", 1, adapter: adapter)
    pipeline = Pipeline(
      detectors: detectors.map { EveryWindow(instruments: $0, idleTimeout: idleTimeout) },
      fees: FeeSchedule(),
      markets: markets, publishes: publishes, logger: silentLogger)
  }

  var totals: PipelineCounts { pipeline.counts }
  var venues: [String: VenueCounts] { pipeline.venueCounts }
  /// Of the scripted venue.
  var counts: VenueCounts { venues["scripted"] ?? VenueCounts() }
  /// By detector.
  var windows: [String: UInt64] {
    Dictionary(uniqueKeysWithValues: pipeline.detectorCounts.map { ($0.name, $0.counts.windows) })
  }

  func connection(_ venue: String, _ number: Int, adapter: ScriptedAdapter?) -> ConnectionID {
    writer.connection(venue, number, adapter: adapter)
  }

  /// A batch of its own for what `fill` appends.
  func process(_ fill: (inout InputBatch) -> Void) {
    var batch = InputBatch()
    fill(&batch)
    pipeline.process(batch, batch.events.indices, log: log, into: &records)
  }

  func frame(_ text: String, over connection: ConnectionID? = nil, at time: Int64) {
    let bytes = Array(text.utf8)
    process {
      $0.append(.frame(connection ?? first, $0.store(bytes.span.bytes), at: Timestamp(microseconds: time)))
    }
  }

  func tick(at time: Int64) { process { $0.append(.tick(Timestamp(microseconds: time))) } }

  func response(status: Int, _ text: String, at time: Int64) {
    let bytes = Array(text.utf8)
    process {
      $0.append(
        .response(
          first, request: 7, status: status, body: $0.store(bytes.span.bytes),
          at: Timestamp(microseconds: time)))
    }
  }

  /// `disconnected`, or a state of the connection or of one market.
  func report(_ name: String, over number: Int, market: String? = nil, at time: Int64) {
    let connection = number == 0 ? first : second
    process { batch in
      let (reason, time) = (ByteRange(start: 0, count: 0), Timestamp(microseconds: time))
      guard let state = VenueStatus.State(rawValue: name) else {
        return batch.append(.disconnected(connection, reason: reason, at: time))
      }
      let market = market.flatMap { Instrument($0) }
        .flatMap { markets.intern(Market(venue: "scripted", instrument: $0)) }
      batch.append(.status(connection, market: market, channel: nil, state, reason: reason, at: time))
    }
  }

  func snapshot() -> CoreSnapshot { pipeline.snapshot() }

  func statusReport(elapsed: Duration = .zero, isFinal: Bool = false) -> StatusReport {
    pipeline.statusReport(elapsed: elapsed, isFinal: isFinal)
  }

  /// The alerts of the windows that were still open.
  func finish() -> [Alert] {
    let before = records.count
    pipeline.finish(into: &records)
    return records[before...].compactMap { if case .alert(let alert) = $0 { alert } else { nil } }
  }
}

extension PipelineRun {
  /// Three detectors, each over one market and one that is far ahead, so that a window fires once the market no longer
  /// holds it back. BTC was fed by the first connection, ETH by the second, SOL by the first and then by the second.
  static func withThreeMarkets() -> PipelineRun {
    let run = PipelineRun(detectors: [[.btc, .ahead], [.eth, .ahead], [.sol, .ahead]])
    run.frame("trade BTC-USD 100", at: 1_000_000)
    run.frame("trade ETH-USD 100", over: run.second, at: 1_000_000)
    run.frame("trade SOL-USD 100", at: 1_000_000)
    run.frame("trade SOL-USD 100", over: run.second, at: 1_000_001)
    let third = run.connection("scripted", 2, adapter: ScriptedAdapter(["AHEAD-USD"]))
    run.frame("trade AHEAD-USD 100", over: third, at: 5_000_000)
    return run
  }

  /// Of those three, the markets that no longer hold their window back.
  var withdrawn: [String] {
    windows.filter { $0.value > 0 }.keys.compactMap { $0.split(separator: " ").first.map(String.init) }
      .sorted()
  }
}

extension Instrument {
  static let btc = Instrument(base: "BTC", quote: "USD")
  static let eth = Instrument(base: "ETH", quote: "USD")
  static let sol = Instrument(base: "SOL", quote: "USD")
  static let ahead = Instrument(base: "AHEAD", quote: "USD")
}

/// Alerts on every window of one second, whatever is in it. Named for its instruments.
struct EveryWindow: Detector {
  struct Options: PluginOptions {
    static let fields: [OptionField<Self>] = []
  }

  static let name = "every-window"
  static let summary = "An alert for each window."

  let settings: DetectorSettings
  let instruments: [Instrument]

  init(options: Options, context: PluginContext) { self.init(instruments: [], idleTimeout: nil) }

  init(instruments: [Instrument], idleTimeout: Duration? = nil) {
    var window = WindowOptions()
    window.size = .seconds(1)
    window.outOfOrderness = .zero
    window.idleTimeout = idleTimeout.map { .duration($0) } ?? .never
    settings = DetectorSettings(
      name: instruments.map(\.description).joined(separator: " "), input: .trades, price: .last,
      minRecords: 1,
      window: window)
    self.instruments = instruments
  }

  var venues: [String] { ["scripted"] }
  func isMember(_ market: Market) -> Bool { instruments.contains(market.instrument) }
  func makeEvaluation(fees: FeeSchedule) -> any WindowEvaluation { Evaluation(detector: self) }

  private final class Evaluation: WindowEvaluation {
    private let detector: EveryWindow

    init(detector: EveryWindow) { self.detector = detector }

    func admit(_ market: Market) -> Bool { detector.isMember(market) }

    func evaluate(_ window: FiredWindow, prices: [MemberPrice], into alerts: inout [Alert]) -> Bool {
      alerts.append(
        Alert(
          detector: detector.settings.name, type: EveryWindow.name, windowStart: window.start,
          windowEnd: window.end,
          legs: [], spread: nil, grossBasisPoints: 0, netBasisPoints: 0, detectedAt: window.detectedAt))
      return true
    }
  }
}
