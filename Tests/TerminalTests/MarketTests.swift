import Testing

@testable import ArbdTerminal

@Suite struct MarketTests {
  private static func row(
    _ venue: String, last: Double? = nil, bid: Double? = nil, ask: Double? = nil, base: String = "BTC",
    quote: String = "USD"
  ) -> MarketRow {
    MarketRow(venue: venue, base: base, quote: quote, last: last, bid: bid, ask: ask, receiveTime: 0)
  }

  @Test func oneBuysAtTheBestAskAndSellsAtTheBestBid() throws {
    let rows = [
      Self.row("a", bid: 99, ask: 101), Self.row("b", bid: 102, ask: 103), Self.row("c", last: 100.5),
    ]
    let best = try #require(MarketComparison(rows, fees: ["b": 10, "c": 20]))
    #expect(best.buy.venue == "c" && best.sell.venue == "b" && best.spread == 1.5)
    #expect(abs(best.gross - 1.5 / 100.5 * 1e4) < 1e-9)
    #expect(abs(best.net - (102 * 0.999 * 0.998 / 100.5 - 1) * 1e4) < 1e-9)
  }

  @Test func oneVenueIsNoComparison() {
    #expect(MarketComparison([Self.row("a", bid: 1, ask: 2)], fees: [:]) == nil)
    #expect(MarketComparison([Self.row("a", last: 1), Self.row("b")], fees: [:]) == nil)
  }

  @Test func assetsThatCountAsOneShareARow() {
    let keys = [
      MarketKey(venue: "coinbase", instrument: "BTC-USD"), MarketKey(venue: "binance", instrument: "BTC-USDT"),
      MarketKey(venue: "kraken", instrument: "BTC-USD"), MarketKey(venue: "kraken", instrument: "BTC-USDT"),
      MarketKey(venue: "kraken", instrument: "ETH-BTC"),
    ]
    for groups in [["USD", "USDT"], ["USDT", "USD"]] {
      let rows = MarketGroup.groups(of: keys, equalAssets: [groups])
      #expect(
        rows.map(\.label)
          == (groups[0] == "USD" ? ["BTC-USD", "BTC-USDT", "ETH-BTC"] : ["BTC-USD", "BTC-USDT", "ETH-BTC"]))
      // Nothing is lost: what has no room in the row of its group has one of its own.
      #expect(Set(rows.flatMap(\.keys.values)) == Set(keys))
      let shared = rows.first { $0.label == "BTC-\(groups[0])" }
      #expect(shared?.keys["kraken"]?.instrument == "BTC-\(groups[0])")
      #expect(shared?.keys.count == 3)
    }
    #expect(MarketGroup.groups(of: keys, equalAssets: []).count == 3)
  }

  @Test func ageIsReckonedFromTheNewestDataSoThatReplaysHaveOneToo() {
    var model = DashboardModel()
    var update = DashboardUpdate(time: 5_000_000_000)
    // Data of long ago, replayed now.
    update.markets = [
      MarketRow(venue: "a", base: "B", quote: "C", last: 1, receiveTime: 100_000_000),
      MarketRow(venue: "b", base: "B", quote: "C", last: 1, receiveTime: 103_000_000),
    ]
    model.apply(update)
    let rows = model.markets.values.sorted { $0.row.venue < $1.row.venue }.map(\.row)
    #expect(model.age(of: rows[0], at: 5_000_000_000) == 3 && model.age(of: rows[1], at: 5_000_000_000) == 0)
    // Silence makes all of them older.
    #expect(model.age(of: rows[1], at: 5_012_000_000) == 12)
  }
}

@Suite struct LogTailTests {
  private static func line(_ number: Int, _ level: LogLine.Level = .notice) -> LogLine {
    LogLine(time: Int64(number), level: level, text: "\(number)")
  }

  @Test func whatWasImportantWhileTheScreenWasUpIsGivenBack() {
    let tail = LogTail()
    #expect(!tail.add(Self.line(1, .error)), "no screen, so the terminal gets it")
    tail.hold()
    #expect(tail.add(Self.line(2)) && tail.add(Self.line(3, .warning)) && tail.add(Self.line(4, .error)))
    #expect(tail.release().map(\.time) == [3, 4])
    #expect(!tail.add(Self.line(5)) && tail.release().isEmpty)
  }

  @Test func eachLineIsGivenOnceAndOldOnesAreForgotten() {
    let tail = LogTail()
    for number in 0..<3 { _ = tail.add(Self.line(number)) }
    let first = tail.lines(from: 0)
    #expect(first.lines.map(\.time) == [0, 1, 2] && first.next == 3)
    #expect(tail.lines(from: 3).lines.isEmpty)
    for number in 3..<5_000 { _ = tail.add(Self.line(number)) }
    let later = tail.lines(from: 3)
    #expect(later.lines.count == LogTail.capacity && later.lines.last?.time == 4_999 && later.next == 5_000)
  }
}
