import Logging

@testable import ArbdFramework

/// Live connections to the tiny venue over a scripted network.
final class LiveScript {
  let time = ManualTime()
  let network: ScriptedNetwork
  let markets = MarketTable()
  private let log: InputLog
  private let feeds: LiveFeeds
  private var pipeline: Pipeline
  private(set) var records: [Record] = []

  init(
    _ instruments: [String] = ["BTC-USD"], recording: RecordingOptions? = nil, lists: InstrumentService? = nil,
    logger: Logger = silentLogger,
    adapter: (MarketDataOptions, PluginContext) throws -> any ExchangeAdapter = {
      try TinyAdapter(options: $0, context: $1)
    }
  ) throws {
    network = ScriptedNetwork(time)
    log = InputLog(markets: markets)
    var options = MarketDataOptions()
    options.instruments = instruments.compactMap { Instrument($0) }
    let context = PluginContext(logger: silentLogger, name: "tiny", markets: markets)
    var live = LiveOptions()
    live.recording = recording
    let source = LiveSource(
      name: "tiny", adapter: try adapter(options, context), options: live)
    let clock = LiveClock(elapsed: { [time] in time.now }, now: { [time] in time.stamp })
    feeds = LiveFeeds(
      [source], network, log, clock, try LiveTape([source], logger: silentLogger), limits: nil,
      instruments: lists, logger: silentLogger)
    pipeline = Pipeline(
      detectors: [LiveScript.detector], fees: FeeSchedule(), markets: markets,
      publishes: [.trade, .alert], logger: logger)
    feeds.start()
  }

  /// What the venue lists, as the run finds it at its start.
  func begin(with list: InstrumentList) { feeds.begin(with: [list]) }

  /// The slots of the first connection.
  let first = ConnectionID(index: 0)
  let second = ConnectionID(index: 1)

  static let detector = EveryTinyWindow()

  func turn(_ count: Int = 1) {
    for _ in 0..<count { feeds.turn(atMost: .seconds(3_600), &pipeline, &records) }
  }

  func turn(atMost longest: Duration) { feeds.turn(atMost: longest, &pipeline, &records) }

  /// Until so much time has passed.
  func pass(_ duration: Duration) {
    let end = time.now + duration
    while time.now < end { feeds.turn(atMost: end - time.now, &pipeline, &records) }
  }

  func trade(_ id: Int, price: String = "100", over connection: ConnectionID? = nil) {
    let milliseconds = time.stamp.microseconds / 1_000
    network.brings(
      #"{"sym":"BTC/USD","px":"\#(price)","qty":"1","buy":true,"id":"\#(id)","ms":\#(milliseconds)}"#,
      over: connection ?? first)
    turn()
  }

  func stop() { feeds.stop(within: .seconds(1), &pipeline, &records) }

  var latency: LatencyHistogram {
    var snapshot = CoreSnapshot()
    feeds.add(to: &snapshot)
    return snapshot.detectionLatency
  }

  var openWindows: Int { pipeline.openWindows }
  var counts: VenueCounts { pipeline.venueCounts["tiny"] ?? VenueCounts() }
  var trades: [String] {
    records.compactMap { if case .trade(let trade, _) = $0 { trade.id.description } else { nil } }
  }
  var alerts: [Alert] { records.compactMap { if case .alert(let alert) = $0 { alert } else { nil } } }
}

/// Alerts on every second of the tiny venue.
struct EveryTinyWindow: Detector {
  typealias Options = EveryWindow.Options
  static let name = "every-tiny-window"
  static let summary = "An alert for each window."

  let settings: DetectorSettings

  init(options: Options, context: PluginContext) { self.init() }

  init() {
    var window = WindowOptions()
    window.size = .seconds(1)
    window.outOfOrderness = .zero
    settings = DetectorSettings(name: "tiny", input: .trades, price: .last, minRecords: 1, window: window)
  }

  var venues: [String] { ["tiny"] }
  func isMember(_ market: Market) -> Bool { true }
  func makeEvaluation(fees: FeeSchedule) -> any WindowEvaluation {
    EveryWindow(instruments: [.btc, Instrument(base: "ETH", quote: "USD")]).makeEvaluation(fees: fees)
  }
}
