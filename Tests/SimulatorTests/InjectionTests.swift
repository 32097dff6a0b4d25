import ArbdFramework
import ArbdSimulator
import Testing

@Suite struct InjectionTests {
  private static let second: Int64 = 1_000_000

  /// Trade prices as doubles, by market and whole second since the start.
  private static func prices(_ markets: [SimulatedMarket], _ injections: [Injection]) -> [String: [Int64: [Double]]] {
    var prices: [String: [Int64: [Double]]] = [:]
    for event in MarketModelTests.events(markets, seconds: 20, volatility: 0, injections: injections) {
      guard case .trade(let trade) = event else { continue }
      let market = markets[trade.market]
      let time = (trade.time.microseconds - MarketModelTests.start.microseconds) / second
      prices[market.description, default: [:]][time, default: []].append(
        Double(trade.price) * market.tick.doubleValue)
    }
    return prices
  }

  @Test func aSpreadIsInTheTrades() throws {
    let markets = MarketModelTests.defaultMarkets()
    let prices = Self.prices(markets, [try Injection("5s spread BTC coinbase binance 80bps 5s")])
    for time in Int64(0)..<20 {
      let expected: Double = (5..<10).contains(time) ? 80 : 0
      let sell = try #require(prices["coinbase BTC-USD"]?[time]?.first)
      let buy = try #require(prices["binance BTC-USDT"]?[time]?.first)
      // Each prints at its bid or ask, half a quarter of a basis point from the middle, or a tick.
      #expect(abs((sell / buy - 1) * 1e4 - expected) < 0.6, "at \(time) s")
    }
  }

  @Test func aSpreadLeavesTrianglesClosed() throws {
    let prices = Self.prices(
      MarketModelTests.defaultMarkets(), [try Injection("0s spread BTC coinbase binance 80bps 20s")])
    for time in Int64(1)..<20 {
      let btc = try #require(prices["binance BTC-USDT"]?[time]?.first)
      let eth = try #require(prices["binance ETH-USDT"]?[time]?.first)
      let cross = try #require(prices["binance ETH-BTC"]?[time]?.first)
      #expect(abs(btc * cross / eth - 1) * 1e4 < 1.5)
    }
  }

  @Test func aTriangleIsInTheTrades() throws {
    let prices = Self.prices(
      MarketModelTests.defaultMarkets(), [try Injection("5s triangle binance ETH-BTC -40bps 5s")])
    for time in Int64(0)..<20 {
      let btc = try #require(prices["binance BTC-USDT"]?[time]?.first)
      let eth = try #require(prices["binance ETH-USDT"]?[time]?.first)
      let cross = try #require(prices["binance ETH-BTC"]?[time]?.first)
      let expected: Double = (5..<10).contains(time) ? -40 : 0
      #expect(abs((btc * cross / eth - 1) * 1e4 - expected) < 1.5, "at \(time) s")
    }
  }

  @Test func aReportNamesWhatWillShow() throws {
    let markets = MarketModelTests.defaultMarkets()
    let spread = InjectionReport(try Injection("5s spread ETH binance coinbase 50bps 5s"), markets)
    #expect(spread.pairs.map(\.sell.description) == ["binance ETH-USDT"])
    #expect(spread.pairs.map(\.buy.description) == ["coinbase ETH-USD"])
    #expect(spread.pairs.allSatisfy { abs($0.bps - 50) < 1e-9 && abs($0.quoteSize - 15) < 1e-9 })
    let triangle = InjectionReport(try Injection("20s triangle binance ETH-BTC 40bps 5s"), markets)
    #expect(
      String(decoding: triangle.line(start: Timestamp(microseconds: 1_000_000)), as: UTF8.self)
        == #"{"injection":"triangle","start_us":21000000,"end_us":26000000,"bps":40,"venue":"binance","#
        + #""instrument":"ETH-BTC","cycle":["USDT","ETH","BTC"],"pairs":[]}"# + "\n")
  }

  @Test func aPeriodicScheduleTakesAllInTurnAndMixesWithOthers() throws {
    let markets = MarketModelTests.defaultMarkets()
    var schedule = InjectionSchedule(
      [try Injection("15s spread BTC coinbase binance 80bps 5s")],
      every: .init(interval: .seconds(10), duration: .seconds(3), bps: 60), markets: markets, seed: 1)
    let taken = (0..<7).compactMap { _ in schedule.next() }
    #expect(taken.map { $0.start / 1_000_000_000 } == [10, 15, 20, 30, 40, 50, 60])
    let kinds = taken.filter { $0.bps == 60 }.map(\.kind)
    // BTC and ETH in both directions, and one triangle; then the first again.
    #expect(Set(kinds.prefix(5).map { "\($0)" }).count == 5)
    #expect(kinds[5] == kinds[0])
  }

  @Test(arguments: [
    ("", "neither"), ("10s spread BTC coinbase 80bps 5s", "neither"),
    ("10 spread BTC coinbase binance 80 5s", "duration"),
    ("10s spread BTC coinbase mtgox 80 5s", "mtgox"), ("10s spread BTC coinbase coinbase 80 5s", "two venues"),
    ("10s spread BTC coinbase binance -80 5s", "swap"), ("10s spread BTC coinbase binance many 5s", "basis points"),
    ("10s triangle binance ETHBTC 40 5s", "ETHBTC"),
  ])
  func mistakesAreNamed(text: String, part: String) {
    let error = #expect(throws: ScenarioError.self) { try Injection(text) }
    #expect(error?.description.contains(part) == true)
  }

  @Test func aScenarioFileHoldsBoth() throws {
    let text = #"{"injections":["10s spread BTC coinbase binance 80 5s"],"faults":["30s coinbase stall 5s"]}"#
    let scenario = try Scenario(json: Array(text.utf8))
    #expect(scenario.injections.count == 1)
    #expect(scenario.faults == [ScheduledFault(at: .seconds(30), Fault(.coinbase, .stall(.seconds(5))))])
    #expect(throws: ScenarioError.self) { try Scenario(json: Array(#"{"fault":[]}"#.utf8)) }
  }
}
