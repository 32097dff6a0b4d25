internal import ArbdFramework
internal import ArbdTransport

/// The part of Bybit's REST interface that says what there is to subscribe to, and shows books:
/// https://bybit-exchange.github.io/docs/v5/market/instrument
struct BybitREST {
  let markets: [ListedMarket]

  func answer(_ target: RequestTarget, at time: Timestamp) -> HTTPAnswer {
    let isSpot = target["category"] == "spot"
    switch target.path {
    case "/v5/market/instruments-info":
      let list = isSpot ? markets.map(instrument) : []
      let category = JSONTree.string(target["category"] ?? "")
      return result(["category": category, "nextPageCursor": "", "list": .array(list)], at: time)
    case "/v5/market/time":
      let (seconds, nanoseconds) = (time.microseconds / 1_000_000, time.microseconds * 1_000)
      return result(["timeSecond": .string("\(seconds)"), "timeNano": .string("\(nanoseconds)")], at: time)
    case "/v5/market/orderbook":
      guard isSpot, let market = markets.first(where: { $0.symbol == target["symbol"] }) else {
        return HTTPAnswer(tree: ["retCode": 10_001, "retMsg": "Not supported symbols", "result": []])
      }
      let depth = min(max(1, target["limit"].flatMap { Int($0) } ?? 1), 200)
      return result(book(market, BookMessage(snapshot: market, atMost: depth)), at: time)
    default: return HTTPAnswer(404, body: "")
    }
  }

  private func result(_ tree: JSONTree, at time: Timestamp) -> HTTPAnswer {
    let empty = JSONTree.object([])
    return HTTPAnswer(
      tree: [
        "retCode": 0, "retMsg": "OK", "result": tree, "retExtInfo": empty,
        "time": .number(Int(time.microseconds / 1_000)),
      ])
  }

  private func instrument(_ listed: ListedMarket) -> JSONTree {
    let market = listed.market
    return [
      "symbolId": 9, "symbol": .string(listed.symbol), "baseCoin": .string(market.instrument.base),
      "quoteCoin": .string(market.instrument.quote), "innovation": "0", "status": "Trading",
      "marginTrading": "none", "stTag": "0",
      "lotSizeFilter": [
        "basePrecision": .amount(1, of: market.lot), "quotePrecision": "0.0000001",
        "minOrderQty": .amount(1, of: market.lot), "maxOrderQty": "9000", "minOrderAmt": "5",
        "maxOrderAmt": "8000000", "maxLimitOrderQty": "9000", "maxMarketOrderQty": "4500",
        "postOnlyMaxLimitOrderSize": "60000",
      ],
      "priceFilter": ["tickSize": .amount(1, of: market.tick)],
      "riskParameters": ["priceLimitRatioX": "0.005", "priceLimitRatioY": "0.01"], "symbolType": "",
    ]
  }

  private func book(_ listed: ListedMarket, _ message: BookMessage) -> JSONTree {
    func side(_ levels: [SimulatedBook.Level]) -> JSONTree {
      .array(levels.map { [.amount($0.price, of: listed.market.tick), .amount($0.size, of: listed.market.lot)] })
    }
    let milliseconds = JSONTree.number(Int(message.time.microseconds / 1_000))
    return [
      "s": .string(listed.symbol), "b": side(message.levels.bids), "a": side(message.levels.asks), "ts": milliseconds,
      "u": .number(Int(message.count)), "seq": .number(Int(message.number)), "cts": milliseconds,
    ]
  }
}
