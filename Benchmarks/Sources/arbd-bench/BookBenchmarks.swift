import ArbdFramework

/// Level updates → order book, without the frames that bring them.
enum BookBenchmarks {
  private static let count = 16_384

  static var all: [Benchmark] {
    let group = "level update → order book"
    return [
      .passes(group, "bare pass", role: .bare, unit: "update") {
        let changes = messages(of: 1).flatMap { $0 }
        return Pass(operations: changes.count) {
          var sum: Int64 = 0
          for change in changes { sum &+= change.size.mantissa }
          return Int(sum)
        }
      },
      .passes(group, "one a message, 50 levels", unit: "update", isOnEventPath: true, required: 20) {
        pass(OrderBook(depth: 50), messages(of: 1))
      },
      .passes(group, "20 a message, 50 levels", unit: "update", isOnEventPath: true, required: 20) {
        pass(OrderBook(depth: 50), messages(of: 20))
      },
      .passes(group, "20 a message, 400 levels, cut", unit: "update", isOnEventPath: true, required: 20) {
        pass(OrderBook(depth: 400, cut: .exact), messages(of: 20))
      },
    ]
  }

  private static func messages(of changes: Int) -> [[BookChange]] {
    var tape = BookTape(seed: 5)
    return (0..<(count / changes)).map { _ in tape.changes(changes) }
  }

  private static func pass(_ book: OrderBook, _ messages: [[BookChange]]) -> Pass {
    var tape = BookTape(seed: 5)
    let snapshot = tape.snapshot()
    let changes = messages.flatMap { $0 }
    let size = messages[0].count
    var book = book
    return Pass(
      operations: changes.count,
      prepare: { book.replace(with: snapshot[...]) },
      run: { apply(changes, size, to: &book) })
  }

  private static func apply(_ changes: [BookChange], _ size: Int, to book: inout OrderBook) -> Int {
    for start in stride(from: 0, to: changes.count, by: size) {
      for place in start..<(start + size) { book.apply(changes[place]) }
      book.finishChanges()
    }
    return book.count(.bid)
  }
}
