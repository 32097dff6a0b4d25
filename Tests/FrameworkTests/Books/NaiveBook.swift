@testable import ArbdFramework

/// An order book as plainly as can be: all levels ever set, in a dictionary.
struct NaiveBook {
  private var sizes: [BookSide: [ExactDecimal: BookLevel]] = [.bid: [:], .ask: [:]]

  mutating func removeAll() { sizes = [.bid: [:], .ask: [:]] }

  mutating func apply(_ change: BookChange) {
    guard change.price.mantissa > 0, change.size.mantissa >= 0 else { return }
    let isEmpty = change.size.mantissa == 0
    sizes[change.side]?[change.price] = nil
    if !isEmpty { sizes[change.side]?[change.price] = BookLevel(price: change.price, size: change.size) }
  }

  mutating func cut(to depth: Int) {
    for side in BookSide.allCases {
      sizes[side] = Dictionary(uniqueKeysWithValues: levels(side).prefix(depth).map { ($0.price, $0) })
    }
  }

  /// Best first.
  func levels(_ side: BookSide) -> [BookLevel] {
    (sizes[side] ?? [:]).values.sorted { side == .bid ? $0.price > $1.price : $0.price < $1.price }
  }
}

extension BookLevel {
  /// Digit for digit.
  var text: String { "\(size) @ \(price)" }
}
