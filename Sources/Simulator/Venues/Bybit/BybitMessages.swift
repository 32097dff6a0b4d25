internal import ArbdFramework

/// What a client of Bybit can listen to: `publicTrade.BTCUSDT`, `orderbook.50.BTCUSDT`, `tickers.BTCUSDT`.
enum BybitTopic: Hashable, Sendable {
  case trades(Int)
  case tickers(Int)
  /// Of 1, snapshots alone.
  case book(Int, depth: Int)

  static let depths = [1, 50, 200, 1_000]
}

/// Bybit's messages, as bytes: https://bybit-exchange.github.io/docs/v5/websocket/public/trade and its neighbours
enum BybitMessages {
  /// `{"topic":"publicTrade.BTCUSDT","ts":1753000000868,"type":"snapshot","data":[{"T":1753000000865,"s":"BTCUSDT",
  /// "S":"Buy","v":"0.001","p":"61234.50","i":"2290000000842345678","BT":false,"RPI":false,"seq":1783284617}]}`; `S` is the
  /// taker's side.
  static func trade(_ trade: SimulatedTrade, _ market: ListedMarket, _ bytes: inout [UInt8]) {
    let milliseconds = trade.time.microseconds / 1_000
    bytes.append("{\"topic\":\"publicTrade.")
    bytes.append(contentsOf: market.symbol.utf8)
    bytes.append("\",\"ts\":")
    bytes.append(integer: milliseconds)
    bytes.append(",\"type\":\"snapshot\",\"data\":[{\"T\":")
    bytes.append(integer: milliseconds)
    bytes.append(",\"s\":")
    bytes.append(contentsOf: market.quotedSymbol)
    bytes.append(trade.takerBuys ? ",\"S\":\"Buy\",\"v\":\"" : ",\"S\":\"Sell\",\"v\":\"")
    bytes.append(trade.size, of: market.market.lot)
    bytes.append("\",\"p\":\"")
    bytes.append(trade.price, of: market.market.tick)
    bytes.append("\",\"i\":\"")
    bytes.append(integer: 2_290_000_000_000_000_000 + trade.tradeID)
    bytes.append("\",\"BT\":false,\"RPI\":false,\"seq\":")
    bytes.append(integer: trade.sequence)
    bytes.append("}]}")
  }

  /// `{"topic":"orderbook.50.BTCUSDT","ts":1753000000978,"type":"delta","data":{"s":"BTCUSDT","b":[["61234.5","0.6"]],
  /// "a":[["61234.6","0"]],"u":18521288,"seq":7961638724},"cts":1753000000976}`
  static func book(_ message: BookMessage, depth: Int, _ market: ListedMarket, _ bytes: inout [UInt8]) {
    let milliseconds = message.time.microseconds / 1_000
    bytes.append("{\"topic\":\"orderbook.")
    bytes.append(integer: Int64(depth))
    bytes.append(".")
    bytes.append(contentsOf: market.symbol.utf8)
    bytes.append("\",\"ts\":")
    bytes.append(integer: milliseconds)
    bytes.append(message.isSnapshot ? ",\"type\":\"snapshot\"" : ",\"type\":\"delta\"")
    bytes.append(",\"data\":{\"s\":")
    bytes.append(contentsOf: market.quotedSymbol)
    bytes.append(",\"b\":")
    side(message.levels.bids, market.market, &bytes)
    bytes.append(",\"a\":")
    side(message.levels.asks, market.market, &bytes)
    bytes.append(",\"u\":")
    bytes.append(integer: message.count)
    bytes.append(",\"seq\":")
    bytes.append(integer: message.number)
    bytes.append("},\"cts\":")
    bytes.append(integer: milliseconds)
    bytes.append("}")
  }

  /// For spot without bid and ask: https://bybit-exchange.github.io/docs/v5/websocket/public/ticker
  static func ticker(_ market: ListedMarket, at time: Timestamp, _ bytes: inout [UInt8]) {
    guard let day = market.day else { return }
    let tick = market.market.tick
    let data: JSONTree = [
      "symbol": .string(market.symbol), "lastPrice": .amount(day.last, of: tick),
      "highPrice24h": .amount(day.high, of: tick), "lowPrice24h": .amount(day.low, of: tick),
      "prevPrice24h": .amount(day.open, of: tick), "volume24h": .amount(day.volume, of: market.market.lot),
      "turnover24h": "0", "price24hPcnt": "0", "usdIndexPrice": "",
    ]
    let message: JSONTree = [
      "topic": .string("tickers.\(market.symbol)"), "ts": .number(Int(time.microseconds / 1_000)), "type": "snapshot",
      "cs": 1, "data": data,
    ]
    bytes.append(tree: message)
  }

  private static func side(_ levels: [SimulatedBook.Level], _ market: SimulatedMarket, _ bytes: inout [UInt8]) {
    bytes.append(array: levels) { level, bytes in
      bytes.append("[\"")
      bytes.append(level.price, of: market.tick)
      bytes.append("\",\"")
      if level.size == 0 { bytes.append("0") } else { bytes.append(level.size, of: market.lot) }
      bytes.append("\"]")
    }
  }
}
