/// Everything that can be shown of a run, as far as it has been told. A value of bounded size: it follows from the updates
/// that were applied, in their order, and reads no clock.
package struct DashboardModel: Sendable, Equatable {
  /// What is known of a market, and which way its price last moved.
  package struct MarketState: Sendable, Equatable {
    package var row: MarketRow
    /// Of the last price that differed from the one before: 1 up, −1 down, 0 not yet.
    package var direction = 0
  }

  /// More are not kept: the first come stay.
  package static let marketCapacity = 4_096
  package static let logCapacity = 1_000
  package static let seriesCapacity = 128
  package static let pairsOfDetector = 16
  package static let detectorCapacity = 256

  /// The wall clock of the last update, in microseconds since the Unix epoch.
  package private(set) var time: Int64 = 0
  /// By venue and instrument.
  package private(set) var markets: [MarketKey: MarketState] = [:]
  /// The rows of the markets panel, by label.
  package private(set) var groups: [MarketGroup] = []
  private var groupsAreOld = false
  /// The latest receive time of any market: what ages are reckoned from, as in a replay the wall clock says nothing.
  package private(set) var clock: Int64 = 0
  /// The wall clock when `clock` last moved.
  private var clockTime: Int64 = 0
  package private(set) var alerts = AlertBook()
  /// Oldest first.
  package private(set) var log: [LogLine] = []
  package private(set) var report: DashboardReport?
  /// The one before.
  package private(set) var earlierReport: DashboardReport?
  /// Alerts of the last minute, by reports: uptime and total.
  private var alertTotals: [(uptime: Double, total: UInt64)] = []
  /// By detector, the last window in which there was a way to trade; before that, the last.
  package private(set) var windows: [String: WindowRow] = [:]
  /// By detector, and by detector and pair.
  package private(set) var series: [SeriesKey: SpreadSeries] = [:]
  /// What the chart can show, in its order: of each detector the best, then its pairs.
  package private(set) var seriesKeys: [SeriesKey] = []
  /// Events a second of the last minutes, oldest first, for a sparkline.
  package private(set) var eventRates: [Double] = []

  package static let rateCapacity = 120

  package init() {}

  package mutating func apply(_ update: DashboardUpdate) {
    time = max(time, update.time)
    let known = markets.count
    for row in update.markets { apply(row) }
    if markets.count != known { groupsAreOld = true }
    // Those of thousands, which come one by one at the start, once a second.
    if groupsAreOld, markets.count <= 512 || update.report != nil {
      groups = MarketGroup.groups(of: markets.keys, equalAssets: report?.equalAssets ?? [])
      groupsAreOld = false
    }
    alerts.add(update.alerts)
    for window in update.windows { apply(window) }
    if let report = update.report { apply(report) }
    if !update.log.isEmpty {
      log += update.log
      if log.count > DashboardModel.logCapacity * 2 { log.removeFirst(log.count - DashboardModel.logCapacity) }
    }
  }

  // MARK: Markets

  /// Seconds since a market had data, at a moment of the wall clock.
  package func age(of row: MarketRow, at now: Int64) -> Double {
    let behind = Double(clock) - Double(row.receiveTime)
    return max(0, behind + max(0, Double(now) - Double(clockTime))) / 1e6
  }

  private mutating func apply(_ row: MarketRow) {
    if row.receiveTime > clock {
      clock = row.receiveTime
      clockTime = time
    }
    let key = MarketKey(venue: row.venue, instrument: row.instrument)
    guard var state = markets[key] else {
      guard markets.count < DashboardModel.marketCapacity else { return }
      markets[key] = MarketState(row: row)
      return
    }
    let (before, after) = (state.row.reference, row.reference)
    if let before, let after, before != after { state.direction = after > before ? 1 : -1 }
    let decimals = min(12, max(0, state.row.decimals, row.decimals))
    state.row = row
    state.row.decimals = decimals
    markets[key] = state
  }

  // MARK: Windows

  private mutating func apply(_ window: WindowRow) {
    let known = windows[window.detector]
    let isKept = known != nil || windows.count < DashboardModel.detectorCapacity
    // One without a way to trade does not take the place of one that had some.
    if isKept, !window.routes.isEmpty || known?.routes.isEmpty != false { windows[window.detector] = window }
    guard let best = window.routes.first else { return }
    add(best, alerts: window.alerts, to: SeriesKey(detector: window.detector, pair: nil), at: window.windowEnd)
    for route in window.routes {
      guard let pair = route.pair else { continue }
      let key = SeriesKey(detector: window.detector, pair: pair)
      add(route, alerts: 0, to: key, at: window.windowEnd)
    }
  }

  private mutating func add(_ route: RouteRow, alerts: Int, to key: SeriesKey, at time: Int64) {
    if series[key] == nil {
      let pairs = series.keys.count { $0.detector == key.detector && $0.pair != nil }
      guard series.count < DashboardModel.seriesCapacity,
        key.pair == nil || pairs < DashboardModel.pairsOfDetector
      else { return }
      series[key] = SpreadSeries()
      seriesKeys = series.keys.sorted()
    }
    series[key, default: SpreadSeries()].add(
      net: route.netBasisPoints, gross: route.grossBasisPoints, spread: route.spread, alerts: alerts, at: time)
  }

  // MARK: Reports

  private mutating func apply(_ report: DashboardReport) {
    // A daemon that was started anew counts from 0.
    earlierReport = self.report.flatMap { $0.uptime <= report.uptime ? $0 : nil }
    if self.report?.equalAssets != report.equalAssets {
      groups = MarketGroup.groups(of: markets.keys, equalAssets: report.equalAssets)
    }
    self.report = report
    if earlierReport == nil { alertTotals = [] }
    alertTotals.append((report.uptime, report.alerts))
    alertTotals.removeAll { report.uptime - $0.uptime > 60.5 }
    if alertTotals.count > 600 { alertTotals.removeFirst(alertTotals.count - 600) }
    eventRates.append(eventRate ?? 0)
    if eventRates.count > DashboardModel.rateCapacity { eventRates.removeFirst() }
  }

  /// Events a second between the last two reports.
  package var eventRate: Double? { rate { Double($0.events) } }

  /// Alerts in the last minute, or since the start where that is less.
  package var alertsPerMinute: UInt64? {
    guard let first = alertTotals.first, let last = alertTotals.last else { return nil }
    return last.total >= first.total ? last.total - first.total : 0
  }

  /// Share of one core: 1 is all of it.
  package var cpuShare: Double? { rate { $0.process.cpuSeconds } }

  /// Messages a second of a feed.
  package func messageRate(of feed: FeedRow) -> Double? {
    rate { report in
      report.feeds.first { $0.venue == feed.venue && $0.connection == feed.connection }.map { Double($0.messages) } ?? 0
    }
  }

  private func rate(_ value: (DashboardReport) -> Double) -> Double? {
    guard let report, let earlierReport, report.uptime > earlierReport.uptime else { return nil }
    return max(0, (value(report) - value(earlierReport)) / (report.uptime - earlierReport.uptime))
  }

  package static func == (left: DashboardModel, right: DashboardModel) -> Bool {
    left.time == right.time && left.markets == right.markets && left.alerts == right.alerts && left.log == right.log
      && left.report == right.report && left.windows == right.windows && left.series == right.series
  }

  /// Roughly what it holds, for the test that it does not grow.
  package var elementCount: Int {
    markets.count + alerts.entries.count + log.count + series.count * 2_400 + windows.count + alertTotals.count
      + eventRates.count
  }
}

