/// A market's prices in one window.
struct MarketPrices {
  let market: Market
  /// What a buy leg pays.
  let buy: Double
  /// What a sell leg gets.
  let sell: Double
}

extension ReferenceDetector {
  /// The prices of the markets that take part, in the order of `venues`, then instruments by bytes.
  func marketPrices(_ records: [AcceptedRecord]) -> [MarketPrices] {
    var markets: [Market] = []
    for record in records where !markets.contains(record.market) { markets.append(record.market) }
    markets.sort { precedes($0, $1) }

    return markets.compactMap { market in
      let own = records.filter { $0.market == market }
      let count = mutation == .minRecordsOfWindow ? records.count : own.count
      let isEnough =
        switch mutation {
        case .minRecordsIgnored: true
        case .minRecordsExclusive: count > settings.minRecords
        default: count >= settings.minRecords
        }
      guard isEnough, let buy = price(own, \.buy), let sell = price(own, \.sell) else { return nil }
      return MarketPrices(market: market, buy: buy, sell: sell)
    }
  }

  /// One price of one market's records, which are in order of arrival.
  private func price(_ records: [AcceptedRecord], _ side: KeyPath<AcceptedRecord, Double>) -> Double? {
    switch settings.price {
    case .mean: return mean(records, side)
    case .vwap where mutation == .vwapReadAsMean: return mean(records, side)
    case .vwap: return volumeWeighted(records, side)
    case .last: return last(records, side)
    }
  }

  private func mean(_ records: [AcceptedRecord], _ side: KeyPath<AcceptedRecord, Double>) -> Double {
    var records = records
    if mutation == .meanInEventTimeOrder { records.sort { $0.eventTime < $1.eventTime } }
    if mutation == .meanKeptRunning {
      var mean = 0.0
      for (index, record) in records.enumerated() {
        mean += (record[keyPath: side] - mean) / Double(index + 1)
      }
      return mean
    }
    var sum = 0.0
    for record in records { sum += record[keyPath: side] }
    return sum / Double(records.count)
  }

  private func volumeWeighted(
    _ records: [AcceptedRecord], _ side: KeyPath<AcceptedRecord, Double>
  ) -> Double? {
    var value = 0.0
    var volume = 0.0
    for record in records {
      value += record[keyPath: side] * record.size
      volume += record.size
    }
    if volume == 0 { return mutation == .vwapWithoutSizeReadAsMean ? mean(records, side) : nil }
    return value / volume
  }

  private func last(_ records: [AcceptedRecord], _ side: KeyPath<AcceptedRecord, Double>) -> Double? {
    guard var last = records.first else { return nil }
    for record in records.dropFirst() {
      let isNewer =
        switch mutation {
        case .lastByArrival: true
        case .lastTakesFirstAmongEquals: record.eventTime > last.eventTime
        default: record.eventTime >= last.eventTime
        }
      if isNewer { last = record }
    }
    return last[keyPath: side]
  }
}

// MARK: - What both kinds of detector use

/// Something that may become an alert.
struct Finding {
  let legs: [ReferenceAlert.Leg]
  let spread: Double?
  let grossBps: Double
  let netBps: Double
}

extension ReferenceDetector {
  /// The place of a venue in `venues`.
  func place(ofVenue venue: String) -> Int { settings.venues.firstIndex(of: venue) ?? settings.venues.count }

  /// Venues in the order of `venues`, then instruments by bytes.
  func precedes(_ one: Market, _ other: Market) -> Bool {
    if one.venue != other.venue { return place(ofVenue: one.venue) < place(ofVenue: other.venue) }
    return one.instrument.utf8.lexicographicallyPrecedes(other.instrument.utf8)
  }

  func feeBps(_ venue: String) -> Double { fees[venue] ?? 0 }
  func fee(_ venue: String) -> Double { feeBps(venue) / 10_000 }

  func leg(_ side: String, _ market: Market, _ price: Double) -> ReferenceAlert.Leg {
    ReferenceAlert.Leg(
      side: side, venue: market.venue, instrument: market.instrument, price: price,
      feeBps: feeBps(market.venue))
  }

  /// Strictly above every threshold that the detector names.
  func isAboveThresholds(_ finding: Finding) -> Bool {
    let threshold = settings.threshold
    var comparisons: [(value: Double, limit: Double)] = []
    if let limit = threshold.absolute, let spread = finding.spread,
      mutation != .absoluteThresholdIgnored
    {
      comparisons.append((spread, limit.value))
    }
    if let limit = threshold.grossBps { comparisons.append((finding.grossBps, limit.value)) }
    if let limit = threshold.netBps { comparisons.append((finding.netBps, limit.value)) }
    if comparisons.isEmpty, mutation == .noThresholdReadAsGain { return finding.netBps > 0 }
    return switch mutation {
    case .thresholdInclusive: comparisons.allSatisfy { $0.value >= $0.limit }
    case .anyThresholdSuffices: comparisons.isEmpty || comparisons.contains { $0.value > $0.limit }
    default: comparisons.allSatisfy { $0.value > $0.limit }
    }
  }

  /// Of findings in their order, the first or all.
  func emitted(_ findings: [Finding]) -> [Finding] {
    var byDefault: DetectorSettings.Emit = settings.kind == .spread ? .best : .all
    if mutation == .emitDefaultsSwapped { byDefault = byDefault == .best ? .all : .best }
    let emit = mutation == .emitAlwaysAll ? .all : settings.emit ?? byDefault
    return emit == .best ? Array(findings.prefix(1)) : findings
  }
}
