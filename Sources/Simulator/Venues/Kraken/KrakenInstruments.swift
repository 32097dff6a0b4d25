internal import ArbdFramework
internal import ArbdTransport

/// Kraken's lists of what is traded: by REST under old names, by the channel `instrument` under the usual ones.
struct KrakenInstruments {
  let markets: [ListedMarket]

  /// https://docs.kraken.com/api/docs/rest-api/get-tradable-asset-pairs and its neighbours
  func answer(_ target: RequestTarget, at time: Timestamp) -> HTTPAnswer {
    switch target.path {
    case "/0/public/AssetPairs": pairs(target["pair"])
    case "/0/public/Assets": result(.object(assets.map { .init(old($0, prefix: true), asset($0)) }))
    case "/0/public/Time": result(["unixtime": .number(Int(time.microseconds / 1_000_000)), "rfc1123": ""])
    case "/0/public/SystemStatus": result(["status": "online", "timestamp": .string("\(time)")])
    default: HTTPAnswer(status: 404, tree: ["error": ["EGeneral:Unknown method"]])
    }
  }

  private func result(_ tree: JSONTree) -> HTTPAnswer { HTTPAnswer(tree: ["error": [], "result": tree]) }

  private var assets: [String] {
    var names: [String] = []
    for market in markets {
      for name in [market.market.instrument.base, market.market.instrument.quote] where !names.contains(name) {
        names.append(name)
      }
    }
    return names
  }

  /// The venue's old names: `XBT` and `XDG`, with a letter in front of those that it had from the beginning.
  private func old(_ asset: String, prefix: Bool) -> String {
    let name = asset == "BTC" ? "XBT" : asset == "DOGE" ? "XDG" : asset
    guard prefix else { return name }
    if ["USD", "EUR", "GBP", "JPY", "CAD"].contains(name) { return "Z" + name }
    return ["XBT", "ETH", "LTC", "XRP", "XDG", "XMR", "ZEC", "ETC"].contains(name) ? "X" + name : name
  }

  private func oldName(_ market: SimulatedMarket, _ separator: String) -> String {
    old(market.instrument.base, prefix: false) + separator + old(market.instrument.quote, prefix: false)
  }

  /// All pairs by their old names, or those that are asked for, under whatever names.
  private func pairs(_ names: String?) -> HTTPAnswer {
    guard let names else {
      return result(.object(markets.map { .init(oldName($0.market, ""), pair($0.market)) }))
    }
    var found: [JSONTree.Member] = []
    for name in names.split(separator: ",").map(String.init) {
      let market = markets.first {
        $0.symbol == name || oldName($0.market, "") == name || oldName($0.market, "/") == name
      }
      guard let market else { return HTTPAnswer(tree: ["error": ["EQuery:Unknown asset pair"]]) }
      found.append(.init(name, pair(market.market)))
    }
    return result(.object(found))
  }

  private func pair(_ market: SimulatedMarket) -> JSONTree {
    [
      "altname": .string(oldName(market, "")), "wsname": .string(oldName(market, "/")),
      "aclass_base": "currency", "base": .string(old(market.instrument.base, prefix: true)),
      "aclass_quote": "currency", "quote": .string(old(market.instrument.quote, prefix: true)), "lot": "unit",
      "cost_decimals": 5, "pair_decimals": .number(-Int(market.tick.exponent)),
      "lot_decimals": .number(-Int(market.lot.exponent)), "lot_multiplier": 1, "leverage_buy": [], "leverage_sell": [],
      "fees": [[0, .number("0.4")], [10_000, .number("0.35")]],
      "fees_maker": [[0, .number("0.25")], [10_000, .number("0.2")]], "fee_volume_currency": "ZUSD",
      "margin_call": 80, "margin_stop": 40, "ordermin": .amount(1, of: market.lot), "costmin": "0.5",
      "tick_size": .amount(1, of: market.tick), "status": "online",
    ]
  }

  private func asset(_ name: String) -> JSONTree {
    [
      "aclass": "currency", "altname": .string(old(name, prefix: false)), "decimals": 10, "display_decimals": 5,
      "status": "enabled",
    ]
  }

  /// `{"channel":"instrument","type":"snapshot","data":{"assets":[…],"pairs":[{"symbol":"BTC/USD","price_precision":1,
  /// "qty_precision":8,…}]}}`
  var message: JSONTree {
    [
      "channel": "instrument", "type": "snapshot",
      "data": [
        "assets": .array(
          assets.map {
            [
              "id": .string($0), "status": "enabled", "precision": 10, "precision_display": 5, "borrowable": false,
              "collateral_value": 1, "margin_rate": 0,
            ]
          }),
        "pairs": .array(markets.map { entry($0) }),
      ],
    ]
  }

  private func entry(_ listed: ListedMarket) -> JSONTree {
    let market = listed.market
    return [
      "symbol": .string(listed.symbol), "base": .string(market.instrument.base),
      "quote": .string(market.instrument.quote), "status": "online", "price_increment": .number(1, of: market.tick),
      "price_precision": .number(-Int(market.tick.exponent)), "qty_increment": .number(1, of: market.lot),
      "qty_precision": .number(-Int(market.lot.exponent)), "qty_min": .number(1, of: market.lot), "cost_min": "0.5",
      "cost_precision": 5, "marginable": false, "has_index": true,
    ]
  }
}
