/// A row of the markets panel: one instrument, or several whose quote assets count as one, with at most one market of each
/// venue.
package struct MarketGroup: Sendable, Equatable {
  /// `BTC-USD`: of the first of its assets.
  package let label: String
  package let base: String
  /// By venue.
  package let keys: [String: MarketKey]

  /// In the order of their labels. A venue that has several instruments of one group has the others in rows of their own.
  static func groups(of markets: some Sequence<MarketKey>, equalAssets: [[String]]) -> [MarketGroup] {
    var canonical: [String: String] = [:]
    for group in equalAssets {
      guard let first = group.first else { continue }
      for asset in group where canonical[asset] == nil { canonical[asset] = canonical[first] ?? first }
    }
    var rows: [String: [String: MarketKey]] = [:]
    var bases: [String: String] = [:]
    for market in markets.sorted() {
      let parts = market.instrument.split(separator: "-", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { continue }
      let label = "\(parts[0])-\(canonical[parts[1]] ?? parts[1])"
      var (place, key) = (label, market)
      if let taken = rows[label]?[market.venue] {
        // Whose name the row has belongs there.
        if market.instrument == label {
          rows[label]?[market.venue] = market
          key = taken
        }
        place = key.instrument
      }
      rows[place, default: [:]][key.venue] = key
      bases[place] = parts[0]
    }
    return rows.map { MarketGroup(label: $0, base: bases[$0] ?? $0, keys: $1) }.sorted { $0.label < $1.label }
  }
}
