internal import ArbdFramework
internal import ArbdTransport

/// The part of Coinbase Exchange's REST interface that says what there is to subscribe to.
struct CoinbaseREST {
  let markets: [SimulatedMarket]

  func answer(_ target: RequestTarget, at time: Timestamp) -> HTTPAnswer {
    let parts = target.path.split(separator: "/").map(String.init)
    switch (parts.first, parts.count) {
    case ("products", 1): return HTTPAnswer(json: array(markets) { product($0, &$1) })
    case ("products", 2):
      guard let market = markets.first(where: { $0.instrument.description == parts[1] }) else { break }
      var bytes: [UInt8] = []
      product(market, &bytes)
      return HTTPAnswer(json: bytes)
    case ("currencies", 1):
      var names: [String] = []
      for market in markets {
        for name in [market.instrument.base, market.instrument.quote] where !names.contains(name) { names.append(name) }
      }
      return HTTPAnswer(json: array(names) { currency($0, &$1) })
    case ("time", 1):
      let whole = time.microseconds / 1_000
      return HTTPAnswer(json: "{\"iso\":\"\(time)\",\"epoch\":\(Double(whole) / 1_000)}")
    default: break
    }
    return HTTPAnswer(status: 404, json: "{\"message\":\"NotFound\"}")
  }

  private func array<Element>(_ elements: [Element], _ write: (Element, inout [UInt8]) -> Void) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(array: elements, write)
    return bytes
  }

  /// https://docs.cdp.coinbase.com/exchange/reference/exchangerestapi_getproducts
  private func product(_ market: SimulatedMarket, _ bytes: inout [UInt8]) {
    bytes.append("{\"id\":")
    bytes.append(jsonString: market.instrument.description)
    bytes.append(",\"base_currency\":")
    bytes.append(jsonString: market.instrument.base)
    bytes.append(",\"quote_currency\":")
    bytes.append(jsonString: market.instrument.quote)
    bytes.append(",\"quote_increment\":\"")
    bytes.append(decimal: market.tick)
    bytes.append("\",\"base_increment\":\"")
    bytes.append(decimal: market.lot)
    bytes.append("\",\"display_name\":")
    bytes.append(jsonString: "\(market.instrument.base)/\(market.instrument.quote)")
    bytes.append(",\"min_market_funds\":\"1\",\"margin_enabled\":false,\"post_only\":false,\"limit_only\":false")
    bytes.append(",\"cancel_only\":false,\"status\":\"online\",\"status_message\":\"\",\"trading_disabled\":false")
    bytes.append(",\"fx_stablecoin\":false,\"max_slippage_percentage\":\"0.02000000\",\"auction_mode\":false}")
  }

  /// https://docs.cdp.coinbase.com/exchange/reference/exchangerestapi_getcurrencies
  private func currency(_ name: String, _ bytes: inout [UInt8]) {
    bytes.append("{\"id\":")
    bytes.append(jsonString: name)
    bytes.append(",\"name\":")
    bytes.append(jsonString: name)
    bytes.append(",\"min_size\":\"0.00000001\",\"status\":\"online\",\"message\":\"\",\"max_precision\":\"0.00000001\"")
    bytes.append(",\"convertible_to\":[],\"details\":{\"type\":\"crypto\",\"min_withdrawal_amount\":0.0001},")
    bytes.append("\"default_network\":\"\",\"supported_networks\":[]}")
  }
}
