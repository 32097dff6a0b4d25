import ArbdAdapters
import ArbdSimulator
import ArbdTransport
import Foundation
import Testing

@testable import ArbdFramework

/// A run over loopback sockets against venues that the same process simulates, watched while it goes on.
///
/// All trials see the same market: the same seed, and a clock that begins anew for each, on the wire as in the run. So what
/// two of them find in the same windows can be compared.
final class LiveTrial: Sendable {
  let simulator: Simulator
  let log = LogLines()
  let records = KeptRecords()
  private let run: Run
  private let running: Task<RunSummary, Never>

  /// How long a test waits for anything before it fails.
  static let patience = Duration.seconds(120)
  static let start = Timestamp(microseconds: 1_700_000_000_000_000)

  /// `venues`: what is simulated and listened to, by `channels`; alerts come of trades.
  init(
    _ faults: [String] = [], venues: [(kind: VenueKind, instruments: [Instrument])] = LiveTrial.instruments,
    channels: [Channel] = [.trades], rates: MarketModel.Rates = .init(trades: 40, quotes: 0),
    policy: ConnectionPolicy.Change = { _ in },
    simulation: (inout SimulatorOptions) -> Void = { _ in }, source: (inout LiveOptions) -> Void = { _ in }
  ) throws {
    var options = SimulatorOptions()
    options.startTime = LiveTrial.start
    options.rates = rates
    // Who listens to no books needs no deep ones.
    options.bookDepth = channels.contains(.book) ? MarketModel.usualDepth : 5
    options.venues = venues.map { SimulatorOptions.Venue($0.kind, instruments: $0.instruments) }
    options.faults = try faults.map { try ScheduledFault("0ms " + $0) }
    simulation(&options)
    simulator = try Simulator(options)
    let began = ContinuousClock.now
    let clock = ReceiveClock {
      Timestamp(microseconds: LiveTrial.start.microseconds + Int64((ContinuousClock.now - began) / .microseconds(1)))
    }
    let endpoints = try simulator.start()
    let asked = endpoints.all.map { endpoint in
      var data = MarketDataOptions()
      data.instruments = venues.first { $0.kind == endpoint.venue }?.instruments ?? []
      data.channels = channels
      return (endpoint, data)
    }
    run = try LiveTrial.makeRun(asked, clock, records, log, policy, source)
    running = Task { [run] in await run.execute() }
  }

  deinit {
    run.stop()
    simulator.stop()
  }

  static let instruments: [(kind: VenueKind, instruments: [Instrument])] = [
    (.coinbase, [Instrument(base: "BTC", quote: "USD"), Instrument(base: "ETH", quote: "USD")]),
    (.binance, [Instrument(base: "BTC", quote: "USDT"), Instrument(base: "ETH", quote: "USDT")]),
  ]

  private static func makeRun(
    _ venues: [(SimulatorEndpoints.Endpoint, MarketDataOptions)], _ clock: ReceiveClock, _ records: KeptRecords,
    _ log: LogLines,
    _ policy: ConnectionPolicy.Change, _ adjust: (inout LiveOptions) -> Void
  ) throws -> Run {
    let markets = MarketTable()
    func context(_ name: String) -> PluginContext { PluginContext(logger: log.logger, name: name, markets: markets) }
    let sources = try venues.map { endpoint, options in
      let name = endpoint.venue.rawValue
      let adapter = try endpoint.venue.adapter(options, context(name))
      var live = LiveOptions()
      live.endpoint = endpoint.webSocketURL
      adjust(&live)
      var source = LiveSource(name: name, adapter: adapter, options: live)
      policy(&source.policy)
      return source
    }
    let means = LiveMeans(now: clock.stamp, attempts: nil) { try NetworkLoop(now: clock.stamp) }
    return Run(
      inputs: [], live: Run.LiveInput(sources: sources, means: means),
      detectors: [SpreadDetector(options: detector(venues.map { $0.0.venue.rawValue }), context: context("btc"))],
      fees: FeeSchedule(),
      outputs: [Run.Output(name: "kept", kinds: KeptRecords.accepts, sink: records)], markets: markets,
      logger: log.logger)
  }

