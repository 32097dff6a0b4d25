/// The bids and asks of one market by price, digits as the venue sent them, at most so many levels a side.
///
/// It knows nothing of sequence numbers or of time: `BookKeeper` decides what is applied to it and whether what it says can
/// be trusted.
public struct OrderBook: Sendable {
  /// What becomes of levels beyond the depth.
  public enum Cut: Sendable {
    /// They are gone: the venue shows as many levels and tells again what comes into view, but not what goes out of it.
    case exact
    /// The venue tells each change of every level and nothing twice. Some more than `depth` are kept; once any had to go,
    /// nothing is known beyond those that were left.
    case generous
  }

  /// Levels a side that can be relied on.
  public let depth: Int
  private let cut: Cut
  private var bids = BookLadder(.bid)
  private var asks = BookLadder(.ask)

  public init(depth: Int, cut: Cut = .generous) {
    self.depth = max(1, depth)
    self.cut = cut
  }

  public mutating func removeAll() {
    bids.removeAll()
    asks.removeAll()
  }

  /// Puts the levels of a snapshot, in whatever order, in place of what there is. `isCut`: the venue has more levels than
  /// it shows here. Gives how many were left out for the reasons for which `apply` refuses one.
  @discardableResult
  public mutating func replace(with levels: ArraySlice<BookChange>, isCut: Bool = false) -> Int {
    var possible = levels
    let impossible = levels.count { !$0.isPossible }
    if impossible > 0 { possible = levels.filter(\.isPossible)[...] }
    let refused = bids.load(possible, .bid) + asks.load(possible, .ask)
    if isCut {
      bids.markHorizon()
      asks.markHorizon()
    }
    finishChanges()
    return impossible + refused
  }

  /// Sets the size at a price; 0 takes the level away, also where there is none. False, and nothing done, for a price that
  /// is not above 0, a size below 0, and a price whose digits lie too far from the others' to be compared.
  @discardableResult
  public mutating func apply(_ change: BookChange) -> Bool {
    guard change.isPossible else { return false }
    switch change.side {
    case .bid: return bids.set(change.price, change.size)
    case .ask: return asks.set(change.price, change.size)
    }
  }

  /// To be called behind each message of changes: drops what lies beyond the depth.
  public mutating func finishChanges() {
    switch cut {
    case .exact:
      bids.cut(to: depth, leavesHorizon: false)
      asks.cut(to: depth, leavesHorizon: false)
    case .generous:
      // Seldom, and many at once: taking from the far end moves all the others.
      let room = max(64, depth)
      if bids.count > depth + 2 * room { bids.cut(to: depth + room, leavesHorizon: true) }
      if asks.count > depth + 2 * room { asks.cut(to: depth + room, leavesHorizon: true) }
    }
  }

  /// Fewer levels are left than `depth` where there were more that had to be dropped: time for a new snapshot.
  public var isExhausted: Bool {
    (bids.hasHorizon && bids.count < depth) || (asks.hasHorizon && asks.count < depth)
  }

  // MARK: Looking

  public var bestBid: BookLevel? { bids.best }
  public var bestAsk: BookLevel? { asks.best }

  /// The best bid is not below the best ask: no market stands like that for long.
  public var isCrossed: Bool {
    guard let bid = bids.bestPrice, let ask = asks.bestPrice else { return false }
    if bid.exponent == ask.exponent { return bid.mantissa >= ask.mantissa }
    return ExactDecimal(mantissa: bid.mantissa, exponent: bid.exponent)
      >= ExactDecimal(mantissa: ask.mantissa, exponent: ask.exponent)
  }

  public func count(_ side: BookSide) -> Int { side == .bid ? bids.count : asks.count }

  /// The level that is `rank` places behind the best one; nil where there are not so many.
  public func level(_ side: BookSide, _ rank: Int) -> BookLevel? {
    guard rank >= 0, rank < count(side) else { return nil }
    return side == .bid ? bids[rank] : asks[rank]
  }

  /// Best first, at most `count`.
  public func levels(_ side: BookSide, atMost count: Int = .max) -> [BookLevel] {
    (0..<min(count, self.count(side))).compactMap { level(side, $0) }
  }

  /// What the base asset costs on average for whoever takes `size` of it from this side, in the quote asset (asks for a
  /// buyer, bids for a seller): Σ price · size / Σ size over the levels from the best on. Nil when so much is not there.
  public func averagePrice(taking size: Double, from side: BookSide) -> Double? {
    guard size > 0 else { return nil }
    var rest = size
    var cost = 0.0
    for rank in 0..<count(side) {
      guard let level = level(side, rank) else { break }
      let taken = min(rest, level.size.doubleValue)
      cost += level.price.doubleValue * taken
      rest -= taken
      if rest <= 0 { return cost / size }
    }
    return nil
  }
}
