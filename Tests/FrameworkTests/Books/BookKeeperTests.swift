import Testing

@testable import ArbdFramework

@Suite struct BookKeeperTests {
  // MARK: Quotes

  @Test func tellsTheBestBidAndAskWhenTheyChange() {
    var books = KeptBooks()
    #expect(books.snapshot("bid 100 2,bid 99 1,ask 101 1", at: 0) == ["A: 2 @ 100 | 1 @ 101"])
    #expect(books.change("bid 98 5,ask 102 5", at: 1) == [])
    #expect(books.change("bid 100 2", at: 2) == [], "as it was")
    #expect(books.change("bid 100 2.0", at: 2) == ["A: 2.0 @ 100 | 1 @ 101"], "other digits")
    #expect(books.change("bid 100 0", at: 3) == ["A: 1 @ 99 | 1 @ 101"])
    #expect(books.change("ask 101 0,ask 102 0", at: 4) == ["A: 1 @ 99 | none"])
    #expect(books.change("bid 99 0,bid 98 0", at: 5) == ["A: withdrawn"])
    #expect(books.change("ask 103 1", at: 6) == ["A: none | 1 @ 103"])
  }

  @Test func quotesOfTheirOwnStreamAreLeftAlone() {
    var books = KeptBooks(channels: [.quotes, .book])
    #expect(books.snapshot("bid 100 2,ask 101 1", at: 0) == [])
    #expect(books.lose(at: 1) == ["A: lost: reason", "A: ask again for book"])
  }

  @Test func quotesOfAVenueWithoutSuchAStreamComeFromTheBook() {
    var rules = BookRules()
    rules.giveQuotes = true
    var books = KeptBooks(channels: [.quotes], rules)
    #expect(books.snapshot("bid 100 2,ask 101 1", at: 0) == ["A: 2 @ 100 | 1 @ 101"])
    #expect(books.lose(at: 1) == ["A: withdrawn", "A: lost: reason", "A: ask again for quotes"])
    // Both channels share the feed: each is told of, one is asked for.
    var both = KeptBooks(channels: [.quotes, .book], rules)
    #expect(both.snapshot("bid 100 2,ask 101 1", at: 0).count == 1)
    #expect(both.lose(at: 1).filter { $0.contains("lost") }.count == 2)
    #expect(both.advance(to: 1).isEmpty)
  }

  // MARK: In step and out of it

