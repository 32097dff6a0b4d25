/// Triangles and longer cycles: assets are nodes, each member market gives an edge each way.
final class CycleEvaluation: WindowEvaluation {
  /// One way through a market, from the node that is given to the node that is received.
  private struct Edge {
    let market: Market
    let member: Int
    let isBuy: Bool
    let rank: TieRank
    let feeBasisPoints: Double
  }

  /// The best edge between two nodes in the window at hand.
  private struct Hop {
    let edge: Int
    let price: Double
    let rate: Double
    /// rate · (1 − fee)
    let kept: Double
  }

  private struct Cycle {
    let nodes: [Int]
    let gross: Double
    let net: Double
  }

  /// How many paths are tried in one window. Ten thousand cycles take fewer than a tenth of it; a dense graph of many
  /// assets has more than could be tried before the next window, or held in memory.
  static let pathBudget = 1_000_000

  private let detector: String
  private let options: CycleOptions
  private let fees: FeeSchedule
  /// The node of each asset, and of each asset in a group with one: its first place in `assets`.
  private let nodes: [String: Int]
  private let nodeCount: Int
  private var memberCount = 0
  private var pathsLeft = 0
  /// By `from · nodeCount + to`: edges in the order that ties are broken by.
  private var edges: [[Edge]]
  private var hops: [Hop?]
  /// By node: the nodes that some market leads to, in the order of assets.
  private var neighbours: [[Int]]

  init(detector: String, options: CycleOptions, fees: FeeSchedule) {
    self.detector = detector
    self.options = options
    self.fees = fees
    let groups = AssetGroups(options.treatAsEqual)
    var nodes: [String: Int] = [:]
    var count = 0
    for asset in options.assets {
      let representative = groups.representative(of: asset)
      if nodes[representative] == nil {
        nodes[representative] = count
        count += 1
      }
      nodes[asset] = nodes[representative]
    }
    for group in options.treatAsEqual {
      guard let node = group.first.flatMap({ nodes[groups.representative(of: $0)] }) else { continue }
      for asset in group { nodes[asset] = node }
    }
    self.nodes = nodes
    nodeCount = count
    edges = Array(repeating: [], count: count * count)
    hops = Array(repeating: nil, count: count * count)
    neighbours = Array(repeating: [], count: count)
  }

  func admit(_ market: Market) -> Bool {
    guard let rank = TieRank(market, venues: options.venues), let base = nodes[market.instrument.base],
      let quote = nodes[market.instrument.quote], base != quote
    else { return false }
    let fee = fees.takerBasisPoints(at: market.venue)
    for (from, to, isBuy) in [(quote, base, true), (base, quote, false)] {
      let edge = Edge(
        market: market, member: memberCount, isBuy: isBuy, rank: rank, feeBasisPoints: fee)
      let pair = from * nodeCount + to
      edges[pair].insert(edge, at: edges[pair].firstIndex { rank < $0.rank } ?? edges[pair].endIndex)
      if !neighbours[from].contains(to) {
        neighbours[from].append(to)
        neighbours[from].sort()
      }
    }
    memberCount += 1
    return true
  }

  func evaluate(_ window: FiredWindow, prices: [MemberPrice], into alerts: inout [Alert]) -> Bool {
    var found: [Cycle] = []
    var best = BestFew<Cycle>(1)
    search(prices) { nodes, gross, net in
      guard isAboveThresholds(gross: gross, net: net) else { return }
      let cycle = Cycle(nodes: nodes, gross: gross, net: net)
      switch options.emit {
      case .all: found.append(cycle)
      case .best: best.offer(cycle, isBefore: CycleEvaluation.isBefore)
      }
    }
    found.sort(by: CycleEvaluation.isBefore)
    for cycle in found + best.elements { alerts.append(alert(cycle, window)) }
    return pathsLeft > 0
  }

  func bestRoutes(_ limit: Int, prices: [MemberPrice]) -> [WindowSummary.Route] {
    var best = BestFew<Cycle>(limit)
    search(prices) { nodes, gross, net in
      if best.isFull, let worst = best.elements.last, net < worst.net { return }
      best.offer(Cycle(nodes: nodes, gross: gross, net: net), isBefore: CycleEvaluation.isBefore)
    }
    return best.elements.map {
      WindowSummary.Route(
        legs: legs($0), spread: nil, grossBasisPoints: $0.gross, netBasisPoints: $0.net)
    }
  }