/// A market by name.
package struct MarketKey: Sendable, Hashable, Comparable {
  package let venue: String
  package let instrument: String

  package init(venue: String, instrument: String) {
    self.venue = venue
    self.instrument = instrument
  }

  package static func < (left: MarketKey, right: MarketKey) -> Bool {
    (left.instrument, left.venue) < (right.instrument, right.venue)
  }
}

/// What a line of the chart is about.
package struct SeriesKey: Sendable, Hashable, Comparable {
  package let detector: String
  /// `coinbase → binance`: bought at the first and sold at the second; nil for the best route of each window.
  package let pair: String?

  package init(detector: String, pair: String?) {
    self.detector = detector
    self.pair = pair
  }

  package static func < (left: SeriesKey, right: SeriesKey) -> Bool {
    (left.detector, left.pair ?? "") < (right.detector, right.pair ?? "")
  }
}

extension MarketRow {
  /// The one price that stands for the market: the last trade's, else the middle of the quote.
  package var reference: Double? {
    if let last { return last }
    guard let bid, let ask else { return bid ?? ask }
    return (bid + ask) / 2
  }
}

extension RouteRow {
  /// Of a route from one venue to another; nil for a cycle.
  package var pair: String? {
    guard legs.count == 2, let buy = legs.first(where: \.buys), let sell = legs.first(where: { !$0.buys }) else {
      return nil
    }
    return "\(buy.venue) → \(sell.venue)"
  }
}
