import Testing

@testable import ArbdFramework

@Suite struct WindowSummaryTests {
  private let markets = MarketTable()

  /// Trades of BTC-USD, `venue price` each, and then the end of the input.
  private func summaries(
    of trades: [(venue: String, price: String)], publishes: Set<Record.Kind> = [.alert, .window],
    _ configure: (inout SpreadOptions) -> Void = { _ in }
  ) throws -> [Record] {
    var options = SpreadOptions()
    options.instrument = .btc
    options.venues = ["a", "b", "c"]
    options.window.size = .seconds(10)
    configure(&options)
    let detector = SpreadDetector(
      options: options, context: PluginContext(logger: silentLogger, name: "btc", markets: markets))
    return try records(of: detector, trades.map { (Market(venue: $0.venue, instrument: .btc), $0.price) }, publishes)
  }

  private func records(
    of detector: any Detector, _ trades: [(market: Market, price: String)], _ publishes: Set<Record.Kind>
  ) throws -> [Record] {
    let log = InputLog(markets: markets)
    var pipeline = Pipeline(
      detectors: [detector], fees: FeeSchedule(takerBasisPoints: ["a": 10]), markets: markets, publishes: publishes,
      logger: silentLogger)
    var decoder = RecordDecoder(markets: markets)
    var batch = InputBatch()
    for (number, trade) in trades.enumerated() {
      let line =
        "{\"venue\":\"\(trade.market.venue)\",\"instrument\":\"\(trade.market.instrument)\",\"price\":\"\(trade.price)\","
        + "\"size\":\"1\",\"side\":\"buy\",\"trade_id\":\"\(number)\",\"event_time_us\":\(1_000_000 + number),"
        + "\"receive_time_us\":\(1_000_000 + number)}"
      batch.append(.record(try decoder.decode(Array(line.utf8).span.bytes)))
    }
    var records: [Record] = []
    pipeline.process(batch, batch.events.indices, log: log, into: &records)
    pipeline.finish(into: &records)
    return records
  }

  private func windows(_ records: [Record]) -> [WindowSummary] {
    records.compactMap { if case .window(let summary) = $0 { summary } else { nil } }
  }

  @Test func aWindowBelowTheThresholdIsSummedUpAllTheSame() throws {
    let records = try summaries(of: [("a", "100"), ("b", "102"), ("a", "102")]) { $0.threshold.absolute = 50 }
    let summary = try #require(windows(records).first)
    #expect(records.count == 1)
    #expect(summary.alerts == 0)
    #expect(summary.windowStart.microseconds == 0 && summary.windowEnd.microseconds == 10_000_000)
    #expect(summary.prices.map(\.records) == [2, 1])
    #expect(summary.prices.map(\.buy) == [101, 102])
    let route = try #require(summary.routes.first)
    #expect(summary.routes.count == 1)
    #expect(route.legs.map(\.market.venue) == ["a", "b"])
    #expect(route.spread == 1)
    #expect(abs(route.grossBasisPoints - 99.0099) < 1e-3)
    #expect(abs(route.netBasisPoints - 88.911) < 1e-3)
  }

  @Test func itFollowsTheAlertsOfItsWindowAndCountsThem() throws {
    let records = try summaries(of: [("a", "100"), ("b", "101"), ("c", "102")]) { $0.emit = .all }
    #expect(records.map(\.kind) == [.alert, .alert, .alert, .window])
    let summary = try #require(windows(records).first)
    #expect(summary.alerts == 3)
    #expect(summary.routes.map(\.netBasisPoints) == summary.routes.map(\.netBasisPoints).sorted(by: >))
    let best = records.compactMap { if case .alert(let alert) = $0 { alert.netBasisPoints } else { nil } }
    #expect(summary.routes.map(\.netBasisPoints) == best)
  }

  @Test func aMarketThatTakesNoPartIsCountedAndHasNoPrice() throws {
    let records = try summaries(of: [("a", "100"), ("a", "100"), ("b", "101")]) { $0.minRecords = 2 }
    let summary = try #require(windows(records).first)
    #expect(summary.prices.map(\.records) == [2, 1])
    #expect(summary.prices.map(\.buy) == [100, nil])
    #expect(summary.routes.isEmpty)
  }

