@_spi(Benchmarks) import ArbdFramework

/// Fired window → alerts: what a detector computes once for each window.
enum WindowBenchmarks {
  static var all: [Benchmark] {
    [
      spread("spread: 5 venues", "no alert", threshold: 1e6),
      spread("spread: 5 venues", "an alert each", threshold: nil),
      cycles("cycles: 20 assets, 3 legs", assets: 20, legs: 3),
      cycles("cycles: 200 assets, 3 legs", assets: 200, legs: 3),
      cycles("cycles: 100 assets, 4 legs", assets: 100, legs: 4),
    ]
  }

  /// Windows in one pass.
  private static let count = 64

  private static func spread(_ group: String, _ name: String, threshold: Double?) -> Benchmark {
    .passes("fired window → \(group)", name, unit: "window") {
      let markets = MadeUpMarkets(instruments: 1, venues: 5)
      var options = SpreadOptions()
      options.instrument = markets.instruments[0]
      options.venues = markets.venues
      options.threshold.netBasisPoints = threshold
      let context = PluginContext(logger: .silent, name: "spread", markets: markets.table)
      let evaluation = SpreadDetector(options: options, context: context).makeEvaluation(fees: FeeSchedule())
      return pass(evaluation, (0..<5).map(markets.market)) { 60_000 + Double($0.venue.count) }
    }
  }

  /// A market for each asset against USDT and BTC, for every fourth against ETH too: sparse, as a venue's list is.
  private static func cycles(_ group: String, assets count: Int, legs: Int) -> Benchmark {
    Benchmark(group: "fired window → \(group)", name: "no alert", unit: "window") { effort in
      let graph = Graph(assets: count)
      var measurement = effort.measure(pass(graph.evaluation(legs: legs, threshold: 1e6), graph.markets, graph.price))
      // Without a threshold every cycle that there is makes an alert.
      var alerts: [Alert] = []
      let all = graph.evaluation(legs: legs, threshold: nil)
      for market in graph.markets { _ = all.admit(market) }
      _ = all.evaluate(window, prices: prices(graph.markets, graph.price), into: &alerts)
      let each = measurement.nanoseconds / Double(alerts.count)
      measurement.note = "\(alerts.count) cycles, \(each.text(1)) ns each"
      return measurement
    }
  }

  private static let window = FiredWindow(
    from: Timestamp(microseconds: 1_767_225_600_000_000), to: Timestamp(microseconds: 1_767_225_610_000_000))

  private static func prices(_ markets: [Market], _ price: (Market) -> Double) -> [MemberPrice] {
    var numbers = MadeUpNumbers(seed: 3)
    return markets.map { market in
      let middle = price(market) * (1 + Double(numbers.below(100)) / 1e6)
      return MemberPrice(buy: middle, sell: middle)
    }
  }

  private static func pass(
    _ evaluation: any WindowEvaluation, _ markets: [Market], _ price: (Market) -> Double
  ) -> Pass {
    for market in markets { _ = evaluation.admit(market) }
    let prices = prices(markets, price)
    var alerts: [Alert] = []
    return Pass(operations: count) {
      for _ in 0..<count {
        alerts.removeAll(keepingCapacity: true)
        _ = evaluation.evaluate(window, prices: prices, into: &alerts)
      }
      return alerts.count
    }
  }

  /// The assets of one venue.
  private struct Graph {
    let assets: [String]
    let markets: [Market]
    private let values: [String: Double]

    init(assets count: Int) {
      let coins = (0..<(count - 1)).map(MadeUpMarkets.asset)
      assets = ["USDT"] + coins
      var values = ["USDT": 1.0]
      for (number, coin) in coins.enumerated() { values[coin] = 60_000 / Double(1 + number * 7) }
      self.values = values
      var markets: [Market] = []
      func add(_ base: String, _ quote: String) {
        markets.append(Market(venue: "binance", instrument: Instrument(base: base, quote: quote)))
      }
      for (number, coin) in coins.enumerated() {
        add(coin, "USDT")
        if coin != "BTC" { add(coin, "BTC") }
        if number > 2, number % 4 == 0 { add(coin, "ETH") }
      }
      self.markets = markets
    }

    func price(_ market: Market) -> Double {
      (values[market.instrument.base] ?? 1) / (values[market.instrument.quote] ?? 1)
    }

    func evaluation(legs: Int, threshold: Double?) -> any WindowEvaluation {
      var options = CycleOptions()
      options.venues = ["binance"]
      options.assets = assets
      options.maxLegs = legs
      options.threshold.netBasisPoints = threshold
      let context = PluginContext(logger: .silent, name: "cycles", markets: MarketTable())
      return CycleDetector(options: options, context: context)
        .makeEvaluation(fees: FeeSchedule(takerBasisPoints: ["binance": 10]))
    }
  }
}
