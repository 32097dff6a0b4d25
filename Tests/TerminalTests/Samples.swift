@testable import ArbdTerminal

/// Updates for tests.
enum Samples {
  static func update(market price: Double) -> DashboardUpdate {
    var update = DashboardUpdate(time: 1)
    update.markets = [MarketRow(venue: "coinbase", base: "BTC", quote: "USD", last: price, receiveTime: 1)]
    return update
  }

  static func update(
    uptime: Double, events: UInt64 = 0, alerts: UInt64 = 0, cpu: Double = 0
  ) -> DashboardUpdate {
    var update = DashboardUpdate(time: Int64(uptime * 1e6))
    update.report = report(uptime: uptime, events: events, alerts: alerts, cpu: cpu)
    return update
  }

  static func report(
    uptime: Double, events: UInt64 = 0, alerts: UInt64 = 0, cpu: Double = 0
  ) -> DashboardReport {
    var report = DashboardReport()
    report.uptime = uptime
    report.events = events
    report.alerts = alerts
    report.process.cpuSeconds = cpu
    return report
  }

  static func update(window: WindowRow) -> DashboardUpdate {
    var update = DashboardUpdate(time: window.detectedAt)
    update.windows = [window]
    return update
  }

  static func alert(
    at second: Int, detector: String = "btc", net: Double = 7.86, buy: String = "binance", sell: String = "coinbase"
  ) -> AlertRow {
    let time = Int64(second) * 1_000_000
    return AlertRow(
      id: "\(detector)-\(second)", detector: detector, type: "spread", windowStart: time - 10_000_000,
      windowEnd: time, detectedAt: time, route: route(net: net, buy: buy, sell: sell))
  }

  static func route(net: Double, buy: String = "binance", sell: String = "coinbase") -> RouteRow {
    RouteRow(
      legs: [
        LegRow(buys: true, venue: buy, instrument: "BTC-USDT", price: 60_044, feeBasisPoints: 10, records: 412),
        LegRow(buys: false, venue: sell, instrument: "BTC-USD", price: 60_091.22, feeBasisPoints: 60, records: 57),
      ], spread: 47.22, grossBasisPoints: net + 70, netBasisPoints: net)
  }

  static func window(at second: Int, nets: [Double], alerts: Int = 0, detector: String = "btc") -> WindowRow {
    let end = Int64(second) * 1_000_000
    return WindowRow(
      detector: detector, type: "spread", windowStart: end - 1_000_000, windowEnd: end, detectedAt: end,
      alerts: alerts,
      routes: nets.enumerated().map { route(net: $1, sell: $0 == 0 ? "coinbase" : "venue\($0)") })
  }
}
