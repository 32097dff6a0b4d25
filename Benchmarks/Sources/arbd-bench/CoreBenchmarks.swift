import ArbdAdapters
@_spi(Benchmarks) import ArbdFramework

/// Frame → event → window → spread: the core of a run over the frames of two venues, one by one in turn, which is the
/// least that it can take together.
enum CoreBenchmarks {
  private static let count = 2 * InputBatch.usualCount

  static var all: [Benchmark] {
    [
      .passes(
        "frame → spread: Coinbase and Binance in turn", "core", unit: "frame", isOnEventPath: true
      ) {
        try pass()
      }
    ]
  }

  private static func pass() throws -> Pass {
    let log = InputLog(markets: MarketTable())
    var options = MarketDataOptions()
    options.instruments = FrameTape.instruments
    let context = PluginContext(logger: .silent, name: "bench", markets: log.markets)
    let writer = log.addLane(pace: .maximum)
    let connections = [
      writer.connection("coinbase", 0, adapter: try CoinbaseAdapter(options: .init(data: options), context: context)),
      writer.connection("binance", 0, adapter: try BinanceAdapter(options: .init(data: options), context: context)),
    ]
    var core = BenchmarkedCore(detectors(context), fees: EngineBenchmarks.fees, log: log)
    var tapes = [FrameTape(.coinbaseMatch), FrameTape(.binanceStreamTrade)]
    var time = FrameTape.start
    var batch = InputBatch()
    func renew() {
      batch.removeAll()
      for number in 0..<count {
        time += 1_000
        let frame = Array(tapes[number & 1].next(at: time).utf8)
        let stored = batch.store(frame.span.bytes)
        batch.append(.frame(connections[number & 1], stored, at: Timestamp(microseconds: time + 20_000)))
      }
    }
    // Three windows, so that all arrays have their size.
    while time < FrameTape.start + 35_000_000 {
      renew()
      core.process(batch)
    }
    return Pass(
      operations: count,
      prepare: renew,
      run: {
        core.process(batch)
        return Int(core.counts.trades)
      })
  }

  private static func detectors(_ context: PluginContext) -> [any Detector] {
    FrameTape.instruments.map { instrument in
      var options = SpreadOptions()
      options.instrument = instrument
      options.venues = ["coinbase", "binance"]
      options.threshold.netBasisPoints = 1e6
      return SpreadDetector(options: options, context: context)
    }
  }
}
