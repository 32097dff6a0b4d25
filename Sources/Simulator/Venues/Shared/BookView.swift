internal import ArbdFramework

/// The best levels of a book as a client sees them who asked for so many: what changes in its view when the book does.
struct BookView: Sendable {
  /// Levels that are different: first those that are no longer in view, whose size is 0, so that whoever cuts a book off at
  /// its depth behind each level cuts nothing that stays; then the others. Best first both times.
  struct Changes: Sendable, Equatable {
    var bids: [SimulatedBook.Level] = []
    var asks: [SimulatedBook.Level] = []

    var isEmpty: Bool { bids.isEmpty && asks.isEmpty }
  }

  private let depth: Int
  /// Whether the client is told of levels that others have pushed out of view.
  private let tellsWhatFallsOut: Bool
  private var shown = Changes()

  init(depth: Int, tellsWhatFallsOut: Bool, _ book: SimulatedBook) {
    self.depth = depth
    self.tellsWhatFallsOut = tellsWhatFallsOut
    show(book)
  }

  /// All that is in view.
  var levels: Changes { shown }

  /// Moves to the book as it is now.
  mutating func follow(_ book: SimulatedBook) -> Changes {
    let before = shown
    show(book)
    return Changes(
      bids: difference(before.bids, shown.bids) { $0 > $1 }, asks: difference(before.asks, shown.asks) { $0 < $1 })
  }

  private mutating func show(_ book: SimulatedBook) {
    shown = Changes(bids: book.levels(.bid, atMost: depth), asks: book.levels(.ask, atMost: depth))
  }

  private func difference(
    _ old: [SimulatedBook.Level], _ new: [SimulatedBook.Level], isBetter: (Int64, Int64) -> Bool
  ) -> [SimulatedBook.Level] {
    var (gone, changes): ([SimulatedBook.Level], [SimulatedBook.Level]) = ([], [])
    var place = 0
    for level in new {
      while place < old.count, isBetter(old[place].price, level.price) {
        gone.append(SimulatedBook.Level(price: old[place].price, size: 0))
        place += 1
      }
      if place < old.count, old[place].price == level.price {
        if old[place].size != level.size { changes.append(level) }
        place += 1
      } else {
        changes.append(level)
      }
    }
    // What lies behind a full view has fallen out of it, or would have.
    if new.count < depth || tellsWhatFallsOut {
      gone += old[place...].map { SimulatedBook.Level(price: $0.price, size: 0) }
    }
    return gone + changes
  }
}
