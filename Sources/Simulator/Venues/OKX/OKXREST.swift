internal import ArbdFramework
internal import ArbdTransport

/// The part of OKX's REST interface that says what there is to subscribe to, and shows books:
/// https://www.okx.com/docs-v5/en/#public-data-rest-api-get-instruments
struct OKXREST {
  let markets: [ListedMarket]

  func answer(_ target: RequestTarget, at time: Timestamp) -> HTTPAnswer {
    let milliseconds = JSONTree.string("\(time.microseconds / 1_000)")
    switch target.path {
    case "/api/v5/public/instruments":
      return data(target["instType"] == "SPOT" ? markets.map(instrument) : [])
    case "/api/v5/public/time": return data([["ts": milliseconds]])
    case "/api/v5/market/books":
      guard let market = markets.first(where: { $0.symbol == target["instId"] }) else {
        return HTTPAnswer(tree: ["code": "51001", "msg": "Instrument ID doesn't exist.", "data": []])
      }
      let depth = min(max(1, target["sz"].flatMap { Int($0) } ?? 1), 400)
      return data([book(market, BookMessage(snapshot: market, atMost: depth))])
    default: return HTTPAnswer(status: 404, tree: ["code": "404", "msg": "Not Found", "data": []])
    }
  }

  private func data(_ elements: [JSONTree]) -> HTTPAnswer {
    HTTPAnswer(tree: ["code": "0", "msg": "", "data": .array(elements)])
  }

  private func instrument(_ listed: ListedMarket) -> JSONTree {
    let market = listed.market
    return [
      "instType": "SPOT", "instId": .string(listed.symbol), "instIdCode": 210_000_000, "uly": "", "instFamily": "",
      "baseCcy": .string(market.instrument.base), "quoteCcy": .string(market.instrument.quote),
      "tradeQuoteCcyList": [.string(market.instrument.quote)], "settleCcy": "", "ctVal": "", "ctMult": "",
      "ctValCcy": "", "optType": "", "stk": "", "listTime": "1606468572000", "expTime": "", "lever": "10",
      "tickSz": .amount(1, of: market.tick), "lotSz": .amount(1, of: market.lot), "minSz": .amount(1, of: market.lot),
      "ctType": "", "alias": "", "state": "live", "ruleType": "normal", "maxLmtSz": "9999999999",
      "maxLmtAmt": "1000000", "groupId": "1",
    ]
  }

  private func book(_ listed: ListedMarket, _ message: BookMessage) -> JSONTree {
    func side(_ levels: [SimulatedBook.Level]) -> JSONTree {
      .array(
        levels.map { [.amount($0.price, of: listed.market.tick), .amount($0.size, of: listed.market.lot), "0", "1"] })
    }
    return [
      "asks": side(message.levels.asks), "bids": side(message.levels.bids),
      "ts": .string("\(message.time.microseconds / 1_000)"), "seqId": .number(Int(message.number)),
    ]
  }
}
