import ArbdFramework
import FuzzSupport

/// An order book, and the same as plainly as can be: all levels that were ever set, in an array.
struct ComparedBooks {
  private var book: OrderBook
  private let isExact: Bool
  private var levels: [[BookLevel]] = [[], []]

  init(depth: Int, isExact: Bool) {
    book = OrderBook(depth: depth, cut: isExact ? .exact : .generous)
    self.isExact = isExact
  }

  mutating func replace(with changes: [BookChange], isCut: Bool) {
    let refused = book.replace(with: changes[...], isCut: isCut)
    require(refused >= 0 && refused <= changes.count, "more are refused than there were")
    levels = [[], []]
    // Which of them are refused depends on digits alone, and is not told one by one.
    if refused > 0 {
      for side in BookSide.allCases { levels[Int(side.rawValue)] = book.levels(side) }
    } else {
      for change in changes { set(change) }
    }
    finishPlain()
    compare()
  }

  mutating func apply(_ change: BookChange) {
    let isPossible = change.price.mantissa > 0 && change.size.mantissa >= 0
    let isApplied = book.apply(change)
    require(isPossible || !isApplied, "an impossible level is taken")
    if isApplied { set(change) }
  }

  mutating func finishChanges() {
    book.finishChanges()
    finishPlain()
    compare()
  }

  private mutating func finishPlain() {
    guard isExact else { return }
    for side in BookSide.allCases {
      let best = sorted(side).prefix(book.depth)
      levels[Int(side.rawValue)] = Array(best)
    }
  }

  private mutating func set(_ change: BookChange) {
    let side = Int(change.side.rawValue)
    levels[side].removeAll { $0.price == change.price }
    if change.size.mantissa > 0 { levels[side].append(BookLevel(price: change.price, size: change.size)) }
  }

  private func sorted(_ side: BookSide) -> [BookLevel] {
    levels[Int(side.rawValue)].sorted { side == .bid ? $0.price > $1.price : $0.price < $1.price }
  }

  private func compare() {
    for side in BookSide.allCases {
      let (own, plain) = (book.levels(side, atMost: book.depth), Array(sorted(side).prefix(book.depth)))
      require(book.count(side) <= book.depth + 2 * max(64, book.depth), "more levels than may be kept")
      if book.isExhausted { continue }
      require(own.count == plain.count, "another number of levels")
      for (one, other) in zip(own, plain) {
        require("\(one.price) \(one.size)" == "\(other.price) \(other.size)", "another level")
      }
    }
    let (bid, ask) = (book.bestBid, book.bestAsk)
    let isCrossed = if let bid, let ask { bid.price >= ask.price } else { false }
    require(book.isCrossed == isCrossed, "crossed or not")
    require((bid == nil) == (book.count(.bid) == 0) && (ask == nil) == (book.count(.ask) == 0), "a best level or none")
  }
}
