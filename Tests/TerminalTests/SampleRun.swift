@testable import ArbdTerminal

/// A run to look at: five venues, three detectors, a quarter of an hour of windows.
struct SampleRun {
  /// 2026-04-17T14:03:20Z
  static let now: Int64 = 1_776_434_600_000_000

  var dashboard: Dashboard

  init(isASCII: Bool = false, staleVenue: String? = nil, failingSink: Bool = false, odd: Bool = false) {
    var surroundings = Dashboard.Surroundings()
    surroundings.isASCII = isASCII
    surroundings.endsRun = true
    dashboard = Dashboard(surroundings)
    dashboard.apply(SampleRun.markets(staleVenue, odd: odd, shift: 1))
    dashboard.apply(SampleRun.markets(staleVenue, odd: odd, shift: 0))
    for second in stride(from: -900, through: 0, by: 1) { dashboard.apply(SampleRun.windows(second)) }
    dashboard.apply(SampleRun.alerts)
    for second in [-1, 0] { dashboard.apply(SampleRun.report(second, staleVenue, failingSink)) }
  }

  static func time(_ seconds: Double) -> Int64 { now + Int64(seconds * 1e6) }

  private static let venues: [(name: String, quote: String, offset: Double, age: Double)] = [
    ("coinbase", "USD", 47.22, 0.1), ("binance", "USDT", 0, 0.2), ("kraken", "USD", 12.5, 1.1),
    ("okx", "USDT", -3.1, 0.4), ("bybit", "USDT", 5.9, 3.2),
  ]

  private static func markets(_ staleVenue: String?, odd: Bool, shift: Double) -> DashboardUpdate {
    var update = DashboardUpdate(time: now)
    for (number, venue) in venues.enumerated() {
      let age = venue.name == staleVenue ? 42.0 : venue.age
      func row(_ base: String, _ quote: String, _ price: Double, _ tick: Double, _ decimals: Int) -> MarketRow {
        let moved = price + shift * tick * (number % 2 == 0 ? 40 : -40)
        return MarketRow(
          venue: venue.name, base: base, quote: quote, last: moved, bid: moved - tick, ask: moved + tick,
          decimals: decimals, receiveTime: time(-age))
      }
      update.markets += [
        row("BTC", venue.quote, 60_044 + venue.offset, 0.01, 2),
        row("ETH", venue.quote, 3_021.4 + venue.offset / 20, 0.01, 2),
        row("SOL", venue.quote, 141.235 + venue.offset / 430, 0.005, 3),
      ]
      if venue.name != "coinbase" { update.markets.append(row("ETH", "BTC", 0.05032 + venue.offset / 1e7, 0.00001, 5)) }
    }
    if odd {
      update.markets.append(
        MarketRow(
          venue: "\u{1B}[2Jevil", base: String(repeating: "LONG", count: 30), quote: "日本円", last: 1e300, bid: 1e-12,
          ask: 123_456_789_012_345, decimals: 12, receiveTime: now))
    }
    return update
  }

  private static func cycle(_ net: Double, _ venue: String = "binance") -> RouteRow {
    RouteRow(
      legs: [
        LegRow(buys: true, venue: venue, instrument: "ETH-USDT", price: 3_000.27, feeBasisPoints: 10, records: 31),
        LegRow(buys: false, venue: venue, instrument: "ETH-BTC", price: 0.049998, feeBasisPoints: 10, records: 8),
        LegRow(buys: false, venue: venue, instrument: "BTC-USDT", price: 60_185.92, feeBasisPoints: 10, records: 402),
      ], spread: nil, grossBasisPoints: net + 30, netBasisPoints: net)
  }

  private static func windows(_ second: Int) -> DashboardUpdate {
    var update = DashboardUpdate(time: time(Double(second)))
    let end = time(Double(second))
    let wave = Double((second &+ 900) % 240) / 240
    let noise = Double((second &* 7_919) & 63) / 16
    let net = -12 + 22 * (wave < 0.5 ? wave : 1 - wave) * 2 + noise
    update.windows = [
      WindowRow(
        detector: "btc", type: "spread", windowStart: end - 1_000_000, windowEnd: end, detectedAt: end,
        alerts: net > 8 ? 1 : 0,
        routes: [Samples.route(net: net), Samples.route(net: net - 9, buy: "okx", sell: "kraken")]),
      WindowRow(
        detector: "triangles", type: "cycle", windowStart: end - 1_000_000, windowEnd: end, detectedAt: end, alerts: 0,
        routes: [cycle(-0.38), cycle(-4.1, "okx"), cycle(-17.25, "bybit")]),
    ]
    return update
  }

