extension ReferenceDetector {
  /// At a named venue, with the instrument's base, and with its quote or an asset that counts as equal.
  func isSpreadMember(_ market: Market) -> Bool {
    let instrument = Market(venue: market.venue, instrument: settings.instrument)
    guard settings.venues.contains(market.venue) else { return false }
    let hasBase =
      market.base == instrument.base
      || (mutation == .equalGroupsApplyToBase && areEqual(market.base, instrument.base))
    let hasQuote =
      market.quote == instrument.quote
      || (mutation != .equalGroupsIgnored && areEqual(market.quote, instrument.quote))
    return hasBase && hasQuote
  }

  private func areEqual(_ one: String, _ other: String) -> Bool {
    settings.treatAsEqual.contains { $0.contains(one) && $0.contains(other) }
  }

  /// Every pair worth an alert, best first.
  func spreads(_ prices: [MarketPrices]) -> [Finding] {
    var findings: [Finding] = []
    for buy in prices {
      for sell in prices where sell.market != buy.market {
        guard buy.market.venue != sell.market.venue || mutation == .pairsAtOneVenue else { continue }
        guard
          sell.sell > buy.buy || mutation == .pairsWithoutGain
            || (mutation == .pairsWithEqualPrices && sell.sell == buy.buy)
        else { continue }
        let finding = Finding(
          legs: [leg("buy", buy.market, buy.buy), leg("sell", sell.market, sell.sell)],
          spread: sell.sell - buy.buy,
          grossBps: (sell.sell / buy.buy - 1) * 10_000,
          netBps: spreadNetBps(buy, sell))
        if isAboveThresholds(finding) { findings.append(finding) }
      }
    }
    return findings.sorted { isBetterSpread($0, $1) }
  }

  private func spreadNetBps(_ buy: MarketPrices, _ sell: MarketPrices) -> Double {
    let sellFee = fee(sell.market.venue)
    let buyFee = fee(buy.market.venue)
    return switch mutation {
    case .feeOnce: (sell.sell * (1 - buyFee) / buy.buy - 1) * 10_000
    case .feesOnSum: (sell.sell * (1 - (sellFee + buyFee)) / buy.buy - 1) * 10_000
    case .buyFeeOnTop: (sell.sell * (1 - sellFee) / (buy.buy * (1 + buyFee)) - 1) * 10_000
    default: (sell.sell * (1 - sellFee) * (1 - buyFee) / buy.buy - 1) * 10_000
    }
  }

  /// By net; ties by buy venue, buy instrument, sell venue, sell instrument.
  private func isBetterSpread(_ one: Finding, _ other: Finding) -> Bool {
    let (value, otherValue) =
      mutation == .orderedByGross ? (one.grossBps, other.grossBps) : (one.netBps, other.netBps)
    if value != otherValue { return mutation == .worstFirst ? value < otherValue : value > otherValue }

    var tie = spreadTieOrder(one)
    var otherTie = spreadTieOrder(other)
    if mutation == .tiesSellFirst {
      tie = Array(tie[2...] + tie[..<2])
      otherTie = Array(otherTie[2...] + otherTie[..<2])
    }
    for (key, otherKey) in zip(tie, otherTie) where key != otherKey {
      return key.lexicographicallyPrecedes(otherKey)
    }
    return false
  }

  /// Keys to compare one after the other: a venue's place or name, an instrument's bytes, for each leg.
  private func spreadTieOrder(_ finding: Finding) -> [[Int]] {
    finding.legs.flatMap { leg -> [[Int]] in
      let venue = mutation == .tiesVenuesByName ? leg.venue.utf8.map(Int.init) : [place(ofVenue: leg.venue)]
      let bytes = leg.instrument.utf8.map(Int.init)
      let instrument = mutation == .tiesInstrumentsReversed ? bytes.map { -$0 } : bytes
      return mutation == .tiesInstrumentsFirst ? [instrument, venue] : [venue, instrument]
    }
  }
}
