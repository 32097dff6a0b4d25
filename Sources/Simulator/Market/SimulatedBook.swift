package import ArbdFramework

/// The order book of a simulated market: prices in ticks, sizes in lots, all above 0, best bid below best ask.
package struct SimulatedBook: Sendable, Equatable {
  package struct Level: Sendable, Equatable {
    package var price: Int64
    /// Of a change: 0 takes the level away.
    package var size: Int64

    package init(price: Int64, size: Int64) {
      self.price = price
      self.size = size
    }
  }

  /// What a level's size is from now on.
  package struct Change: Sendable, Equatable {
    package let side: BookSide
    package let level: Level

    package init(_ side: BookSide, price: Int64, size: Int64) {
      self.side = side
      level = Level(price: price, size: size)
    }
  }

  /// The best one last, where most changes are.
  private var bids: [Level] = []
  private var asks: [Level] = []

  package init() {}

  package func count(_ side: BookSide) -> Int { side == .bid ? bids.count : asks.count }

  /// `rank` places behind the best one; nil where there are not so many.
  package func level(_ side: BookSide, _ rank: Int) -> Level? {
    let levels = side == .bid ? bids : asks
    return rank >= 0 && rank < levels.count ? levels[levels.count - 1 - rank] : nil
  }

  /// Best first, at most `count`.
  package func levels(_ side: BookSide, atMost count: Int = .max) -> [Level] {
    (side == .bid ? bids : asks).suffix(count).reversed()
  }

  /// Nil while a side is empty.
  package var top: TopOfBook? {
    guard let bid = bids.last, let ask = asks.last else { return nil }
    return TopOfBook(bid: bid.price, bidSize: bid.size, ask: ask.price, askSize: ask.size)
  }

  package mutating func apply(_ change: Change) {
    switch change.side {
    case .bid: SimulatedBook.set(change.level, in: &bids) { $0 < $1 }
    case .ask: SimulatedBook.set(change.level, in: &asks) { $0 > $1 }
    }
  }

  @inline(__always)
  private static func set(_ level: Level, in levels: inout [Level], isWorse: (Int64, Int64) -> Bool) {
    var (start, end) = (0, levels.count)
    while start < end {
      let middle = (start + end) / 2
      if isWorse(levels[middle].price, level.price) { start = middle + 1 } else { end = middle }
    }
    let isThere = start < levels.count && levels[start].price == level.price
    if level.size == 0 {
      if isThere { levels.remove(at: start) }
    } else if isThere {
      levels[start].size = level.size
    } else {
      levels.insert(level, at: start)
    }
  }
}