  @Test func nobodyWhoDoesNotAskGetsAny() throws {
    let records = try summaries(of: [("a", "100"), ("b", "101")], publishes: [.alert])
    #expect(records.map(\.kind) == [.alert])
  }

  @Test func noMoreThanTheBestFewRoutesAreKept() throws {
    let records = try summaries(of: (0..<6).map { ("abcdef".map(String.init)[$0], "10\($0)") }) {
      $0.venues = "abcdef".map(String.init)
      $0.emit = .best
    }
    let routes = try #require(windows(records).first).routes
    #expect(routes.count == WindowSummary.routeLimit)
    #expect(routes[0].legs.map(\.market.venue) == ["b", "f"] || routes[0].legs.map(\.market.venue) == ["a", "f"])
    #expect(routes.map(\.netBasisPoints) == routes.map(\.netBasisPoints).sorted(by: >))
  }

  @Test func theBestCyclesAreKeptBelowTheThreshold() throws {
    var options = CycleOptions()
    options.venues = ["a"]
    options.assets = ["USD", "BTC", "ETH"]
    options.window.size = .seconds(10)
    options.threshold.netBasisPoints = 1_000
    let detector = CycleDetector(
      options: options, context: PluginContext(logger: silentLogger, name: "triangles", markets: markets))
    let prices = [("BTC-USD", "100"), ("ETH-USD", "10"), ("ETH-BTC", "0.101")]
    let trades = try prices.map { (Market(venue: "a", instrument: try #require(Instrument($0))), $1) }
    let records = try records(of: detector, trades, [.alert, .window])
    let summary = try #require(windows(records).first)
    #expect(records.count == 1)
    #expect(summary.type == "cycle")
    #expect(summary.routes.count == 2)
    #expect(summary.routes[0].spread == nil)
    #expect(summary.routes[0].legs.map(\.market.instrument.description) == ["ETH-USD", "ETH-BTC", "BTC-USD"])
    #expect(abs(summary.routes[0].grossBasisPoints - 100) < 1e-6)
    #expect(summary.routes[0].netBasisPoints < summary.routes[0].grossBasisPoints)
  }

  @Test func itsLineIsAsDocumented() {
    let btc = Market(venue: "a", instrument: .btc)
    let leg = Alert.Leg(side: .buy, market: btc, price: 100.5, feeBasisPoints: 10)
    let summary = WindowSummary(
      detector: "btc", type: "spread", windowStart: Timestamp(microseconds: 0),
      windowEnd: Timestamp(microseconds: 10_000_000), alerts: 1,
      prices: [
        .init(market: btc, records: 3, buy: 100.5, sell: 100.25),
        .init(market: Market(venue: "b", instrument: .btc), records: 1, buy: nil, sell: nil),
      ], routes: [.init(legs: [leg], spread: 2, grossBasisPoints: 1.5, netBasisPoints: -3)],
      detectedAt: Timestamp(microseconds: 12_000_000))
    var line: [UInt8] = []
    line.append(window: summary)
    #expect(
      String(decoding: line, as: UTF8.self)
        == "{\"detector\":\"btc\",\"type\":\"spread\",\"window_start_us\":0,\"window_end_us\":10000000,\"alerts\":1,"
        + "\"prices\":[{\"venue\":\"a\",\"instrument\":\"BTC-USD\",\"records\":3,\"buy\":100.5,\"sell\":100.25},"
        + "{\"venue\":\"b\",\"instrument\":\"BTC-USD\",\"records\":1,\"buy\":null,\"sell\":null}],"
        + "\"routes\":[{\"legs\":[{\"side\":\"buy\",\"venue\":\"a\",\"instrument\":\"BTC-USD\",\"price\":100.5,"
        + "\"fee_bps\":10}],\"spread\":2,\"gross_bps\":1.5,\"net_bps\":-3}],\"detected_at_us\":12000000}")
  }
}
