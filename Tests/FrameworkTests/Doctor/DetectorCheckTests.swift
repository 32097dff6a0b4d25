import Logging
import Testing

@testable import ArbdFramework

@Suite struct DetectorCheckTests {
  private func finding(_ markets: [(String, String, Channel)], others: [String] = []) throws -> Finding {
    var options = SpreadOptions()
    options.instrument = try #require(Instrument("BTC-USD"))
    options.venues = ["coinbase", "binance"]
    options.treatAsEqual = [["USD", "USDT"]]
    let detector = SpreadDetector(
      options: options, context: PluginContext(logger: silentLogger, name: "btc", markets: MarketTable()))
    let provided = try markets.map { venue, instrument, channel in
      ProvidedMarket(market: Market(venue: venue, instrument: try #require(Instrument(instrument))), channel: channel)
    }
    return DetectorCheck(provided: provided, others: others).finding("detectors[0] btc", detector)
  }

  private let coinbase = ("coinbase", "BTC-USD", Channel.trades)
  private let binance = ("binance", "BTC-USDT", Channel.trades)

  @Test func namesTheMarkets() throws {
    let found = try finding([coinbase, binance, binance, ("binance", "ETH-USDT", .trades)])
    #expect(found.verdict == .good)
    #expect(found.text == "trades of coinbase BTC-USD, binance BTC-USDT")
  }

  @Test func namesTheVenueThatNobodyBrings() throws {
    let found = try finding([coinbase, ("binance", "BTC-USDT", .quotes)])
    #expect(found.verdict == .failed)
    #expect(found.text == "no source brings trades of a market of this detector at binance")
  }

  @Test func aReplayMayBringIt() throws {
    let found = try finding([coinbase], others: ["sources[1] replay"])
    #expect(found.verdict == .unknown)
    #expect(found.text == "whether trades at binance come is told by running sources[1] replay")
  }
}
