import ArbdFramework
import ArbdSimulator
import Testing

@Suite struct MarketModelTests {
  static let start = Timestamp(microseconds: 1_800_000_000_000_000)

  /// Everything in the first `seconds`.
  static func events(
    _ markets: [SimulatedMarket], seconds: Int64, seed: UInt64 = 1, rate: Double = 20, volatility: Double = 1,
    injections: [Injection] = [], step: Int64? = nil
  ) -> [SimulatedEvent] {
    var model = MarketModel(
      markets: markets, start: start, seed: seed, rates: .init(trades: rate, quotes: rate), volatility: volatility,
      schedule: InjectionSchedule(injections, every: nil, markets: markets, seed: seed))
    var events: [SimulatedEvent] = []
    let end = seconds * 1_000_000_000
    for time in stride(from: step ?? end, through: end, by: Int(step ?? end)) {
      while !model.advance(to: Int64(time), limit: 100, into: &events) {}
    }
    return events
  }

  static func market(_ venue: VenueKind, _ instrument: String) throws -> SimulatedMarket {
    SimulatedMarket(venue: venue, instrument: try #require(Instrument(instrument)))
  }

  /// Those of two venues: two of Coinbase, three of Binance.
  static func defaultMarkets() -> [SimulatedMarket] {
    SimulatorOptions().markets.filter { $0.venue == .coinbase || $0.venue == .binance }
  }

  @Test func theSameSeedGivesTheSameEventsHoweverTimeIsCut() {
    let whole = Self.events(Self.defaultMarkets(), seconds: 20)
    #expect(whole.count > 1_000)
    #expect(Self.events(Self.defaultMarkets(), seconds: 20, step: 1_000_000) == whole)
    #expect(Self.events(Self.defaultMarkets(), seconds: 20, seed: 2) != whole)
  }

  @Test func eventsComeInOrderWithConsecutiveTradeIDs() {
    var lastTime = Self.start
    var lastIDs: [Int: Int64] = [:]
    var lastSequences: [Int: Int64] = [:]
    var lastUpdates: [Int: Int64] = [:]
    for event in Self.events(Self.defaultMarkets(), seconds: 30) {
      switch event {
      case .trade(let trade):
        #expect(trade.time >= lastTime)
        lastTime = trade.time
        if let last = lastIDs[trade.market] { #expect(trade.tradeID == last + 1) }
        if let last = lastSequences[trade.market] { #expect(trade.sequence > last) }
        lastIDs[trade.market] = trade.tradeID
        lastSequences[trade.market] = trade.sequence
        #expect(trade.size > 0)
        #expect(trade.price == (trade.takerBuys ? trade.top.ask : trade.top.bid))
      case .quote(let quote):
        #expect(quote.top.bid > 0 && quote.top.bid < quote.top.ask && quote.top.bidSize > 0 && quote.top.askSize > 0)
        if let last = lastUpdates[quote.market] { #expect(quote.updateID > last) }
        lastUpdates[quote.market] = quote.updateID
      }
    }
  }

  @Test func arrivalsHaveTheRateAskedFor() throws {
    let events = Self.events([try Self.market(.coinbase, "BTC-USD")], seconds: 1_000, rate: 20)
    let trades = events.count { if case .trade = $0 { true } else { false } }
    // Poisson: 20,000 expected, a standard deviation of 141.
    #expect(abs(trades - 20_000) < 800)
    #expect(abs(events.count - trades - 40_000) < 1_200)
  }

  @Test func venuesAreCorrelatedAndTrianglesClose() throws {
    let markets = Self.defaultMarkets()
    var latest: [String: Double] = [:]
    var moves: Set<Int64> = []
    for event in Self.events(markets, seconds: 600) {
      guard case .quote(let quote) = event else { continue }
      let market = markets[quote.market]
      moves.insert(quote.top.bid)
      latest[market.description] = Double(quote.top.bid + quote.top.ask) / 2 * market.tick.doubleValue
      guard latest.count == markets.count else { continue }
      let prices = try ["coinbase BTC-USD", "binance BTC-USDT", "binance ETH-USDT", "binance ETH-BTC"].map {
        try #require(latest[$0])
      }
      #expect(abs(prices[0] / prices[1] - 1) < 12e-4)
      #expect(abs(prices[1] * prices[3] / prices[2] - 1) < 12e-4)
    }
    #expect(moves.count > 1_000)
  }

  @Test(arguments: ["BTC-USD", "ETH-BTC", "DOGE-USDT", "XYZ-USD", "BTC-EUR"])
  func ticksFitPrices(instrument: String) throws {
    let market = try Self.market(.binance, instrument)
    let events = Self.events([market], seconds: 5, volatility: 0)
    guard case .quote(let quote) = try #require(events.last) else { return }
    let relative = Double(quote.top.ask - quote.top.bid) / Double(quote.top.bid)
    #expect(relative < 4e-4)
    #expect(market.tick.exponent >= -8 && market.lot.exponent >= -8)
  }

  @Test func aBurstIsABurstAndEnds() throws {
    let markets = [try Self.market(.coinbase, "BTC-USD")]
    var model = MarketModel(
      markets: markets, start: Self.start, seed: 1, rates: .init(trades: 10, quotes: 0),
      schedule: InjectionSchedule([], every: nil, markets: markets, seed: 1))
    let second: Int64 = 1_000_000_000
    var events: [SimulatedEvent] = []
    model.burst(.coinbase, factor: 100, at: 0, duration: second)
    _ = model.advance(to: second, limit: .max, into: &events)
    let during = events.count
    _ = model.advance(to: 2 * second, limit: .max, into: &events)
    #expect(during > 1_500 && during < 2_500)
    #expect(events.count - during < 60)
  }
}
