/// Decides which records a sink is given. What it remembers for its cool-downs is bounded.
package struct RecordFilter: Sendable {
  private struct Route: Hashable {
    let detector: String
    let legs: [Alert.Leg.Place]

    init(_ alert: Alert) { (detector, legs) = (alert.detector, alert.legs.map(\.place)) }
  }

  private let options: FilterOptions
  private let detectors: Set<String>?
  private let venues: Set<String>?
  private let instruments: Set<Instrument>?
  /// When each route last had an alert that was passed on.
  private var lastAlerts: [Route: Timestamp] = [:]

  /// With more routes than this, those whose cool-down is over are forgotten; were there none, the whole memory is.
  static let routeCapacity = 10_000

  package init(_ options: FilterOptions) {
    self.options = options
    detectors = options.detectors.map { Set($0) }
    venues = options.venues.map { Set($0) }
    instruments = options.instruments.map { Set($0) }
  }

  var rememberedRoutes: Int { lastAlerts.count }

  package mutating func admits(_ record: Record) -> Bool {
    switch record {
    case .alert(let alert): admits(alert)
    case .trade(_, let market), .quote(_, let market): admits(market)
    case .window(let summary):
      detectors?.contains(summary.detector) != false && summary.prices.contains { admits($0.market) }
    case .status: true
    }
  }

  private func admits(_ market: Market) -> Bool {
    venues?.contains(market.venue) != false && instruments?.contains(market.instrument) != false
  }

  private mutating func admits(_ alert: Alert) -> Bool {
    if let detectors, !detectors.contains(alert.detector) { return false }
    if let venues, !alert.legs.allSatisfy({ venues.contains($0.market.venue) }) { return false }
    if let instruments, !alert.legs.contains(where: { instruments.contains($0.market.instrument) }) { return false }
    if let minimum = options.minimumGross, alert.grossBasisPoints < minimum { return false }
    if let minimum = options.minimumNet, alert.netBasisPoints < minimum { return false }
    if let quiet = options.quietHours, quiet.contains(alert.detectedAt) { return false }
    return options.cooldown.map { isWarm(alert, cooldown: $0) } ?? true
  }

  /// Nobody had the alert after all, so its route does not cool down from it.
  mutating func forget(_ alert: Alert) {
    let route = Route(alert)
    if lastAlerts[route] == alert.detectedAt { lastAlerts[route] = nil }
  }

  private mutating func isWarm(_ alert: Alert, cooldown: Duration) -> Bool {
    let route = Route(alert)
    let now = alert.detectedAt
    let length = Int64(cooldown / .microseconds(1))
    // A time before the last one is that of a delivery that is repeated after a restart, or of a clock that was set.
    if let last = lastAlerts[route], now >= last, now.microseconds - last.microseconds < length { return false }
    if lastAlerts.count >= RecordFilter.routeCapacity {
      lastAlerts = lastAlerts.filter { now.microseconds - $0.value.microseconds < length }
      if lastAlerts.count >= RecordFilter.routeCapacity { lastAlerts = [:] }
    }
    lastAlerts[route] = now
    return true
  }
}

extension Alert.Leg {
  /// A leg without its price: what makes two alerts the same route.
  struct Place: Hashable {
    let side: Side
    let market: Market
  }

  var place: Place { Place(side: side, market: market) }
}
