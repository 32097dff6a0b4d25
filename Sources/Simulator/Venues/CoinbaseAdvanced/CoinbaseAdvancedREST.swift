internal import ArbdFramework
internal import ArbdTransport

/// The part of Coinbase Advanced Trade's REST interface that says what there is to subscribe to:
/// https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/public/list-public-products
struct CoinbaseAdvancedREST {
  let markets: [ListedMarket]

  private static let products = "/api/v3/brokerage/market/products"

  func answer(_ target: RequestTarget, at time: Timestamp) -> HTTPAnswer {
    if target.path == CoinbaseAdvancedREST.products {
      let list = target["product_type"] ?? "SPOT" == "SPOT" ? markets.map(product) : []
      return HTTPAnswer(tree: ["products": .array(list), "num_products": .number(list.count)])
    }
    if target.path == "/api/v3/brokerage/time" {
      let (seconds, milliseconds) = (time.microseconds / 1_000_000, time.microseconds / 1_000)
      return HTTPAnswer(
        tree: [
          "iso": .string("\(time)"), "epochSeconds": .string("\(seconds)"), "epochMillis": .string("\(milliseconds)"),
        ])
    }
    let name = target.path.split(separator: "/").last.map(String.init)
    if target.path.hasPrefix(CoinbaseAdvancedREST.products), let market = markets.first(where: { $0.symbol == name }) {
      return HTTPAnswer(tree: product(market))
    }
    return HTTPAnswer(status: 404, tree: ["error": "NOT_FOUND", "error_details": "", "message": "not found"])
  }

  private func product(_ listed: ListedMarket) -> JSONTree {
    let market = listed.market
    let (base, quote) = (JSONTree.string(market.instrument.base), JSONTree.string(market.instrument.quote))
    let price = JSONTree.amount(listed.day?.last ?? listed.quote?.top.bid ?? 0, of: market.tick)
    return [
      "product_id": .string(listed.symbol), "price": price, "price_percentage_change_24h": "0", "volume_24h": "0",
      "volume_percentage_change_24h": "0", "base_increment": .amount(1, of: market.lot),
      "quote_increment": .amount(1, of: market.tick), "price_increment": .amount(1, of: market.tick),
      "quote_min_size": "1", "quote_max_size": "150000000", "base_min_size": .amount(1, of: market.lot),
      "base_max_size": "3400", "base_name": base, "quote_name": quote, "watched": false, "is_disabled": false,
      "new": false, "status": "online", "cancel_only": false, "limit_only": false, "post_only": false,
      "trading_disabled": false, "auction_mode": false, "product_type": "SPOT", "quote_currency_id": quote,
      "base_currency_id": base, "fcm_trading_session_details": .null, "mid_market_price": "", "alias": "",
      "alias_to": [], "base_display_symbol": base, "quote_display_symbol": quote, "view_only": false,
      "product_venue": "CBE",
    ]
  }
}