  /// Told of a cycle: its nodes, and basis points before fees and after. The nodes are those of the path that the search
  /// goes on with: to keep them is to copy them, which only what is of use is worth.
  private typealias Take = (_ nodes: [Int], _ gross: Double, _ net: Double) -> Void

  /// Gives `take` every cycle at these prices, as far as the budget of paths reaches.
  private func search(_ prices: [MemberPrice], _ take: Take) {
    pathsLeft = CycleEvaluation.pathBudget
    for from in 0..<nodeCount {
      for to in neighbours[from] {
        hops[from * nodeCount + to] = bestHop(edges[from * nodeCount + to], prices)
      }
    }
    var path: [Int] = []
    for start in 0..<nodeCount {
      path.append(start)
      extend(&path, gross: 1, net: 1, take)
      path.removeLast()
    }
  }

  /// The best edge by rate · (1 − fee); the first among equals.
  private func bestHop(_ edges: [Edge], _ prices: [MemberPrice]) -> Hop? {
    var best: Hop?
    for (number, edge) in edges.enumerated() where prices[edge.member].isPresent {
      let price = edge.isBuy ? prices[edge.member].buy : prices[edge.member].sell
      let rate = edge.isBuy ? 1 / price : price
      let kept = rate * (1 - edge.feeBasisPoints / 1e4)
      if let best, kept <= best.kept { continue }
      best = Hop(edge: number, price: price, rate: rate, kept: kept)
    }
    return best
  }

  /// Tries every continuation of the path. A cycle starts at its first node in the order of assets, so the path never
  /// visits a node before its start.
  private func extend(_ path: inout [Int], gross: Double, net: Double, _ take: Take) {
    let start = path[0]
    let last = path[path.count - 1]
    if path.count >= 3, let home = hops[last * nodeCount + start] {
      consider(path, gross: gross * home.rate, net: net * home.kept, take)
    }
    guard path.count < options.maxLegs, pathsLeft > 0 else { return }
    pathsLeft -= 1
    for next in neighbours[last] where next > start && !path.contains(next) {
      guard let hop = hops[last * nodeCount + next] else { continue }
      path.append(next)
      extend(&path, gross: gross * hop.rate, net: net * hop.kept, take)
      path.removeLast()
    }
  }

  private func consider(_ nodes: [Int], gross: Double, net: Double, _ take: Take) {
    let grossBasisPoints = (gross - 1) * 1e4
    let netBasisPoints = (net - 1) * 1e4
    guard grossBasisPoints.isFinite, netBasisPoints.isFinite else { return }
    take(nodes, grossBasisPoints, netBasisPoints)
  }

  private func isAboveThresholds(gross: Double, net: Double) -> Bool {
    if let threshold = options.threshold.grossBasisPoints, !(gross > threshold) { return false }
    if let threshold = options.threshold.netBasisPoints, !(net > threshold) { return false }
    return true
  }

  /// Best first; then fewer legs; then the nodes along the path in the order of assets.
  private static func isBefore(_ left: Cycle, _ right: Cycle) -> Bool {
    if left.net != right.net { return left.net > right.net }
    if left.nodes.count != right.nodes.count { return left.nodes.count < right.nodes.count }
    return left.nodes.lexicographicallyPrecedes(right.nodes)
  }

  private func alert(_ cycle: Cycle, _ window: FiredWindow) -> Alert {
    Alert(
      detector: detector, type: CycleDetector.name, windowStart: window.start, windowEnd: window.end,
      legs: legs(cycle), spread: nil, grossBasisPoints: cycle.gross, netBasisPoints: cycle.net,
      detectedAt: window.detectedAt)
  }

  private func legs(_ cycle: Cycle) -> [Alert.Leg] {
    var legs: [Alert.Leg] = []
    for (place, from) in cycle.nodes.enumerated() {
      let to = cycle.nodes[(place + 1) % cycle.nodes.count]
      guard let hop = hops[from * nodeCount + to] else { continue }
      let edge = edges[from * nodeCount + to][hop.edge]
      legs.append(
        Alert.Leg(
          side: edge.isBuy ? .buy : .sell, market: edge.market, price: hop.price,
          feeBasisPoints: edge.feeBasisPoints))
    }
    return legs
  }
}
