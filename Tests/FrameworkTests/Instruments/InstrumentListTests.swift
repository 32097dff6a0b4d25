import Testing

@testable import ArbdFramework

@Suite struct InstrumentListTests {
  static func list(_ names: [String], halted: [String: String] = [:]) -> InstrumentList {
    InstrumentList(
      (names + halted.keys.sorted()).compactMap { name in
        Instrument(name).map {
          InstrumentListing(symbol: name, instrument: $0, status: halted[name].map { .halted($0) } ?? .trading)
        }
      })
  }

  private static let usual = list(["BTC-USD", "BTC-USDT", "BTC-EUR", "ETH-USD", "SOL-USD", "DOGE-USD", "XLM-EUR"])

  @Test(arguments: [
    ("BTC-USDD", "BTC-USD, BTC-USDT, BTC-EUR"), ("BTX-USD", "BTC-USD"), ("DOGS-USD", "DOGE-USD"),
    ("ETH-GBP", "ETH-USD"), ("FOO-BAR", ""), ("XLM-USD", "XLM-EUR"),
  ])
  func namesNearOnes(_ name: String, _ near: String) throws {
    let complaint = Self.usual.complaint(about: try #require(Instrument(name)), at: "kraken")
    #expect(complaint == "kraken does not list \(name)" + (near.isEmpty ? "" : "; near: \(near)"))
  }

  @Test func whatIsListedIsNoMistake() throws {
    let wanted = ["BTC-USD", "BTC-GBP", "SOL-USD"].compactMap { Instrument($0) }
    #expect(Self.usual.unlisted(among: wanted).map(\.description) == ["BTC-GBP"])
    #expect(Self.list([]).unlisted(among: wanted).count == 3)
  }

  @Test func tellsWhatHasChanged() {
    let before = Self.list(["BTC-USD", "ETH-USD"], halted: ["SOL-USD": "BREAK", "ADA-USD": "BREAK"])
    let after = Self.list(["BTC-USD", "SOL-USD", "XRP-USD"], halted: ["ADA-USD": "HALT"])
    #expect(
      after.changes(since: before) == [
        .delisted(Instrument(base: "ETH", quote: "USD")), .resumed(Instrument(base: "SOL", quote: "USD")),
        .listed(Instrument(base: "XRP", quote: "USD")),
      ])
    #expect(
      Self.list([], halted: ["BTC-USD": "post_only"]).changes(since: Self.list(["BTC-USD"])) == [
        .halted(Instrument(base: "BTC", quote: "USD"), "post_only")
      ])
    #expect(after.changes(since: after).isEmpty)
  }

  @Test func ofSeveralListingsOneThatIsTradedCounts() throws {
    let btc = Instrument(base: "BTC", quote: "USD")
    let traded = InstrumentListing(symbol: "new", instrument: btc, status: .trading)
    let halted = InstrumentListing(symbol: "old", instrument: btc, status: .halted("BREAK"))
    #expect(InstrumentList([halted, traded])[btc]?.symbol == "new")
    #expect(InstrumentList([traded, halted])[btc]?.symbol == "new")
    #expect(InstrumentList([traded, halted]).count == 1)
  }
}
