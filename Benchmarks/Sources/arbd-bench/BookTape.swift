import ArbdFramework

/// Changes of one order book, one after the other without end. How far from the best price they lie, and whether they bring
/// a level, change it or take it away, is distributed as it was seen over 9,719 changes of ten markets of Coinbase.
struct BookTape {
  /// Levels a side, about.
  static let levels = 150

  private var numbers: MadeUpNumbers
  /// In hundredths, the best one last: of asks as negative numbers.
  private var sides: [[Int]] = [[], []]

  /// Shares of 1,000, and the ranks that they are for.
  private static let ranks = [
    (182, 0..<1), (131, 1..<2), (157, 2..<4), (166, 4..<8), (166, 8..<16), (104, 16..<32), (30, 32..<64),
    (64, 64..<128),
  ]

  init(seed: UInt64) {
    numbers = MadeUpNumbers(seed: seed)
    let middle = 6_000_000 + numbers.below(100_000)
    for side in 0..<2 {
      var price = side == 0 ? middle : -middle - 1
      for _ in 0..<BookTape.levels {
        sides[side].append(price)
        price -= 1 + numbers.below(20)
      }
      sides[side].reverse()
    }
  }

  /// All levels, best first.
  mutating func snapshot() -> [BookChange] {
    BookSide.allCases.flatMap { side in
      sides[Int(side.rawValue)].reversed().map { change(side, $0, size: 1 + numbers.below(90_000_000)) }
    }
  }

  /// So many changes of as many levels.
  mutating func changes(_ count: Int) -> [BookChange] {
    var changes: [BookChange] = []
    while changes.count < count {
      let change = next()
      changes.removeAll { $0.side == change.side && $0.price == change.price }
      changes.append(change)
    }
    return changes
  }

  private mutating func next() -> BookChange {
    let side = BookSide(rawValue: UInt8(numbers.below(2))) ?? .bid
    let place = Int(side.rawValue)
    let rank = min(drawnRank(), sides[place].count - 1)
    let offset = sides[place].count - 1 - rank
    let price = sides[place][offset]
    let kind = numbers.below(1_000)
    let isLong = sides[place].count > BookTape.levels
    if kind < 270, sides[place].count > BookTape.levels - 40 {
      sides[place].remove(at: offset)
      return change(side, price, size: 0)
    }
    if kind < 540, !isLong, let new = free(above: offset, side) {
      sides[place].insert(new, at: offset + 1)
      return change(side, new, size: 1 + numbers.below(90_000_000))
    }
    return change(side, price, size: 1 + numbers.below(90_000_000))
  }

  private mutating func drawnRank() -> Int {
    var share = numbers.below(1_000)
    for (part, ranks) in BookTape.ranks {
      if share < part { return ranks.lowerBound + numbers.below(ranks.count) }
      share -= part
    }
    return 128 + numbers.below(BookTape.levels)
  }

  /// A price better than that of a level and worse than the one before it, or than the other side's best.
  private mutating func free(above offset: Int, _ side: BookSide) -> Int? {
    let (own, other) = (sides[Int(side.rawValue)], sides[1 - Int(side.rawValue)])
    let limit = offset + 1 < own.count ? own[offset + 1] : -(other.last ?? .max)
    let room = limit - own[offset] - 1
    return room > 0 ? own[offset] + 1 + numbers.below(min(room, 10)) : nil
  }

  private func change(_ side: BookSide, _ price: Int, size: Int) -> BookChange {
    BookChange(
      side, price: ExactDecimal(mantissa: Int64(abs(price)), exponent: -2),
      size: ExactDecimal(mantissa: Int64(size), exponent: -8))
  }
}
