import Testing

@testable import ArbdFramework

@Suite struct OrderBookTests {
  /// Prices of few values and changing digits, so that levels are hit again; removals of what is not there included.
  @Test(arguments: 0..<4)
  func agreesWithANaiveBook(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var book = OrderBook(depth: 1_000)
    var naive = NaiveBook()
    for step in 0..<2_000 {
      if random.chance(1) {
        let snapshot = (0..<random.below(200)).map { _ in random.change() }
        book.replace(with: snapshot[...])
        naive.removeAll()
        for change in snapshot { naive.apply(change) }
      } else {
        let change = random.change()
        let isPossible = change.price.mantissa > 0 && change.size.mantissa >= 0
        expectApplied(isPossible, change, to: &book)
        naive.apply(change)
      }
      book.finishChanges()
      guard step % 50 == 0 else { continue }
      for side in BookSide.allCases {
        #expect(book.levels(side).map(\.text) == naive.levels(side).map(\.text))
      }
    }
  }

  @Test(arguments: 0..<3)
  func anExactCutKeepsTheBest(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var book = OrderBook(depth: 10, cut: .exact)
    var naive = NaiveBook()
    for _ in 0..<600 {
      for _ in 0..<random.below(5) {
        let change = random.change()
        book.apply(change)
        naive.apply(change)
      }
      book.finishChanges()
      naive.cut(to: 10)
      for side in BookSide.allCases {
        #expect(book.levels(side).map(\.text) == naive.levels(side).map(\.text))
      }
      #expect(!book.isExhausted)
    }
  }

  /// What is kept beyond the depth never differs from the whole book while the book says that it is not exhausted.
  @Test(arguments: 0..<3)
  func theBestLevelsAreRightUntilTheyAreExhausted(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var book = OrderBook(depth: 20)
    var naive = NaiveBook()
    var exhaustions = 0
    for step in 0..<3_000 {
      var changes = [random.change(ofPrices: 1_000, digits: 0)]
      // The market falls, so that what was far away comes near.
      if step % 600 == 599 {
        changes += naive.levels(.bid).prefix(150).map {
          BookChange(.bid, price: $0.price, size: ExactDecimal(mantissa: 0, exponent: 0))
        }
      }
      for change in changes {
        book.apply(change)
        naive.apply(change)
      }
      book.finishChanges()
      if book.isExhausted {
        exhaustions += 1
        let snapshot = BookSide.allCases.flatMap { side in
          naive.levels(side).map { BookChange(side, price: $0.price, size: $0.size) }
        }
        book.replace(with: snapshot[...])
      }
      guard step % 20 == 0 || changes.count > 1 else { continue }
      for side in BookSide.allCases {
        let expected = naive.levels(side).prefix(20).map(\.text)
        #expect(book.levels(side, atMost: 20).map(\.text) == expected)
      }
      #expect(book.count(.bid) <= 20 + 2 * 64)
    }
    #expect(exhaustions > 0)
  }

  @Test func digitsAreKept() throws {
    var book = OrderBook(depth: 5)
    for (price, size) in [("30236", "1"), ("30243.5", "0.0100"), ("30236.00", "2.0"), ("30240.10", "3")] {
      expectApplied(true, try BookChange(.ask, price: ExactDecimal(price), size: ExactDecimal(size)), to: &book)
    }
    #expect(book.levels(.ask).map(\.text) == ["2.0 @ 30236.00", "3 @ 30240.10", "0.0100 @ 30243.5"])
  }

  @Test func whatCannotBeComparedIsRefused() throws {
    var book = OrderBook(depth: 5)
    expectApplied(true, BookChange(.bid, price: ExactDecimal(mantissa: 5, exponent: 0), size: one), to: &book)
    expectApplied(false, BookChange(.bid, price: ExactDecimal(mantissa: 5, exponent: -100), size: one), to: &book)
    expectApplied(false, BookChange(.bid, price: ExactDecimal(mantissa: 5, exponent: 100), size: one), to: &book)
    expectApplied(false, BookChange(.bid, price: ExactDecimal(mantissa: 1, exponent: -19), size: one), to: &book)
    expectApplied(true, BookChange(.bid, price: ExactDecimal(mantissa: 1, exponent: -18), size: one), to: &book)
    expectApplied(false, BookChange(.bid, price: ExactDecimal(mantissa: .max, exponent: -2), size: one), to: &book)
    #expect(book.levels(.bid).map(\.text) == ["1 @ 5", "1 @ 0.000000000000000001"])
    let snapshot = [
      BookChange(.bid, price: ExactDecimal(mantissa: 7, exponent: 0), size: one),
      BookChange(.bid, price: ExactDecimal(mantissa: 7, exponent: 90), size: one),
      BookChange(.bid, price: ExactDecimal(mantissa: -7, exponent: 0), size: one),
      BookChange(.ask, price: ExactDecimal(mantissa: 8, exponent: 0), size: ExactDecimal(mantissa: -1, exponent: 0)),
    ]
    let refused = book.replace(with: snapshot[...])
    #expect(refused == 3)
    #expect(book.levels(.bid).map(\.text) == ["1 @ 7"])
  }

  @Test func isCrossedWhenTheBestBidReachesTheBestAsk() throws {
    var book = OrderBook(depth: 5)
    #expect(!book.isCrossed)
    book.apply(try BookChange(.bid, price: ExactDecimal("100.0"), size: one))
    #expect(!book.isCrossed)
    book.apply(try BookChange(.ask, price: ExactDecimal("100.01"), size: one))
    #expect(!book.isCrossed)
    book.apply(try BookChange(.ask, price: ExactDecimal("100"), size: one))
    #expect(book.isCrossed)
  }

  @Test func averagePriceOfASize() throws {
    var book = OrderBook(depth: 5)
    for (price, size) in [("101", "2"), ("100", "1"), ("103", "1")] {
      book.apply(try BookChange(.ask, price: ExactDecimal(price), size: ExactDecimal(size)))
    }
    #expect(book.averagePrice(taking: 0.5, from: .ask) == 100)
    #expect(book.averagePrice(taking: 2, from: .ask) == 100.5)
    #expect(book.averagePrice(taking: 4, from: .ask) == (100 + 202 + 103) / 4.0)
    #expect(book.averagePrice(taking: 4.5, from: .ask) == nil)
    #expect(book.averagePrice(taking: 0, from: .ask) == nil)
    #expect(book.averagePrice(taking: 1, from: .bid) == nil)
  }
}

private func expectApplied(_ expected: Bool, _ change: BookChange, to book: inout OrderBook) {
  let isApplied = book.apply(change)
  #expect(isApplied == expected, "\(change)")
}

private let one = ExactDecimal(mantissa: 1, exponent: 0)

extension SeededRandom {
  /// Mostly possible; sizes are often 0.
  fileprivate mutating func change(ofPrices count: Int = 60, digits: Int = 2) -> BookChange {
    let exponent = -below(digits + 1)
    var price = below(count)
    for _ in 0..<(-exponent) { price = price * 10 + (chance(30) ? below(10) : 0) }
    let size = chance(30) ? 0 : below(1_000) - (chance(2) ? 1_000 : 0)
    return BookChange(
      chance(50) ? .bid : .ask, price: ExactDecimal(mantissa: Int64(price), exponent: Int8(exponent)),
      size: ExactDecimal(mantissa: Int64(size), exponent: Int8(-below(4))))
  }
}
