internal import ArbdFramework
internal import ArbdTransport

/// The part of Binance's REST interface that says what there is to subscribe to:
/// https://developers.binance.com/docs/binance-spot-api-docs/rest-api/general-endpoints
struct BinanceREST {
  let symbols: [BinanceSymbol]
  /// In the same order.
  let markets: [ListedMarket]

  func answer(_ target: RequestTarget, at time: Timestamp) -> HTTPAnswer {
    switch target.path {
    case "/api/v3/ping": HTTPAnswer(json: "{}")
    case "/api/v3/time": HTTPAnswer(json: "{\"serverTime\":\(time.microseconds / 1_000)}")
    case "/api/v3/exchangeInfo": exchangeInfo(target, at: time)
    case "/api/v3/depth": depth(target)
    default: HTTPAnswer(status: 404, json: "{\"code\":-1000,\"msg\":\"Not found.\"}")
    }
  }

  private func depth(_ target: RequestTarget) -> HTTPAnswer {
    guard let place = symbols.firstIndex(where: { $0.name == target["symbol"] }) else { return BinanceREST.badSymbol }
    let limit = target["limit"].flatMap { Int($0) } ?? 100
    guard limit > 0 else {
      return HTTPAnswer(
        status: 400, json: "{\"code\":-1100,\"msg\":\"Illegal characters found in parameter 'limit'.\"}")
    }
    var bytes: [UInt8] = []
    BinanceMessages.snapshot(BookMessage(snapshot: markets[place], atMost: min(limit, 5_000)), symbols[place], &bytes)
    return HTTPAnswer(json: bytes)
  }

  private static let badSymbol = HTTPAnswer(status: 400, json: "{\"code\":-1121,\"msg\":\"Invalid symbol.\"}")

  private func exchangeInfo(_ target: RequestTarget, at time: Timestamp) -> HTTPAnswer {
    var chosen = symbols
    if let names = requestedNames(target) {
      chosen = []
      for name in names {
        guard let symbol = symbols.first(where: { $0.name == name }) else { return BinanceREST.badSymbol }
        chosen.append(symbol)
      }
    }
    var bytes: [UInt8] = []
    bytes.append("{\"timezone\":\"UTC\",\"serverTime\":")
    bytes.append(integer: time.microseconds / 1_000)
    bytes.append(",\"rateLimits\":[{\"rateLimitType\":\"REQUEST_WEIGHT\",\"interval\":\"MINUTE\",\"intervalNum\":1,")
    bytes.append("\"limit\":6000}],\"exchangeFilters\":[],\"symbols\":[")
    for (number, symbol) in chosen.enumerated() {
      if number > 0 { bytes.append(",") }
      append(symbol, &bytes)
    }
    bytes.append("]}")
    return HTTPAnswer(json: bytes)
  }

  /// `symbol=BTCUSDT` or `symbols=["BTCUSDT","ETHUSDT"]`; nil asks for all.
  private func requestedNames(_ target: RequestTarget) -> [String]? {
    if let name = target["symbol"] { return [name] }
    return target["symbols"].map { list in
      list.split(whereSeparator: { "[]\", ".contains($0) }).map(String.init)
    }
  }

  private func append(_ symbol: BinanceSymbol, _ bytes: inout [UInt8]) {
    let market = symbol.market
    bytes.append("{\"symbol\":")
    bytes.append(jsonString: symbol.name)
    bytes.append(",\"status\":\"TRADING\",\"baseAsset\":")
    bytes.append(jsonString: market.instrument.base)
    bytes.append(",\"baseAssetPrecision\":8,\"quoteAsset\":")
    bytes.append(jsonString: market.instrument.quote)
    bytes.append(",\"quotePrecision\":8,\"quoteAssetPrecision\":8,\"baseCommissionPrecision\":8")
    bytes.append(",\"quoteCommissionPrecision\":8,\"orderTypes\":[\"LIMIT\",\"LIMIT_MAKER\",\"MARKET\"]")
    bytes.append(",\"icebergAllowed\":true,\"ocoAllowed\":true,\"quoteOrderQtyMarketAllowed\":true")
    bytes.append(",\"isSpotTradingAllowed\":true,\"isMarginTradingAllowed\":false")
    bytes.append(",\"filters\":[{\"filterType\":\"PRICE_FILTER\",\"minPrice\":\"")
    bytes.append(1, of: market.tick, decimals: 8)
    bytes.append("\",\"maxPrice\":\"10000000.00000000\",\"tickSize\":\"")
    bytes.append(1, of: market.tick, decimals: 8)
    bytes.append("\"},{\"filterType\":\"LOT_SIZE\",\"minQty\":\"")
    bytes.append(1, of: market.lot, decimals: 8)
    bytes.append("\",\"maxQty\":\"900000.00000000\",\"stepSize\":\"")
    bytes.append(1, of: market.lot, decimals: 8)
    bytes.append("\"},{\"filterType\":\"NOTIONAL\",\"minNotional\":\"5.00000000\",\"applyMinToMarket\":true")
    bytes.append(",\"maxNotional\":\"9000000.00000000\",\"applyMaxToMarket\":false,\"avgPriceMins\":5}]")
    bytes.append(",\"permissions\":[],\"permissionSets\":[[\"SPOT\"]],\"defaultSelfTradePreventionMode\":\"NONE\"")
    bytes.append(",\"allowedSelfTradePreventionModes\":[\"NONE\"]}")
  }
}
