import Testing

@testable import ArbdFramework

@Suite struct InstrumentTests {
  @Test(arguments: [
    ("BTC-USD", "BTC", "USD"), ("1INCH-USDT", "1INCH", "USDT"), ("A-B", "A", "B"), ("btc-usd", "btc", "usd"),
    ("BTC.P-USD", "BTC.P", "USD"), ("币安-USDT", "币安", "USDT"),
  ])
  func readsBaseAndQuote(_ text: String, _ base: String, _ quote: String) {
    #expect(Instrument(text) == Instrument(base: base, quote: quote))
    #expect(Instrument(text)?.description == text)
  }

  @Test(arguments: [
    "", "-", "BTC", "BTC-", "-USD", "BTC--USD", "BTC-USD-PERP", "BTC/USD", "BTC USD", "BTC -USD", "BTC- USD",
    " BTC-USD",
    "BTC-USD\n", "BTC-US\u{0}D", "BTC-US\u{1F}D", "BTC-USD\u{7F}", "BTC\u{A0}X-USD", "BTC\u{2028}-USD",
    "BTC\u{3000}-USD",
  ])
  func refusesText(_ text: String) {
    #expect(Instrument(text) == nil)
  }

  @Test func orderIsByBytesOfTheText() {
    // A dash stands before all letters and digits, so BTC-… comes before BTC1-…; capitals before small letters.
    let ordered = [
      "1INCH-USD", "BTC-EUR", "BTC-USD", "BTC-USDT", "BTC1-USD", "ETH-USD", "btc-USD", "é-USD", "币-USD",
    ]
    let instruments = ordered.compactMap { Instrument($0) }
    #expect(instruments.count == ordered.count)
    #expect(instruments.reversed().sorted() == instruments)
    for instrument in instruments { #expect(!(instrument < instrument)) }
  }

  @Test func marketsAreNumberedByFirstSight() throws {
    let table = MarketTable()
    let markets = ["a", "b", "a", "c", "b"].map {
      Market(venue: $0, instrument: Instrument(base: "X", quote: "Y"))
    }
    #expect(markets.map { table.intern($0)?.index } == [0, 1, 0, 2, 1])
    #expect(table.count == 3)
    #expect(table.markets(from: 1).map(\.venue) == ["b", "c"])
    #expect(table.markets(from: 3).isEmpty)
    #expect(table[MarketID(index: 2)].description == "c X-Y")
  }

  @Test func groupsMakeAssetsEqual() {
    let groups = AssetGroups([["USD", "USDT", "USDC"], ["BTC", "WBTC"], []])
    #expect(groups.areEqual("USDT", "USDC"))
    #expect(groups.areEqual("BTC", "WBTC"))
    #expect(groups.areEqual("EUR", "EUR"))
    #expect(!groups.areEqual("USD", "BTC"))
    #expect(!groups.areEqual("EUR", "USD"))
  }
}
