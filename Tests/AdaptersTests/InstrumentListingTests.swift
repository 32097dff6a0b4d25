import Foundation
import Testing

@testable import ArbdAdapters
@testable import ArbdFramework

/// Venues' lists of instruments, in the shapes of their documentation.
@Suite struct InstrumentListingTests {
  private static func read<Adapter: ExchangeAdapter>(
    _ adapter: Adapter.Type, _ text: some DataProtocol
  ) throws -> [InstrumentListing] {
    let bytes = Array(text)
    var json = JSONScanner(bytes.span.bytes)
    let listings = try adapter.readInstruments(&json)
    try json.finish()
    return listings
  }

  private static func text(_ listing: InstrumentListing) -> String {
    func digits(_ number: ExactDecimal?) -> String { number.map(\.description) ?? "none" }
    let status = if case .halted(let word) = listing.status { "halted (\(word))" } else { "trading" }
    return "\(listing.symbol) \(listing.instrument) \(status), tick \(digits(listing.tickSize)), "
      + "lot \(digits(listing.lotSize)), size \(digits(listing.minimumSize)), value \(digits(listing.minimumValue))"
  }

  private static let shapes: [(any ExchangeAdapter.Type, String, [String])] = [
    (
      CoinbaseAdapter.self,
      #"""
      [{"id":"BTC-USD","base_currency":"BTC","quote_currency":"USD","quote_increment":"0.01","base_increment":
      "0.00000001","min_market_funds":"1","status":"online","trading_disabled":false,"fx_stablecoin":null},
      {"id":"ETH-USD","base_currency":"ETH","quote_currency":"USD","status":"online","trading_disabled":true},
      {"id":"XYZ-USD","base_currency":"XYZ","quote_currency":"USD","status":"delisted","trading_disabled":false},
      {"id":"broken"},5,null,[1]]
      """#,
      [
        "BTC-USD BTC-USD trading, tick 0.01, lot 0.00000001, size none, value 1",
        "ETH-USD ETH-USD halted (trading disabled), tick none, lot none, size none, value none",
        "XYZ-USD XYZ-USD halted (delisted), tick none, lot none, size none, value none",
      ]
    ),
    (
      CoinbaseAdvancedAdapter.self,
      #"""
      {"products":[{"product_id":"BTC-USD","base_increment":"0.00000001","quote_increment":"0.01",
      "price_increment":"0.05","quote_min_size":"1","base_min_size":"0.0001","base_currency_id":"BTC",
      "quote_currency_id":"USD","status":"online","trading_disabled":false,"alias":"","alias_to":["BTC-USDC"]}],
      "num_products":1}
      """#, ["BTC-USD BTC-USD trading, tick 0.05, lot 0.00000001, size 0.0001, value 1"]
    ),
    (
      BinanceAdapter.self,
      #"""
      {"timezone":"UTC","serverTime":1753000000000,"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT"}],"symbols":[
      {"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT","orderTypes":["LIMIT"],"filters":[
      {"filterType":"PRICE_FILTER","minPrice":"0.01","tickSize":"0.01"},
      {"filterType":"LOT_SIZE","minQty":"0.00001","maxQty":"9000","stepSize":"0.00002"},
      {"filterType":"NOTIONAL","minNotional":"5.00"}],"permissionSets":[["SPOT"]]},
      {"symbol":"ABCUSDT","status":"BREAK","baseAsset":"ABC","quoteAsset":"USDT","filters":[
      {"filterType":"PRICE_FILTER","tickSize":"0.00000000"}]}]}
      """#,
      [
        "BTCUSDT BTC-USDT trading, tick 0.01, lot 0.00002, size 0.00001, value 5.00",
        "ABCUSDT ABC-USDT halted (BREAK), tick none, lot none, size none, value none",
      ]
    ),
    (
      KrakenAdapter.self,
      #"""
      {"error":[],"result":{"XXBTZUSD":{"altname":"XBTUSD","wsname":"XBT/USD","base":"XXBT","quote":"ZUSD",
      "pair_decimals":1,"lot_decimals":8,"ordermin":"0.00005","costmin":"0.5","tick_size":"0.1","status":"online",
      "fees":[[0,0.4]]},"XDGUSD":{"altname":"XDGUSD","wsname":"XDG/USD","lot_decimals":8,"status":"cancel_only"},
      "XXBTZUSD.d":{"altname":"XBTUSD.d","wsname":"XBT/USD"}}}
      """#,
      [
        "BTC/USD BTC-USD trading, tick 0.1, lot 0.00000001, size 0.00005, value 0.5",
        "DOGE/USD DOGE-USD halted (cancel_only), tick none, lot 0.00000001, size none, value none",
      ]
    ),
    (
      OKXAdapter.self,
      #"""
      {"code":"0","msg":"","data":[{"instType":"SPOT","instId":"BTC-USDT","instIdCode":210000000,"baseCcy":"BTC",
      "quoteCcy":"USDT","tickSz":"0.1","lotSz":"0.00000001","minSz":"0.00001","state":"live"},
      {"instType":"SPOT","instId":"ABC-USDT","baseCcy":"ABC","quoteCcy":"USDT","tickSz":"","state":"suspend"},
      {"instType":"SWAP","instId":"BTC-USDT-SWAP","baseCcy":"","quoteCcy":"","state":"live"}]}
      """#,
      [
        "BTC-USDT BTC-USDT trading, tick 0.1, lot 0.00000001, size 0.00001, value none",
        "ABC-USDT ABC-USDT halted (suspend), tick none, lot none, size none, value none",
      ]
    ),
    (
      BybitAdapter.self,
      #"""
      {"retCode":0,"retMsg":"OK","result":{"category":"spot","list":[{"symbolId":9,"symbol":"BTCUSDT","baseCoin":"BTC",
      "quoteCoin":"USDT","status":"Trading","lotSizeFilter":{"basePrecision":"0.000001","minOrderQty":"0.000011",
      "minOrderAmt":"5"},"priceFilter":{"tickSize":"0.1"},"symbolType":""}]},"retExtInfo":{},"time":1753000000000}
      """#, ["BTCUSDT BTC-USDT trading, tick 0.1, lot 0.000001, size 0.000011, value 5"]
    ),
  ]

  @Test(arguments: shapes.indices)
  func readsTheDocumentedShape(_ number: Int) throws {
    let (adapter, text, expected) = Self.shapes[number]
    #expect(adapter.instrumentsPath != nil)
    #expect(try Self.read(adapter, Data(text.utf8)).map(Self.text) == expected)
  }

  @Test(arguments: shapes.indices, ["", "{", "5", "null", #"{"result":5}"#, #"{"symbols":{"a":[}}"#, "<html></html>"])
  func whatIsNoListIsAnError(_ number: Int, _ text: String) {
    let adapter = Self.shapes[number].0
    // A document without the list in it is an empty one.
    if let read = try? Self.read(adapter, Data(text.utf8)) { #expect(read.isEmpty) }
  }

  @Test(arguments: shapes.indices)
  func aListThatIsCutOffIsAnError(_ number: Int) {
    let (adapter, text, _) = Self.shapes[number]
    for length in stride(from: 0, to: text.utf8.count - 1, by: 7) {
      #expect(throws: JSONError.self) { try Self.read(adapter, Data(text.utf8.prefix(length))) }
    }
  }

  @Test(
    .enabled(if: RecordedFile.areThere, "no recordings beside the project"),
    arguments: [
      (RecordedFile.coinbaseProducts, 162, "BTC-USD"), (.binanceInstruments, 1_695, "BTC-USDT"),
      (.okxInstruments, 509, "BTC-USDT"), (.krakenPairs, 293, "BTC-USD"),
    ])
  func recordedListsAreRead(_ file: RecordedFile, _ count: Int, _ known: String) throws {
    let adapter: any ExchangeAdapter.Type =
      switch file {
      case .coinbaseProducts: CoinbaseAdapter.self
      case .binanceInstruments: BinanceAdapter.self
      case .okxInstruments: OKXAdapter.self
      default: KrakenAdapter.self
      }
    let listings = try Self.read(adapter, try file.content())
    #expect(listings.count >= count - 5 && listings.count <= count, "\(listings.count)")
    let one = try #require(listings.first { $0.instrument.description == known })
    #expect(one.status == .trading && (one.lotSize != nil || one.minimumSize != nil))
  }
}
