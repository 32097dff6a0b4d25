@_spi(Benchmarks) import ArbdFramework

/// Trade → window → spread: the detection engine, all markets trading at random.
enum EngineBenchmarks {
  /// Few enough to stay in the second-level cache, as a batch of the runtime does.
  private static let count = 4_096

  struct Case {
    let instruments: Int
    let venues: Int
    var input = InputKind.trades
    /// Events a second of market time, so that windows fire in proportion.
    let rate: Int64
    var requiredRate: Double?
  }

  private static let cases = [
    Case(instruments: 1, venues: 2, rate: 1_000),
    Case(instruments: 1, venues: 5, rate: 1_000, requiredRate: 10),
    Case(instruments: 1, venues: 5, input: .quotes, rate: 1_000),
    Case(instruments: 200, venues: 5, rate: 50_000),
    Case(instruments: 2_000, venues: 5, rate: 50_000),
  ]

  static var all: [Benchmark] { cases.flatMap(benchmarks) + [memory] }

  private static func benchmarks(_ item: Case) -> [Benchmark] {
    let instruments = "\(item.instruments) instrument\(item.instruments == 1 ? "" : "s")"
    let group = "\(item.input == .trades ? "trade" : "quote") → spread: \(instruments) × \(item.venues) venues"
    return [
      .passes(group, "bare pass", role: .bare) { sum(item) },
      .passes(group, "engine", isOnEventPath: true, required: item.requiredRate) { engine(item) },
      .passes(group, "core", isOnEventPath: true) { core(item) },
    ]
  }

  /// Reads a field of each event.
  private static func sum(_ item: Case) -> Pass {
    var feed = Feed(item, count: count)
    return Pass(
      operations: count,
      prepare: { feed.renew() },
      run: {
        var sum: Int64 = 0
        for event in feed.events { sum &+= event.receiveTime.microseconds }
        return Int(sum)
      })
  }

  private static func engine(_ item: Case) -> Pass {
    var feed = Feed(item, count: count)
    var engine = DetectionEngine(detectors(of: feed.markets, item.input), fees: fees, markets: feed.markets.table)
    var alerts: [Alert] = []
    settle(item) {
      feed.renew()
      engine.process(feed.events, &alerts)
    }
    return Pass(
      operations: count,
      prepare: { feed.renew() },
      run: {
        engine.process(feed.events, &alerts)
        return alerts.count
      })
  }

  /// The engine as a run has it: the core takes events out of batches of the input log and keeps its counts.
  private static func core(_ item: Case) -> Pass {
    var feed = Feed(item, count: count)
    var core = BenchmarkedCore(
      detectors(of: feed.markets, item.input), fees: fees, log: InputLog(markets: feed.markets.table))
    var batch = InputBatch()
    func renew() {
      feed.renew()
      batch.refill(feed.events)
    }
    settle(item) {
      renew()
      core.process(batch)
    }
    return Pass(
      operations: count,
      prepare: renew,
      run: {
        core.process(batch)
        return batch.events.count
      })
  }

  /// Lets three windows fire, so that all arrays have their size.
  private static func settle(_ item: Case, _ pass: () -> Void) {
    for _ in 0...(Int(item.rate) * 35 / count) { pass() }
  }

  static let fees = FeeSchedule(takerBasisPoints: ["coinbase": 60, "binance": 10])

  /// One for each instrument; windows of 10 s, means. The threshold is out of reach: an alert is no part of the path of
  /// an event.
  private static func detectors(
    of markets: MadeUpMarkets, _ input: InputKind, threshold: Double? = 1e6
  ) -> [any Detector] {
    markets.instruments.map { instrument in
      var options = SpreadOptions()
      options.instrument = instrument
      options.venues = markets.venues
      options.input = input
      options.threshold.netBasisPoints = threshold
      let context = PluginContext(logger: .silent, name: instrument.description, markets: markets.table)
      return SpreadDetector(options: options, context: context)
    }
  }

  // MARK: Memory

  /// What stays in use, alerts raised and thrown away.
  private static var memory: Benchmark {
    Benchmark(group: "memory: 200 instruments × 5 venues", name: "core, resident") { effort in
      ProcessMemory.resetPeak()
      let item = Case(instruments: 200, venues: 5, rate: 50_000)
      var feed = Feed(item, count: InputBatch.usualCount)
      var core = BenchmarkedCore(
        detectors(of: feed.markets, item.input, threshold: nil), fees: fees,
        log: InputLog(markets: feed.markets.table))
      var batch = InputBatch()
      func resident(after events: Double) -> Double {
        while Double(core.counts.events) < events {
          feed.renew()
          batch.refill(feed.events)
          core.process(batch)
        }
        return Double(ProcessMemory.resident) / 1e6
      }
      let events = [10e6 * effort.scale, 100e6 * effort.scale]
      let early = resident(after: events[0])
      let late = resident(after: events[1])
      var measurement = Measurement(nanoseconds: .nan, allocations: .nan, peakMemory: ProcessMemory.peak)
      measurement.note = """
        \(early.text(1)) MB after \((events[0] / 1e6).text(0)) M events, \(late.text(1)) MB after \
        \((events[1] / 1e6).text(0)) M (asked: +5 at most), \(core.counts.alerts) alerts
        """
      if late > early + 5 { measurement.failure = "memory grows by \((late - early).text(1)) MB" }
      return measurement
    }
  }

  /// A buffer of events, renewed for each pass: market time goes on.
  private struct Feed {
    private(set) var events: [MarketEvent] = []
    private var tape: Tape
    private let input: InputKind
    private let count: Int

    init(_ item: Case, count: Int) {
      tape = Tape(MadeUpMarkets(instruments: item.instruments, venues: item.venues), rate: item.rate)
      input = item.input
      self.count = count
      renew()
    }

    var markets: MadeUpMarkets { tape.markets }

    mutating func renew() {
      events.removeAll(keepingCapacity: true)
      for _ in 0..<count {
        events.append(input == .trades ? .trade(tape.nextTrade()) : .quote(tape.nextQuote()))
      }
    }
  }
}

extension InputBatch {
  fileprivate mutating func refill(_ records: [MarketEvent]) {
    removeAll()
    for event in records { append(.record(event)) }
  }
}
