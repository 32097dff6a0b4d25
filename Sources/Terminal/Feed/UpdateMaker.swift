internal import ArbdFramework

/// Makes updates of what a run's board has. One thread owns it.
struct UpdateMaker {
  private let markets: MarketTable
  /// By market number: what is known so far, so that a trade does not hide the quote before it.
  private var rows: [MarketRow?] = []

  init(markets: MarketTable) { self.markets = markets }

  /// All markets, for whoever comes later.
  var known: [MarketRow] { rows.compactMap(\.self) }

  mutating func update(_ news: RunBoard.News, at time: Timestamp) -> DashboardUpdate {
    var update = DashboardUpdate(time: time.microseconds)
    update.markets.reserveCapacity(news.changes.count)
    for change in news.changes { update.markets.append(apply(change)) }
    update.windows = news.windows.map { WindowRow($0) }
    update.alerts = UpdateMaker.alerts(news)
    return update
  }

  private mutating func apply(_ change: RunBoard.Change) -> MarketRow {
    let number = Int(change.market.index)
    if number >= rows.count { rows.append(contentsOf: repeatElement(nil, count: number + 1 - rows.count)) }
    var row: MarketRow
    if let known = rows[number] {
      row = known
    } else {
      let market = markets[change.market]
      row = MarketRow(
        venue: market.venue, base: market.instrument.base, quote: market.instrument.quote, decimals: 0, receiveTime: 0)
    }
    row.receiveTime = change.receiveTime.microseconds
    if change.last.isPrice {
      row.last = change.last.value
      row.decimals = max(row.decimals, change.last.decimals)
    }
    if change.hasQuote {
      row.bid = change.bid.isPrice ? change.bid.value : nil
      row.ask = change.ask.isPrice ? change.ask.value : nil
      row.decimals = max(row.decimals, change.bid.decimals, change.ask.decimals)
    }
    rows[number] = row
    return row
  }

  /// Each leg with how many records made its price, where the window's summary says it.
  private static func alerts(_ news: RunBoard.News) -> [AlertRow] {
    var records: [WindowKey: [Market: Int64]] = [:]
    for window in news.windows where window.alerts > 0 {
      let prices = window.prices.map { ($0.market, $0.records) }
      records[WindowKey(detector: window.detector, end: window.windowEnd)] = Dictionary(prices) { $0 + $1 }
    }
    return news.alerts.map { alert in
      var row = AlertRow(alert)
      let counts = records[WindowKey(detector: alert.detector, end: alert.windowEnd)] ?? [:]
      for (place, leg) in alert.legs.enumerated() {
        row.route.legs[place].records = counts[leg.market].map { Int($0) }
      }
      return row
    }
  }

  private struct WindowKey: Hashable {
    let detector: String
    let end: Timestamp
  }
}

extension WindowRow {
  init(_ window: WindowSummary) {
    self.init(
      detector: window.detector, type: window.type, windowStart: window.windowStart.microseconds,
      windowEnd: window.windowEnd.microseconds, detectedAt: window.detectedAt.microseconds, alerts: window.alerts,
      routes: window.routes.map { route in
        RouteRow(
          legs: route.legs.map { LegRow($0) }, spread: route.spread, grossBasisPoints: route.grossBasisPoints,
          netBasisPoints: route.netBasisPoints)
      })
  }
}

extension Quantity {
  /// Digits behind the point, zeros at the end left out, at most 12: venues pad their prices to a length of their own.
  fileprivate var decimals: Int {
    guard let exact, exact.mantissa != 0 else { return 0 }
    var (mantissa, exponent) = (exact.mantissa, exact.exponent)
    while exponent < 0, mantissa % 10 == 0 {
      mantissa /= 10
      exponent += 1
    }
    return min(12, max(0, -Int(exponent)))
  }
}
