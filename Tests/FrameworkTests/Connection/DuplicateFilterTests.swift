import Testing

@testable import ArbdFramework

struct DuplicateFilterTests {
  /// `#expect` takes no mutating calls.
  private final class Filter {
    private var filter = DuplicateFilter()

    func isRepetition(_ id: TradeID, at time: Timestamp) -> Bool { filter.isRepetition(id, at: time) }
  }

  private func time(_ microseconds: Int) -> Timestamp { Timestamp(microseconds: Int64(microseconds)) }

  /// Ids of several kinds: the one of trade number `trade`.
  enum Kind: CaseIterable {
    case small
    case long
    case sparse
    case uuid
    case letters

    func id(_ trade: Int) throws -> TradeID {
      let text =
        switch self {
        case .small: "\(trade)"
        case .long: "1234567890123456789012345\(1_000_000_000 + trade)"
        case .sparse: "229000000006\(1_000_000 + trade * 7)"
        case .uuid: uuid(trade)
        case .letters: "trade-\(trade)-x"
        }
      return try #require(TradeID(text))
    }

    private func uuid(_ trade: Int) -> String {
      var random = SeededRandom(seed: UInt64(trade))
      let text = String(random.next(), radix: 16) + String(random.next(), radix: 16)
      return "\(text.prefix(8))-\(text.dropFirst(8).prefix(4))-4000-\(text.dropFirst(12))"
    }
  }

  @Test(arguments: Kind.allCases)
  func aNewTradeIsNeverTakenForARepetition(kind: Kind) throws {
    let filter = Filter()
    for trade in 0..<5_000 {
      #expect(!filter.isRepetition(try kind.id(trade), at: time(trade / 10)))
    }
  }

  @Test(arguments: [Kind.small, .long], [1, 10, 999])
  func numbersThatCountOneByOneAreRememberedExactly(kind: Kind, lag: Int) throws {
    let filter = Filter()
    for trade in 0..<5_000 {
      #expect(!filter.isRepetition(try kind.id(trade), at: time(trade)))
      if trade >= lag { #expect(filter.isRepetition(try kind.id(trade - lag), at: time(trade - lag))) }
    }
  }

  @Test(arguments: Kind.allCases)
  func ofOtherIdsTheLastHundredAreRemembered(kind: Kind) throws {
    let filter = Filter()
    var forgotten = 0
    for trade in 0..<5_000 {
      _ = filter.isRepetition(try kind.id(trade), at: time(trade))
      if trade >= 100, !filter.isRepetition(try kind.id(trade - 100), at: time(trade - 100)) { forgotten += 1 }
    }
    #expect(forgotten <= 50, "\(forgotten)")
  }

  /// Two sockets bring the same trades, the second in another order and a little later.
  @Test(arguments: Kind.allCases)
  func anOverlapOutOfOrderLetsEachTradeThroughOnce(kind: Kind) throws {
    var random = SeededRandom(seed: 7)
    let filter = Filter()
    var passed = Array(repeating: 0, count: 2_000)
    let first = passed.indices.map { (trade: $0, at: $0) }
    let second = passed.indices.map { (trade: $0, at: $0 + random.number(0...50)) }
    for (trade, _) in (first + second).sorted(by: { $0.at < $1.at })
    where !filter.isRepetition(try kind.id(trade), at: time(trade)) {
      passed[trade] += 1
    }
    #expect(passed.allSatisfy { $0 >= 1 })
    #expect(passed.count { $0 > 1 } <= 10, "\(passed.count { $0 > 1 })")
  }

  @Test func aVenueThatCountsAnewRepeatsNoTrade() {
    let filter = Filter()
    #expect(!filter.isRepetition(TradeID(17), at: time(1)))
    #expect(!filter.isRepetition(TradeID(17), at: time(2)))
    #expect(filter.isRepetition(TradeID(17), at: time(2)))
  }

  @Test func aTradeWithoutAnIdIsNew() throws {
    let filter = Filter()
    let none = try #require(TradeID(""))
    #expect(!filter.isRepetition(none, at: time(1)))
    #expect(!filter.isRepetition(none, at: time(1)))
  }
}
