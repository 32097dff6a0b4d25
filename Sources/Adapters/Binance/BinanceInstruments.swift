public import ArbdFramework

extension BinanceAdapter {
  public static var instrumentsPath: String? { "/api/v3/exchangeInfo" }

  /// `GET /api/v3/exchangeInfo`; a part of a filter that is 0 does not apply.
  ///
  ///     {"timezone":"UTC","symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT",
  ///      "filters":[{"filterType":"PRICE_FILTER","tickSize":"0.01"},{"filterType":"LOT_SIZE","minQty":"0.00001",
  ///      "stepSize":"0.00001"},{"filterType":"NOTIONAL","minNotional":"5.00"}]}]}
  ///
  /// https://developers.binance.com/docs/binance-spot-api-docs/rest-api/general-endpoints
  public static func readInstruments(_ json: inout JSONScanner) throws(JSONError) -> [InstrumentListing] {
    try json.listings(at: "symbols", tag: "filterType") { fields in
      guard let symbol = fields["symbol"], let instrument = fields.instrument("baseAsset", "quoteAsset") else {
        return nil
      }
      let status = fields["status"] ?? "unknown"
      return InstrumentListing(
        symbol: symbol, instrument: instrument, status: status == "TRADING" ? .trading : .halted(status),
        tickSize: fields.decimal("PRICE_FILTER.tickSize"), lotSize: fields.decimal("LOT_SIZE.stepSize"),
        minimumSize: fields.decimal("LOT_SIZE.minQty"), minimumValue: fields.decimal("NOTIONAL.minNotional"))
    }
  }
}
