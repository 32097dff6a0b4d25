import Testing

@testable import ArbdFramework

/// A venue that numbers its updates, a line that loses and repeats some, and a book that is never wrong while it says that it
/// is in step.
@Suite struct BookKeeperPropertyTests {
  enum Numbering: CaseIterable, Sendable { case number, span, link }

  @Test(arguments: Numbering.allCases, [UInt64](1...6))
  func inStepMeansEqualToTheVenues(_ numbering: Numbering, _ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var rules = BookRules(snapshots: numbering == .span ? .requested : .streamed, depth: 1_000)
    rules.crossedLimit = .seconds(1_000_000)
    var books = KeptBooks(["A"], rules)
    // What the venue has, and what it had lately.
    var naive = NaiveBook()
    var past: [[String]] = []
    var number: Int64 = 100
    /// Of the snapshot that is on its way: what it will hold, and when it arrives.
    var snapshot: (levels: [BookChange], number: Int64, at: Int)?
    var (timesInStep, gaps) = (0, 0)
    books.acknowledge(at: 0)
    if rules.snapshots == .streamed { snapshot = ([], number, 2) }
    for step in 1..<3_000 {
      let now = Double(step) / 10
      // The venue's next update, of one or several numbers.
      let changes = (0..<1 + random.below(4)).map { _ in random.level() }
      let previous = number
      for change in changes { naive.apply(change) }
      number += numbering == .number ? 1 : Int64(1 + random.below(3))
      past = past.suffix(7) + [text(naive)]
      let bookStep: BookStep =
        switch numbering {
        case .number: .number(number)
        case .span: .span(first: previous + 1, last: number)
        case .link: .link(previous: previous, number: number)
        }
      let update = BookUpdate(place: 0, kind: .changes, step: bookStep, eventTime: nil, checksum: nil)
      var told = books.advance(to: now)
      if !random.chance(2) { told += books.take(update, changes, now) }
      if random.chance(2) { told += books.take(update, changes, now) }
      if told.contains(where: { $0.hasPrefix("request") || $0.contains("ask again") }) {
        snapshot = (levels(naive), number, step + 1 + random.below(8))
      }
      if let due = snapshot, due.at <= step {
        snapshot = nil
        // A stream goes on from its snapshot; one that was requested may be of any time since.
        let isStreamed = rules.snapshots == .streamed
        let whole = isStreamed ? levels(naive) : due.levels
        told += books.take(
          BookUpdate(
            place: 0, kind: .snapshot(isCut: false), step: .number(isStreamed ? number : due.number), eventTime: nil,
            checksum: nil), whole, now)
        if told.contains(where: { $0.hasPrefix("request") }) { snapshot = (levels(naive), number, step + 3) }
      }
      gaps += told.count { $0.contains("lost") || $0.contains("down") }
      guard books.isInStep() else { continue }
      timesInStep += 1
      // A lost update is noticed by the next one that arrives: until then the book is as it was before it.
      #expect(past.contains(BookSide.allCases.flatMap { books.levels($0) }), "at step \(step)")
    }
    #expect(timesInStep > 200 && gaps > 5, "\(timesInStep) times in step, \(gaps) gaps")
  }

  private func text(_ book: NaiveBook) -> [String] { BookSide.allCases.flatMap { book.levels($0).map(\.text) } }

  private func levels(_ book: NaiveBook) -> [BookChange] {
    BookSide.allCases.flatMap { side in
      book.levels(side).map { BookChange(side, price: $0.price, size: $0.size) }
    }
  }
}

extension SeededRandom {
  fileprivate mutating func level() -> BookChange {
    let isBid = chance(50)
    let price = isBid ? 50 + below(50) : 100 + below(50)
    let size = chance(30) ? 0 : 1 + below(1_000)
    return BookChange(
      isBid ? .bid : .ask, price: ExactDecimal(mantissa: Int64(price), exponent: -1),
      size: ExactDecimal(mantissa: Int64(size), exponent: -2))
  }
}
