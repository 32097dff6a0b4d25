internal import ArbdFramework

/// A market's order book in motion: follows the best bid and ask that the market gives it, and stirs behind them.
///
/// It draws from a generator of its own, so that trades and tops of book are the same however deep books are.
struct BookMotion: Sendable {
  private(set) var book = SimulatedBook()
  private var generator: SeededGenerator
  /// Levels a side.
  private let depth: Int
  /// Ticks between two levels, on average.
  private let spacing: Double
  /// Lots at a level, on average.
  private let typicalSize: Double
  private var changes: [SimulatedBook.Change] = []

  /// Between two levels, in parts of the price.
  private static let relativeSpacing = 0.1e-4
  /// The best levels, among which others than the best one change.
  private static let lively = 20

  init(depth: Int, middle: Double, typicalSize: Double, _ generator: SeededGenerator) {
    self.depth = depth
    self.typicalSize = typicalSize
    self.generator = generator
    spacing = max(0.5, middle * BookMotion.relativeSpacing)
  }

  /// Makes these the best bid and ask, and gives all that changes by it. No price is named twice.
  mutating func move(to top: TopOfBook) -> [SimulatedBook.Change] {
    changes.removeAll()
    while let best = book.level(.bid, 0), best.price > top.bid { set(.bid, best.price, 0) }
    while let best = book.level(.ask, 0), best.price < top.ask { set(.ask, best.price, 0) }
    set(.bid, top.bid, top.bidSize)
    set(.ask, top.ask, top.askSize)
    for side in BookSide.allCases {
      stir(side)
      while book.count(side) > depth, let worst = book.level(side, book.count(side) - 1) { set(side, worst.price, 0) }
      fill(side)
    }
    return changes
  }

  /// Half of the time a level behind the best one changes: its size, that it is there, or a new one comes.
  private mutating func stir(_ side: BookSide) {
    let draw = generator.next()
    guard draw & 1 == 0, book.count(side) > 2 else { return }
    let reach = min(BookMotion.lively, book.count(side) - 1)
    guard let level = book.level(side, 1 + Int(draw >> 8) % reach) else { return }
    switch (draw >> 1) & 3 {
    case 0: set(side, level.price, 0)
    case 1:
      let price = behind(level.price, side)
      if price >= 1 { set(side, price, drawSize()) }
    default: set(side, level.price, drawSize())
    }
  }

  private mutating func fill(_ side: BookSide) {
    while book.count(side) < depth, let worst = book.level(side, book.count(side) - 1) {
      let price = behind(worst.price, side)
      guard price >= 1 else { return }
      set(side, price, drawSize())
    }
  }

  private mutating func behind(_ price: Int64, _ side: BookSide) -> Int64 {
    let distance = 1 + Int64(min(spacing * generator.exponential(), 1e12))
    return side == .bid ? price - distance : price + distance
  }

  private mutating func drawSize() -> Int64 { 1 + Int64(min(typicalSize * generator.exponential(), 1e10)) }

  private mutating func set(_ side: BookSide, _ price: Int64, _ size: Int64) {
    let change = SimulatedBook.Change(side, price: price, size: size)
    book.apply(change)
    // What fills a book is new; among a few changes one may take back another.
    if changes.count < 32 { changes.removeAll { $0.side == side && $0.level.price == price } }
    changes.append(change)
  }
}
