/// N venues, one instrument: every ordered pair of members at different venues whose sell price is above the buy price.
final class SpreadEvaluation: WindowEvaluation {
  private struct Member {
    let market: Market
    let rank: TieRank
    let feeBasisPoints: Double
    let number: Int
  }

  private struct Pair {
    let buy: Member
    let sell: Member
    let buyPrice: Double
    let sellPrice: Double
    let spread: Double
    let grossBasisPoints: Double
    let netBasisPoints: Double
  }

  private let detector: String
  private let options: SpreadOptions
  private let groups: AssetGroups
  private let fees: FeeSchedule
  /// In the order that ties are broken by: venues as configured, then instruments by bytes.
  private var members: [Member] = []

  init(detector: String, options: SpreadOptions, fees: FeeSchedule) {
    self.detector = detector
    self.options = options
    self.groups = AssetGroups(options.treatAsEqual)
    self.fees = fees
  }

  func admit(_ market: Market) -> Bool {
    guard let rank = TieRank(market, venues: options.venues),
      market.instrument.base == options.instrument.base,
      groups.areEqual(market.instrument.quote, options.instrument.quote)
    else { return false }
    let member = Member(
      market: market, rank: rank, feeBasisPoints: fees.takerBasisPoints(at: market.venue), number: members.count)
    members.insert(member, at: members.firstIndex { rank < $0.rank } ?? members.endIndex)
    return true
  }

  func evaluate(_ window: FiredWindow, prices: [MemberPrice], into alerts: inout [Alert]) -> Bool {
    var found: [Pair] = []
    var best = BestFew<Pair>(1)
    forEachPair(prices) { pair in
      guard isAboveThresholds(pair) else { return }
      switch options.emit {
      case .all: found.append(pair)
      case .best: best.offer(pair, isBefore: SpreadEvaluation.isBefore)
      }
    }
    // The sort is stable: equals keep the order of ties.
    found.sort(by: SpreadEvaluation.isBefore)
    for pair in found + best.elements { alerts.append(alert(pair, window)) }
    return true
  }

  func bestRoutes(_ limit: Int, prices: [MemberPrice]) -> [WindowSummary.Route] {
    var best = BestFew<Pair>(limit)
    forEachPair(prices) { best.offer($0, isBefore: SpreadEvaluation.isBefore) }
    return best.elements.map { pair in
      WindowSummary.Route(
        legs: legs(pair), spread: pair.spread, grossBasisPoints: pair.grossBasisPoints,
        netBasisPoints: pair.netBasisPoints)
    }
  }

  /// Pairs come in the order of ties, so only a better one goes before another.
  private static func isBefore(_ left: Pair, _ right: Pair) -> Bool { left.netBasisPoints > right.netBasisPoints }

  private func forEachPair(_ prices: [MemberPrice], _ body: (Pair) -> Void) {
    for buy in members where prices[buy.number].isPresent {
      for sell in members where prices[sell.number].isPresent && sell.rank.venue != buy.rank.venue {
        if let pair = pair(buy, sell, prices) { body(pair) }
      }
    }
  }

  private func pair(_ buy: Member, _ sell: Member, _ prices: [MemberPrice]) -> Pair? {
    let buyPrice = prices[buy.number].buy
    let sellPrice = prices[sell.number].sell
    guard sellPrice > buyPrice else { return nil }
    let ratio = sellPrice / buyPrice
    let sellKept = 1 - sell.feeBasisPoints / 1e4
    let buyKept = 1 - buy.feeBasisPoints / 1e4
    let net = (sellPrice * sellKept * buyKept / buyPrice - 1) * 1e4
    // Prices at the ends of the range of doubles give figures outside it, which no receiver could read.
    guard ratio.isFinite, net.isFinite else { return nil }
    return Pair(
      buy: buy, sell: sell, buyPrice: buyPrice, sellPrice: sellPrice, spread: sellPrice - buyPrice,
      grossBasisPoints: (ratio - 1) * 1e4, netBasisPoints: net)
  }

  private func isAboveThresholds(_ pair: Pair) -> Bool {
    let threshold = options.threshold
    if let absolute = threshold.absolute, !(pair.spread > absolute) { return false }
    if let gross = threshold.grossBasisPoints, !(pair.grossBasisPoints > gross) { return false }
    if let net = threshold.netBasisPoints, !(pair.netBasisPoints > net) { return false }
    return true
  }

  private func alert(_ pair: Pair, _ window: FiredWindow) -> Alert {
    Alert(
      detector: detector, type: SpreadDetector.name, windowStart: window.start, windowEnd: window.end,
      legs: legs(pair), spread: pair.spread, grossBasisPoints: pair.grossBasisPoints,
      netBasisPoints: pair.netBasisPoints, detectedAt: window.detectedAt)
  }

  private func legs(_ pair: Pair) -> [Alert.Leg] {
    [
      Alert.Leg(side: .buy, market: pair.buy.market, price: pair.buyPrice, feeBasisPoints: pair.buy.feeBasisPoints),
      Alert.Leg(
        side: .sell, market: pair.sell.market, price: pair.sellPrice, feeBasisPoints: pair.sell.feeBasisPoints),
    ]
  }
}