  /// An alert for every window, at the last price, on which the order of arrival has no influence.
  private static func detector(_ venues: [String]) -> SpreadOptions {
    var options = SpreadOptions()
    options.instrument = Instrument(base: "BTC", quote: "USD")
    options.venues = venues
    options.treatAsEqual = [["USD", "USDT"]]
    options.price = .last
    options.window.size = .milliseconds(250)
    options.window.outOfOrderness = .milliseconds(500)
    options.window.idleTimeout = .never
    return options
  }

  // MARK: While it goes on

  func inject(_ fault: String) throws { simulator.inject(try Fault(fault)) }

  /// Waits for a condition, with a deadline.
  func wait(_ what: String, until isTrue: () -> Bool) async throws {
    let deadline = ContinuousClock.now + LiveTrial.patience
    while !isTrue() {
      guard ContinuousClock.now < deadline else {
        Issue.record("waited \(LiveTrial.patience) for \(what); logged: \(log.all.joined(separator: "\n"))")
        throw CancellationError()
      }
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  /// Until the log has a line with all these parts, `count` times.
  func waitForLog(_ parts: String..., count: Int = 1) async throws {
    try await wait("\(parts)") { log.count(parts) >= count }
  }

  /// Until there is a trade of the venue behind `time`; gives it.
  func waitForTrade(at venue: String, after time: Timestamp) async throws -> Timestamp {
    try await wait("a trade at \(venue)") { (records.lastTrade(at: venue) ?? time) > time }
    return try #require(records.trades(at: venue).first { $0.eventTime > time }?.eventTime)
  }

  /// Until there are alerts on windows that began from now on.
  func waitForAlerts(_ count: Int = 3) async throws {
    let now = ["coinbase", "binance"].compactMap { records.lastTrade(at: $0) }.max() ?? LiveTrial.start
    try await wait("alerts") { records.alerts.count { $0.windowStart > now } >= count }
  }

  /// Until nothing happens in the venue's markets any more and the last best bids and asks have arrived; gives the books
  /// as they then are.
  func waitForHalt(_ venue: VenueKind, _ instruments: [Instrument]) async throws -> [SimulatedBook] {
    try inject("\(venue.rawValue) halt 1h")
    var books: [SimulatedBook] = []
    for instrument in instruments {
      let book = try #require(await simulator.book(venue, instrument))
      let market = Market(venue: venue.rawValue, instrument: instrument)
      try await wait("the last quote of \(market)") {
        records.lastQuote(of: market).map {
          LiveTrial.isTop($0, of: book, SimulatedMarket(venue: venue, instrument: instrument))
        } ?? false
      }
      books.append(book)
    }
    return books
  }

  private static func isTop(_ quote: Quote, of book: SimulatedBook, _ market: SimulatedMarket) -> Bool {
    guard let top = book.top else { return false }
    func has(_ quantity: Quantity, _ count: Int64, _ unit: ExactDecimal) -> Bool {
      quantity.exact == ExactDecimal(mantissa: count * unit.mantissa, exponent: unit.exponent)
    }
    return has(quote.bid, top.bid, market.tick) && has(quote.bidSize, top.bidSize, market.lot)
      && has(quote.ask, top.ask, market.tick) && has(quote.askSize, top.askSize, market.lot)
  }

  /// Ends it, and gives what it found until then and what it counted.
  func end() async -> (findings: Findings, summary: RunSummary) {
    let findings = Findings(records)
    run.stop()
    let summary = await running.value
    simulator.stop()
    return (findings, summary)
  }
}

extension VenueKind {
  /// arbd's own adapter for the venue.
  func adapter(_ options: MarketDataOptions, _ context: PluginContext) throws -> any ExchangeAdapter {
    switch self {
    case .coinbase: try CoinbaseAdapter(options: CoinbaseAdapter.Options(data: options), context: context)
    case .coinbaseAdvanced: try CoinbaseAdvancedAdapter(options: options, context: context)
    case .binance: try BinanceAdapter(options: BinanceAdapter.Options(data: options), context: context)
    case .kraken: try KrakenAdapter(options: options, context: context)
    case .okx: try OKXAdapter(options: options, context: context)
    case .bybit: try BybitAdapter(options: options, context: context)
    }
  }
}

extension ConnectionPolicy {
  typealias Change = @Sendable (inout ConnectionPolicy) -> Void

  /// Everything that usually takes its time.
  static let short: Change = { policy in
    policy.sweepInterval = .milliseconds(50)
    policy.acknowledgementTimeout = .milliseconds(600)
    policy.backoffBase = .milliseconds(100)
    policy.backoffCap = .milliseconds(400)
    policy.livedAfter = .seconds(1)
    policy.remedyBase = .milliseconds(300)
    policy.remedyCap = .seconds(1)
    policy.overlapTimeout = .seconds(2)
    policy.keepalive = .ping(every: .milliseconds(300))
  }

  /// What was lost is soon asked for again, but a machine with other things to do is not taken for a dead venue.
  static let patient: Change = { policy in
    let keepalive = policy.keepalive
    short(&policy)
    policy.acknowledgementTimeout = .seconds(10)
    policy.keepalive = keepalive
  }

  /// The same as `short`, and streams are stale soon.
  static let shortAndStale: Change = { policy in
    short(&policy)
    policy.staleAfter = StaleLimits(trades: .milliseconds(500), quotes: .milliseconds(500))
    // Longer than what is between two heartbeats of Coinbase.
    policy.keepalive = .ping(every: .milliseconds(700))
  }
}

/// The alerts of the windows that a trial saw from begin to end.
struct Findings {
  /// By the window's start: everything but when it was noticed.
  private let byWindow: [Int64: String]
  private let first: Int64
  private let last: Int64

  init(_ records: KeptRecords) {
    let alerts = records.alerts
    byWindow = Dictionary(
      alerts.map { alert in
        let legs = alert.legs.map { "\($0.side) \($0.market) \($0.price)" }
        return (alert.windowStart.microseconds, "\(alert.id) \(legs) \(alert.netBasisPoints)")
      }, uniquingKeysWith: { "\($0), \($1)" })
    let begin = ["coinbase", "binance"].compactMap { records.trades(at: $0).first?.eventTime.microseconds }.max()
    first = (begin ?? .max - 1_000_000) + 250_000
    last = alerts.last?.windowStart.microseconds ?? 0
  }

  /// The windows that both saw, but for those that overlap with `gap`, and the ones among them on which they differ.
  func compared(
    with other: Findings, except gap: ClosedRange<Timestamp>? = nil
  ) -> (windows: [Int64], different: [Int64]) {
    let range = max(first, other.first)...max(first, other.first, min(last, other.last))
    let windows = Set(byWindow.keys).union(other.byWindow.keys).filter { start in
      let isInGap = gap.map { start <= $0.upperBound.microseconds && start + 250_000 >= $0.lowerBound.microseconds }
      return range.contains(start) && isInGap != true
    }.sorted()
    return (windows, windows.filter { byWindow[$0] != other.byWindow[$0] })
  }
}

/// The market without a fault, for comparison: found once, while the trials go on.
enum Reference {
  private static let task = Task {
    let trial = try LiveTrial()
    try await trial.wait("the end of the reference") {
      (trial.records.alerts.last?.windowStart ?? LiveTrial.start).microseconds >= 1_700_000_007_000_000
    }
    return await trial.end().findings
  }

  static var findings: Findings { get async throws { try await task.value } }
}
