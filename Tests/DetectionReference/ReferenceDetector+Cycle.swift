/// One way along a market.
private struct Edge {
  let leg: ReferenceAlert.Leg
  let market: Market
  let rate: Double
  let fee: Double

  var rateAfterFee: Double { rate * (1 - fee) }
}

private struct Cycle {
  /// Places of the nodes in the order of `nodes`.
  let path: [Int]
  let finding: Finding
}

extension ReferenceDetector {
  /// The node of an asset: the named asset at whose place it stands. Nil when it is part of no cycle.
  private func node(of asset: String) -> String? {
    guard let group = settings.treatAsEqual.first(where: { $0.contains(asset) }) else {
      return settings.assets.contains(asset) ? asset : nil
    }
    if mutation == .unnamedMembersDropped, !settings.assets.contains(asset) { return nil }
    if mutation == .nodeAtLastPlace { return settings.assets.last { group.contains($0) } }
    return settings.assets.first { group.contains($0) }
  }

  /// All nodes, each once, in the order of `assets`.
  private var nodes: [String] { settings.assets.filter { node(of: $0) == $0 } }

  /// At a named venue, between two different nodes.
  func isCycleMember(_ market: Market) -> Bool {
    guard settings.venues.contains(market.venue) else { return false }
    guard let base = node(of: market.base), let quote = node(of: market.quote) else { return false }
    return base != quote
  }

  /// Every cycle worth an alert, best first.
  func cycles(_ prices: [MarketPrices]) -> [Finding] {
    let nodes = nodes
    var cycles: [Cycle] = []
    for path in cyclePaths(nodes.count) {
      let ways =
        mutation == .cyclesAtOneVenue
        ? settings.venues.map { venue in prices.filter { $0.market.venue == venue } } : [prices]
      for prices in ways {
        let start = mutation == .cycleStartsAtLastNode ? path.firstIndex(of: path.max() ?? 0) ?? 0 : 0
        let path = Array(path[start...] + path[..<start])
        if let finding = cycle(path.map { nodes[$0] }, prices), isAboveThresholds(finding) {
          cycles.append(Cycle(path: path, finding: finding))
        }
      }
    }
    return cycles.sorted { isBetterCycle($0, $1) }.map(\.finding)
  }

  /// Every simple cycle of 3 to `max_legs` of `count` nodes from its first node on, in both directions:
  /// every sequence of different nodes that begins with the smallest of them.
  private func cyclePaths(_ count: Int) -> [[Int]] {
    var paths: [[Int]] = []
    func extend(_ path: [Int]) {
      let least = mutation == .cyclesOfTwoLegs ? 2 : mutation == .onlyCyclesOfMaxLegs ? settings.maxLegs : 3
      let most = mutation == .maxLegsExclusive ? settings.maxLegs - 1 : settings.maxLegs
      if path.count >= least, path.count <= most,
        mutation != .cyclesInOneDirection || path[1] < path[path.count - 1]
      {
        paths.append(path)
      }
      guard path.count < most else { return }
      for next in path[0]..<count where !path.contains(next) { extend(path + [next]) }
    }
    for first in 0..<count { extend([first]) }
    return paths
  }

  /// The cycle along these nodes, nil when a hop has no market.
  private func cycle(_ path: [String], _ prices: [MarketPrices]) -> Finding? {
    var legs: [ReferenceAlert.Leg] = []
    var gross = 1.0
    var net = 1.0
    var left = 1.0
    for (index, from) in path.enumerated() {
      guard let edge = bestEdge(from: from, to: path[(index + 1) % path.count], prices) else { return nil }
      legs.append(edge.leg)
      gross *= edge.rate
      net *= edge.rateAfterFee
      left *= 1 - edge.fee
    }
    if mutation == .feesAfterProduct { net = gross * left }
    return Finding(legs: legs, spread: nil, grossBps: (gross - 1) * 10_000, netBps: (net - 1) * 10_000)
  }

  /// The edge with the highest rate after its fee; among equals the first by venue, then instrument.
  private func bestEdge(from: String, to: String, _ prices: [MarketPrices]) -> Edge? {
    var edges = prices.compactMap { edge(of: $0, from: from, to: to) }
    if mutation == .hopTiesByName {
      edges.sort { $0.market.venue.utf8.lexicographicallyPrecedes($1.market.venue.utf8) }
    } else {
      edges.sort { precedes($0.market, $1.market) }
    }
    guard var best = edges.first else { return nil }
    for edge in edges.dropFirst() {
      let isBetter =
        switch mutation {
        case .hopBestWithoutFee: edge.rate > best.rate
        case .hopTiesTakeLast: edge.rateAfterFee >= best.rateAfterFee
        default: edge.rateAfterFee > best.rateAfterFee
        }
      if isBetter { best = edge }
    }
    return best
  }

  /// Buying the base leads from the quote's node to the base's, selling it leads back.
  private func edge(of prices: MarketPrices, from: String, to: String) -> Edge? {
    let base = node(of: prices.market.base)
    let quote = node(of: prices.market.quote)
    let fee = fee(prices.market.venue)
    if quote == from, base == to {
      return Edge(
        leg: leg("buy", prices.market, prices.buy), market: prices.market, rate: 1 / prices.buy, fee: fee)
    }
    if base == from, quote == to {
      return Edge(
        leg: leg("sell", prices.market, prices.sell), market: prices.market, rate: prices.sell, fee: fee)
    }
    return nil
  }

  /// By net; ties by fewer legs, then by the nodes along the path.
  private func isBetterCycle(_ one: Cycle, _ other: Cycle) -> Bool {
    let (value, otherValue) =
      mutation == .orderedByGross
      ? (one.finding.grossBps, other.finding.grossBps) : (one.finding.netBps, other.finding.netBps)
    if value != otherValue { return mutation == .worstFirst ? value < otherValue : value > otherValue }
    if one.path.count != other.path.count {
      return mutation == .cycleOrderTiesMoreLegs
        ? one.path.count > other.path.count : one.path.count < other.path.count
    }
    if mutation == .cycleOrderTiesByName {
      let names = one.path.map { nodes[$0] }
      return names.lexicographicallyPrecedes(other.path.map { nodes[$0] })
    }
    return one.path.lexicographicallyPrecedes(other.path)
  }
}
