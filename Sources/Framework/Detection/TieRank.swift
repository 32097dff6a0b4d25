/// Where a market stands when two are equally good: venues in the order of the config, then instruments by bytes.
struct TieRank: Comparable {
  let venue: Int
  let instrument: Instrument

  /// Nil when the market's venue is not among `venues`.
  init?(_ market: Market, venues: [String]) {
    guard let venue = venues.firstIndex(of: market.venue) else { return nil }
    self.venue = venue
    self.instrument = market.instrument
  }

  static func < (left: TieRank, right: TieRank) -> Bool {
    left.venue == right.venue ? left.instrument < right.instrument : left.venue < right.venue
  }
}