  @Test func oneBookIsMendedWithoutTheOthers() {
    var books = KeptBooks()
    #expect(books.snapshot("bid 100 2,ask 101 1", .number(5), of: 0, at: 0).count == 1)
    #expect(books.snapshot("bid 50 2,ask 51 1", .number(9), of: 1, at: 0).count == 1)
    #expect(
      books.change("bid 100 3", .number(7), of: 0, at: 1) == [
        "A: withdrawn", "A: lost: updates are missing", "A: ask again for book",
      ])
    #expect(!books.isInStep(0) && books.isInStep(1))
    #expect(books.change("bid 50 3", .number(10), of: 1, at: 1) == ["B: 3 @ 50 | 1 @ 51"])
    #expect(books.keeper.counts.gaps == 1)
    #expect(books.snapshot("bid 100 4,ask 101 1", .number(20), of: 0, at: 2) == ["A: 4 @ 100 | 1 @ 101"])
    #expect(books.isInStep(0))
  }

  @Test func whatComesWhileItIsOutOfStepSaysNothing() {
    var books = KeptBooks()
    _ = books.snapshot("bid 100 2,ask 101 1", .number(5), at: 0)
    _ = books.lose(at: 1)
    #expect(books.change("bid 100 3", .number(6), at: 1) == [])
    #expect(books.change("bid 100 3", .number(60), at: 1) == [])
    #expect(books.lose(at: 1) == ["A: lost: reason"], "a loss while the snapshot is awaited counts as another attempt")
    #expect(books.lose(at: 1) == [], "one while it waits for its next attempt does not")
    #expect(books.keeper.counts.gaps == 2)
  }

  @Test func attemptsAreMadeLessAndLessOftenAndReportedAsDown() {
    var books = KeptBooks(["A"])
    _ = books.snapshot("bid 100 2,ask 101 1", at: 0)
    var (told, asked): ([String], [Double]) = ([], [])
    var lines = books.lose(at: 0)
    var now = 0.0
    while asked.count < 12 {
      told += lines.filter { $0.contains(": lost") || $0.contains(": down") }
      if lines.contains("A: ask again for book") {
        asked.append(now)
        // The snapshot comes, and its checksum is wrong.
        books.checksum = { _ in 1 }
        lines = books.snapshot("bid 100 2,ask 101 1", at: now, checksum: 2)
        told += lines.filter { $0.contains(": lost") || $0.contains(": down") }
      }
      now += 0.25
      lines = books.advance(to: now)
    }
    let steps = zip(asked.dropFirst(), asked).map { $0 - $1 }
    #expect(steps == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60])
    #expect(told.prefix(4).allSatisfy { $0.hasPrefix("A: lost") })
    #expect(told.dropFirst(4).allSatisfy { $0 == "A: down: the checksum differs" } && told.count > 8)
  }

  @Test func aBookThatWasInStepForAWhileIsMendedAtOnce() {
    var books = KeptBooks(["A"])
    let ask = "A: ask again for book"
    _ = books.snapshot("bid 100 2,ask 101 1", at: 0)
    #expect(books.lose(at: 1).contains(ask))
    _ = books.snapshot("bid 100 2,ask 101 1", at: 1)
    #expect(!books.lose(at: 60).contains(ask), "59 s are too short")
    #expect(books.advance(to: 60.9) == [])
    #expect(books.advance(to: 61) == [ask])
    _ = books.snapshot("bid 100 2,ask 101 1", at: 62)
    #expect(books.lose(at: 122).contains(ask))
  }

  // MARK: Snapshots

  @Test func aSnapshotThatDoesNotComeIsAskedForAgain() {
    var books = KeptBooks(["A"])
    books.acknowledge(at: 0)
    #expect(books.advance(to: 9.9) == [])
    #expect(books.advance(to: 10) == ["A: lost: no snapshot within 10 s", "A: ask again for book"])
    #expect(books.advance(to: 19.9) == [])
    #expect(books.advance(to: 20) == ["A: lost: no snapshot within 10 s"])
    #expect(books.advance(to: 21) == ["A: ask again for book"])
    #expect(books.snapshot("bid 100 2,ask 101 1", at: 22) == ["A: 2 @ 100 | 1 @ 101"])
    #expect(books.advance(to: 1_000) == [])
  }

  /// A confirmation of what is in step already changes nothing.
  @Test func aLateAcknowledgementIsNoMatter() {
    var books = KeptBooks(["A"])
    _ = books.snapshot("bid 100 2,ask 101 1", at: 0)
    books.acknowledge(at: 1)
    #expect(books.advance(to: 100) == [] && books.isInStep())
  }

  @Test func changesAreKeptForASnapshotThatIsRequested() {
    var books = KeptBooks(["A", "B"], BookRules(snapshots: .requested))
    #expect(books.change("bid 100 1", .span(first: 5, last: 6), at: 0) == ["request -1 for 0"])
    #expect(books.change("bid 99 1", .span(first: 7, last: 9), at: 0) == [])
    #expect(books.change("bid 50 1", .span(first: 1, last: 1), of: 1, at: 0) == ["request -257 for 1"])
    #expect(books.keeper.place(ofRequest: -1) == 0 && books.keeper.place(ofRequest: -257) == 1)
    #expect(books.keeper.place(ofRequest: 0) == nil && books.keeper.place(ofRequest: -2) == nil)
    #expect(books.snapshot("bid 98 1,ask 101 1", .number(6), at: 1) == ["A: 1 @ 99 | 1 @ 101"])
    #expect(books.keeper.place(ofRequest: -1) == nil, "it is in step")
    #expect(books.levels(.bid) == ["1 @ 99", "1 @ 98"])
  }

  @Test func anAnswerThatNeverComesIsAskedForAgain() {
    var books = KeptBooks(["A"], BookRules(snapshots: .requested))
    #expect(books.change("bid 100 1", .span(first: 5, last: 6), at: 0) == ["request -1 for 0"])
    #expect(books.advance(to: 119) == [])
    #expect(
      books.advance(to: 120) == ["A: lost: no snapshot within 120 s", "request -2 for 0"])
    #expect(books.keeper.place(ofRequest: -1) == nil && books.keeper.place(ofRequest: -2) == 0)
  }

  /// What is held is bounded: the oldest changes go, and a snapshot that needs them is too old.
  @Test func moreChangesThanCanBeHeldAreForgotten() {
    var books = KeptBooks(["A"], BookRules(snapshots: .requested))
    for number in 0..<Int64(TrackedBook.mostHeld + 1) {
      _ = books.change("bid 100 \(number + 1)", .span(first: number, last: number), at: 0)
    }
    let old = books.snapshot("bid 99 1,ask 101 1", .number(5), at: 1)
    #expect(old.contains("A: lost: the snapshot is older than the changes"))
    var again = KeptBooks(["A"], BookRules(snapshots: .requested))
    for number in 0..<Int64(TrackedBook.mostHeld + 1) {
      _ = again.change("bid 100 \(number + 1)", .span(first: number, last: number), at: 0)
    }
    #expect(again.snapshot("bid 99 1,ask 101 1", .number(1_000), at: 1) == ["A: 1025 @ 100 | 1 @ 101"])
  }

  @Test func aBookWhoseLevelsRanOutIsFetchedAnew() {
    var books = KeptBooks(["A"], BookRules(depth: 2))
    #expect(books.snapshot("bid 100 1,bid 99 1,bid 98 1,ask 101 1", at: 0, isCut: true).count == 3)
    #expect(!books.isInStep(), "one ask is all that the venue shows of more")
    _ = books.snapshot("bid 100 1,bid 99 1,bid 98 1,ask 101 1,ask 102 1", at: 1, isCut: true)
    #expect(books.change("bid 100 0", at: 2).first == "A: 1 @ 99 | 1 @ 101")
    #expect(books.change("bid 99 0", at: 3).contains("A: lost: fewer than 2 levels are left"))
  }

  // MARK: What is wrong

  @Test func aCrossedBookThatHearsNothingMoreIsLost() {
    var books = KeptBooks(["A"], BookRules())
    _ = books.snapshot("bid 100 1,ask 101 1", at: 0)
    _ = books.change("bid 102 1", at: 5)
    #expect(books.advance(to: 5.5).isEmpty && books.isInStep())
    #expect(books.advance(to: 6).contains("A: lost: the best bid is not below the best ask"))
    #expect(!books.isInStep())
  }

  @Test func aCrossedBookIsGivenASecond() {
    var books = KeptBooks(["A"])
    _ = books.snapshot("bid 100 2,ask 101 1", at: 0)
    #expect(books.change("bid 101 1", at: 1) == [], "nothing is told of a book that is locked")
    #expect(books.change("bid 99 1", at: 1.9) == [])
    #expect(books.change("bid 101 0", at: 1.95) == [], "what was told is right again")
    #expect(books.change("bid 102 1", at: 3) == [])
    #expect(
      books.change("bid 99 2", at: 4) == [
        "A: withdrawn", "A: lost: the best bid is not below the best ask", "A: ask again for book",
      ])
  }

  /// What is numbered shows by its gap what was lost; what is not, does not.
  @Test func aFrameThatCouldNotBeReadLosesWhatHasNoNumbers() {
    var books = KeptBooks()
    _ = books.snapshot("bid 100 2,ask 101 1", .number(5), of: 0, at: 0)
    _ = books.snapshot("bid 50 2,ask 51 1", of: 1, at: 0)
    #expect(books.reject(at: 1) == ["B: withdrawn", "B: lost: a frame could not be read", "B: ask again for book"])
    #expect(books.isInStep(0))
  }

  @Test func levelsThatNoBookCanHoldAreCounted() {
    var books = KeptBooks(["A"])
    _ = books.snapshot("bid 100 2,bid -1 1,bid 0 1,ask 101 1,ask 102 -1", at: 0)
    _ = books.change("bid 99 -3", at: 1)
    #expect(books.keeper.refusedLevels == 4)
    #expect(books.levels(.bid) == ["2 @ 100"] && books.levels(.ask) == ["1 @ 101"])
  }

  @Test(arguments: [
    (BookStep.number(5), BookStep.number(6), BookStep.Order.next), (.number(5), .number(5), .old),
    (.number(5), .number(7), .gap), (.number(5), .number(4), .gap), (.number(5), .unnumbered, .next),
    (.number(5), .span(first: 6, last: 9), .next), (.number(5), .span(first: 3, last: 5), .old),
    (.number(5), .span(first: 3, last: 6), .next), (.number(5), .span(first: 7, last: 9), .gap),
    (.number(5), .link(previous: 5, number: 9), .next), (.number(5), .link(previous: 5, number: 5), .next),
    (.number(5), .link(previous: 5, number: 2), .next), (.number(5), .link(previous: 4, number: 5), .old),
    (.number(5), .link(previous: 6, number: 9), .gap), (.unnumbered, .number(9), .next),
    (.number(.max), .number(.min), .next), (.number(.max), .span(first: .min, last: .min), .old),
  ])
  func stepsFollowOneAnother(_ last: BookStep, _ step: BookStep, _ order: BookStep.Order) {
    #expect(step.order(behind: last.last) == order)
  }
}
