import Testing

@testable import ArbdTerminal

@Suite struct DashboardLineTests {
  private func window(_ detector: String, at time: Int64) -> WindowRow {
    let legs = [
      LegRow(buys: true, venue: "a", instrument: "BTC-USD", price: 1, feeBasisPoints: 0),
      LegRow(buys: false, venue: "b", instrument: "BTC-USD", price: .infinity, feeBasisPoints: 0),
    ]
    let route = RouteRow(legs: legs, spread: 1, grossBasisPoints: 2, netBasisPoints: .nan)
    return WindowRow(
      detector: detector, type: "spread", windowStart: time - 1, windowEnd: time, detectedAt: time, alerts: 0,
      routes: [route, route])
  }

  @Test func anUpdateComesBackAsItWas() throws {
    var update = DashboardUpdate(time: 7)
    update.markets = [MarketRow(venue: "a", base: "BTC", quote: "USD", last: 60_000.5, bid: nil, receiveTime: 6)]
    update.log = [LogLine(time: 5, level: .warning, text: "\u{1B}[31mred\n")]
    update.report = DashboardReport()
    let line = DashboardLine.encode(update)
    #expect(line.last == 0x0A && line.dropLast().allSatisfy { $0 >= 0x20 })
    #expect(try DashboardLine.decode(Array(line.dropLast())) == update)
  }

  @Test func figuresThatAreNoNumbersTravelToo() throws {
    var update = DashboardUpdate(time: 1)
    update.windows = [window("btc", at: 1)]
    let route = try #require(
      try DashboardLine.decode(Array(DashboardLine.encode(update).dropLast())).windows.first?.routes[0])
    #expect(route.legs[1].price == .infinity && route.netBasisPoints.isNaN)
  }

  @Test func ofOldWindowsANewcomerIsToldWhatTheChartNeeds() throws {
    var update = DashboardUpdate(time: 1)
    update.windows = [window("btc", at: 1), window("eth", at: 1), window("btc", at: 2)]
    let windows = try DashboardLine.decode(Array(DashboardLine.encode(all: update).dropLast())).windows
    #expect(windows.map(\.routes.count) == [1, 2, 2])
    #expect(windows.map { $0.routes[0].legs.count } == [0, 2, 2])
    #expect(windows[0].routes[0].spread == 1)
  }

  @Test func anotherVersionIsRefusedWithAWayOut() throws {
    try DashboardLine.check(greeting: Array(DashboardLine.greeting(program: "1.0").dropLast()))
    let other = #expect(throws: DashboardLine.Fault.self) {
      try DashboardLine.check(greeting: Array(#"{"arbd":"9.9","dashboard":2}"#.utf8))
    }
    #expect(other?.description.contains("the daemon is arbd 9.9") == true)
    let nonsense = #expect(throws: DashboardLine.Fault.self) {
      try DashboardLine.check(greeting: Array("HTTP/1.1".utf8))
    }
    #expect(nonsense?.description == "this is no control socket of arbd")
  }
}