  private static var alerts: DashboardUpdate {
    var update = DashboardUpdate(time: now)
    func alert(_ seconds: Double, _ detector: String, _ type: String, _ route: RouteRow) -> AlertRow {
      AlertRow(
        id: "3f2a9c0d5b7e41268d10ac93be5f7721", detector: detector, type: type, windowStart: time(seconds - 1.5),
        windowEnd: time(seconds - 0.5), detectedAt: time(seconds), route: route)
    }
    update.alerts = [
      alert(-500, "eth", "spread", Samples.route(net: -3.4, buy: "okx", sell: "kraken")),
      alert(-130, "triangles", "cycle", cycle(4.62)),
    ]
    update.alerts += (0..<14).map { alert(Double(-120 + $0), "btc", "spread", Samples.route(net: 7.86)) }
    update.alerts.append(alert(-8, "btc", "spread", Samples.route(net: -21.74, buy: "bybit", sell: "kraken")))
    return update
  }

  private static func report(_ second: Int, _ staleVenue: String?, _ failingSink: Bool) -> DashboardUpdate {
    var update = DashboardUpdate(time: time(Double(second)))
    var report = DashboardReport()
    report.configuration = "live.json"
    report.version = "0.1.0"
    report.uptime = Double(12_345 + second)
    report.events = UInt64(61_000_000 + second * 4_821)
    report.alerts = UInt64(128 + second)
    report.process = ProcessRow(cpuSeconds: 900 + Double(second) * 0.18, residentBytes: 61 << 20)
    report.fees = ["coinbase": 60, "binance": 10, "kraken": 40, "okx": 10, "bybit": 10]
    report.equalAssets = [["USD", "USDT"]]
    report.feeds = venues.enumerated().map { number, venue in
      let isStale = venue.name == staleVenue
      var feed = FeedRow(venue: venue.name, connection: 0, state: isStale ? "stale" : "live")
      feed.reason = isStale ? "no data for 30 s" : ""
      feed.streams = 6
      feed.liveStreams = isStale ? 4 : 6
      feed.messages = UInt64(9_000_000 + second * (400 + number * 311))
      feed.reconnects = number == 2 ? 3 : 0
      feed.gaps = number == 3 ? 1 : 0
      feed.late = UInt64(number * 7)
      feed.clockOffset = [11.4, 38.0, 6.2, 71.9, -2.5][number]
      feed.worstAge = isStale ? 42 : venue.age
      return feed
    }
    var (terminal, file, discord) = (SinkRow(name: "terminal"), SinkRow(name: "jsonl"), SinkRow(name: "discord"))
    for _ in 0..<1 {
      terminal.isConnected = true
      file.isConnected = true
      file.delivered = 128
      discord.isConnected = !failingSink
      discord.delivered = 126
    }
    file.capacity = 65_536
    discord.capacity = 65_536
    if failingSink {
      discord.fault = "HTTP 503 from discord.com; trying again in 4 s"
      discord.waiting = 2_214
      discord.queued = 60_000
      discord.retries = 17
      discord.deadLetters = 2
    }
    report.sinks = [terminal, file, discord]
    report.detectors = [
      detector("btc", "spread", net: 8), detector("eth", "spread", net: 5), detector("triangles", "cycle", net: 0),
    ]
    update.report = report
    if second == 0 {
      update.log = [
        LogLine(time: time(-12_000), level: .notice, text: "[ArbdFramework] coinbase connection 0: live"),
        LogLine(time: time(-61), level: .warning, text: "[ArbdFramework] kraken BTC-USD: stale: no data for 30 s"),
        LogLine(time: time(-58), level: .notice, text: "[ArbdFramework] kraken BTC-USD: live"),
        LogLine(time: time(-3), level: .error, text: "[ArbdSinks] discord: webhook gone\nand a second line\u{1B}[31m"),
      ]
    }
    return update
  }

  private static func detector(_ name: String, _ type: String, net: Double) -> DetectorRow {
    var row = DetectorRow(name: name, type: type)
    row.netThreshold = net
    return row
  }
}
