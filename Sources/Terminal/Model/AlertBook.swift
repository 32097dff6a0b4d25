/// The alerts to show: repeated ones folded into one entry, newest first. Bounded.
package struct AlertBook: Sendable, Equatable {
  /// An alert and how often it came.
  package struct Entry: Sendable, Equatable {
    /// Same detector, same legs, whatever the prices.
    package let key: String
    package var latest: AlertRow
    package var count = 1
    /// Microseconds since the Unix epoch.
    package var firstAt: Int64
    package var bestNet: Double
    /// Rises with each alert; the newest is the largest.
    package var sequence: UInt64
  }

  /// A route that was silent for longer gets an entry of its own.
  package static let foldingTime: Int64 = 60_000_000
  package static let entryCapacity = 500
  /// Alerts that are kept each by itself, for the export.
  package static let capacity = 4_096

  /// Newest first.
  package private(set) var entries: [Entry] = []
  private var kept: [AlertRow] = []
  /// Places in `entries` while a batch is added; by key, the newest entry.
  private var places: [String: Int] = [:]
  private var sequence: UInt64 = 0
  /// All that ever came.
  package private(set) var total: UInt64 = 0

  package init() {}

  /// Adds alerts, oldest first.
  package mutating func add(_ alerts: [AlertRow]) {
    guard !alerts.isEmpty else { return }
    // Of a flood, only the end can stay.
    total &+= UInt64(alerts.count)
    for alert in alerts { fold(alert) }
    entries.sort { $0.sequence > $1.sequence }
    if entries.count > AlertBook.entryCapacity {
      entries.removeLast(entries.count - AlertBook.entryCapacity)
    }
    places = [:]
    for (place, entry) in entries.enumerated() where places[entry.key] == nil { places[entry.key] = place }
    kept += alerts.suffix(AlertBook.capacity)
    // Not each time, which would move all of them for one.
    if kept.count > AlertBook.capacity * 2 { kept.removeFirst(kept.count - AlertBook.capacity) }
  }

  private mutating func fold(_ alert: AlertRow) {
    sequence &+= 1
    let key = AlertBook.key(alert)
    if let place = places[key], alert.detectedAt &- entries[place].latest.detectedAt <= AlertBook.foldingTime {
      entries[place].latest = alert
      entries[place].count += 1
      entries[place].bestNet = max(entries[place].bestNet, alert.route.netBasisPoints)
      entries[place].sequence = sequence
      return
    }
    if entries.count >= AlertBook.entryCapacity * 2 {
      entries.sort { $0.sequence > $1.sequence }
      entries.removeLast(AlertBook.entryCapacity)
      places = [:]
      for (place, entry) in entries.enumerated() where places[entry.key] == nil { places[entry.key] = place }
    }
    places[key] = entries.count
    entries.append(
      Entry(
        key: key, latest: alert, firstAt: alert.detectedAt, bestNet: alert.route.netBasisPoints, sequence: sequence))
  }

  package static func key(_ alert: AlertRow) -> String {
    var key = alert.detector
    for leg in alert.route.legs { key += "\n\(leg.buys ? "+" : "-")\(leg.venue) \(leg.instrument)" }
    return key
  }

  /// Each alert that is kept by itself, newest first.
  package var all: some Sequence<AlertRow> { kept.suffix(AlertBook.capacity).reversed() }
}
