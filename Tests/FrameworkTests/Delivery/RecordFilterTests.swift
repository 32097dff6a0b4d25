import Testing

@testable import ArbdFramework

@Suite struct RecordFilterTests {
  private func filter(_ change: (inout FilterOptions) -> Void) -> RecordFilter {
    var options = FilterOptions()
    change(&options)
    return RecordFilter(options)
  }

  private func admits(_ alert: Alert, _ change: (inout FilterOptions) -> Void) -> Bool {
    var filter = filter(change)
    return filter.admits(.alert(alert))
  }

  @Test func withoutAKeyEverythingIsAdmitted() {
    #expect(admits(.sample(1)) { _ in })
  }

  @Test func detectorsVenuesAndInstrumentsAreNamed() {
    #expect(admits(.sample(1)) { $0.detectors = ["eth", "btc"] })
    #expect(!admits(.sample(1)) { $0.detectors = ["eth"] })
    // Every leg must be at one of the venues, some leg in one of the instruments.
    #expect(!admits(.sample(1)) { $0.venues = ["binance"] })
    #expect(admits(.sample(1)) { $0.venues = ["binance", "coinbase"] })
    #expect(admits(.sample(1)) { $0.instruments = [.btc, .eth] })
    #expect(!admits(.sample(1)) { $0.instruments = [.eth] })
  }

  @Test func basisPointsCountFromTheMinimumOn() {
    #expect(admits(.sample(1, net: 3)) { $0.minimumNet = 3 })
    #expect(!admits(.sample(1, net: 2.99)) { $0.minimumNet = 3 })
    #expect(!admits(.sample(1)) { $0.minimumGross = 7.87 })
  }

  @Test(arguments: [
    (10 * 60, 12 * 60, 11 * 60, true), (10 * 60, 12 * 60, 12 * 60, false), (10 * 60, 12 * 60, 10 * 60, true),
    (22 * 60, 7 * 60, 23 * 60, true), (22 * 60, 7 * 60, 0, true), (22 * 60, 7 * 60, 7 * 60, false),
    (22 * 60, 7 * 60, 21 * 60 + 59, false),
  ])
  func quietHoursMayPassMidnight(from: Int, to: Int, minute: Int, isQuiet: Bool) {
    var hours = QuietHours()
    (hours.from, hours.to) = (TimeOfDay(minutes: from), TimeOfDay(minutes: to))
    for day: Int64 in [-1, 0, 20_000] {
      let time = Timestamp(microseconds: (day * 1_440 + Int64(minute)) * 60_000_000)
      #expect(hours.contains(time) == isQuiet)
    }
  }

  @Test func aRouteCoolsDownByItself() {
    var filter = filter { $0.cooldown = .seconds(60) }
    func admitted(_ alert: Alert) -> Bool { filter.admits(.alert(alert)) }
    #expect(admitted(.sample(0)))
    #expect(!admitted(.sample(5)))
    // Another route, and another detector, have cool-downs of their own.
    #expect(admitted(.sample(5, buyVenue: "kraken")))
    #expect(admitted(.sample(5, detector: "other")))
    #expect(admitted(.sample(6)))
    #expect(!admitted(.sample(7)))
  }

  @Test func anAlertThatNobodyHadIsForgotten() {
    var filter = filter { $0.cooldown = .seconds(60) }
    func admitted(_ alert: Alert) -> Bool { filter.admits(.alert(alert)) }
    #expect(admitted(.sample(0)) && !admitted(.sample(1)))
    filter.forget(.sample(0))
    #expect(admitted(.sample(2)))
    // Not what came after it.
    filter.forget(.sample(0))
    #expect(!admitted(.sample(3)))
  }

  @Test func theMemoryOfRoutesIsBounded() {
    var filter = filter { $0.cooldown = .seconds(1) }
    for number in 0..<25_000 { _ = filter.admits(.alert(.sample(number, detector: "d\(number)"))) }
    #expect(filter.rememberedRoutes <= RecordFilter.routeCapacity)
  }

  @Test func marketDataIsChosenByVenueAndInstrument() {
    let market = Market(venue: "binance", instrument: .btc)
    let trade = Record.trade(
      Trade(
        market: MarketID(index: 0), side: .buy, price: quantity("1"), size: quantity("1"), id: TradeID(1),
        eventTime: Timestamp(microseconds: 0), receiveTime: Timestamp(microseconds: 0)), market)
    var here = filter { $0.venues = ["binance"] }
    var elsewhere = filter { $0.instruments = [.eth] }
    var netOnly = filter { $0.minimumNet = 100 }
    #expect(here.admits(trade) && !elsewhere.admits(trade) && netOnly.admits(trade))
  }
}
