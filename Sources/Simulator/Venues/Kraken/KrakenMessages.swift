internal import ArbdFramework

/// Kraken's messages, as bytes: https://docs.kraken.com/api/docs/websocket-v2/
struct KrakenMessages: Sendable {
  private var clock = ClockText()

  /// `{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":61234.5,"qty":0.00027625,
  /// "ord_type":"limit","trade_id":10218208,"timestamp":"2026-10-06T17:35:55.440295Z"}]}`; `side` is the taker's.
  mutating func trades(
    _ trades: some Sequence<SimulatedTrade>, isSnapshot: Bool, _ market: ListedMarket, _ bytes: inout [UInt8]
  ) {
    open("{\"channel\":\"trade\",\"type\":\"", isSnapshot: isSnapshot, &bytes)
    var isFirst = true
    for trade in trades {
      bytes.append(isFirst ? "{\"symbol\":" : ",{\"symbol\":")
      isFirst = false
      bytes.append(contentsOf: market.quotedSymbol)
      bytes.append(trade.takerBuys ? ",\"side\":\"buy\",\"price\":" : ",\"side\":\"sell\",\"price\":")
      bytes.append(trade.price, of: market.market.tick)
      bytes.append(",\"qty\":")
      bytes.append(trade.size, of: market.market.lot)
      bytes.append(",\"ord_type\":\"limit\",\"trade_id\":")
      bytes.append(integer: trade.tradeID)
      bytes.append(",\"timestamp\":\"")
      clock.append(trade.time, to: &bytes)
      bytes.append("\"}")
    }
    bytes.append("]}")
  }

  /// `{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":61234.5,"bid_qty":2.5,"ask":61234.6,
  /// "ask_qty":3.2,"last":61230.0,"volume":163.28,"vwap":61000.1,"low":60000.0,"high":62000.0,"change":250.0,
  /// "change_pct":0.41,"timestamp":"2026-10-06T17:35:55.440295Z"}]}`
  mutating func ticker(
    _ top: TopOfBook, at time: Timestamp, isSnapshot: Bool, _ market: ListedMarket, _ bytes: inout [UInt8]
  ) {
    let (tick, lot) = (market.market.tick, market.market.lot)
    let last = market.day?.last ?? top.bid
    let first = market.day?.open ?? last
    open("{\"channel\":\"ticker\",\"type\":\"", isSnapshot: isSnapshot, &bytes)
    bytes.append("{\"symbol\":")
    bytes.append(contentsOf: market.quotedSymbol)
    bytes.append(",\"bid\":")
    bytes.append(top.bid, of: tick)
    bytes.append(",\"bid_qty\":")
    bytes.append(top.bidSize, of: lot)
    bytes.append(",\"ask\":")
    bytes.append(top.ask, of: tick)
    bytes.append(",\"ask_qty\":")
    bytes.append(top.askSize, of: lot)
    bytes.append(",\"last\":")
    bytes.append(last, of: tick)
    bytes.append(",\"volume\":")
    bytes.append(market.day?.volume ?? 0, of: lot)
    bytes.append(",\"vwap\":")
    bytes.append(last, of: tick)
    bytes.append(",\"low\":")
    bytes.append(market.day?.low ?? last, of: tick)
    bytes.append(",\"high\":")
    bytes.append(market.day?.high ?? last, of: tick)
    bytes.append(",\"change\":")
    bytes.append(last - first, of: tick)
    bytes.append(",\"change_pct\":")
    bytes.append(double: (Double(last - first) / Double(max(1, first)) * 1e4).rounded() / 1e2)
    bytes.append(",\"timestamp\":\"")
    clock.append(time, to: &bytes)
    bytes.append("\"}]}")
  }

  /// `{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[{"price":61234.5,"qty":0.10000000}],
  /// "asks":[{"price":61234.6,"qty":0.00100000}],"checksum":3310070434,"timestamp":"2026-10-06T17:35:55.440295Z"}]}`
  mutating func book(_ message: BookMessage, _ market: ListedMarket, _ bytes: inout [UInt8]) {
    open("{\"channel\":\"book\",\"type\":\"", isSnapshot: message.isSnapshot, &bytes)
    bytes.append("{\"symbol\":")
    bytes.append(contentsOf: market.quotedSymbol)
    bytes.append(",\"bids\":")
    levels(message.levels.bids, market.market, &bytes)
    bytes.append(",\"asks\":")
    levels(message.levels.asks, market.market, &bytes)
    bytes.append(",\"checksum\":")
    let checksum = KrakenMessages.checksum(of: market.book, market.market)
    bytes.append(integer: Int64(message.hasWrongChecksum ? ~checksum : checksum))
    bytes.append(",\"timestamp\":\"")
    clock.append(message.time, to: &bytes)
    bytes.append("\"}]}")
  }

  private func levels(_ levels: [SimulatedBook.Level], _ market: SimulatedMarket, _ bytes: inout [UInt8]) {
    bytes.append(array: levels) { level, bytes in
      bytes.append("{\"price\":")
      bytes.append(level.price, of: market.tick)
      bytes.append(",\"qty\":")
      bytes.append(level.size, of: market.lot)
      bytes.append("}")
    }
  }

  private func open(_ start: StaticString, isSnapshot: Bool, _ bytes: inout [UInt8]) {
    bytes.append(start)
    bytes.append(isSnapshot ? "snapshot\",\"data\":[" : "update\",\"data\":[")
  }

  /// CRC-32 over the ten best asks, then the ten best bids: price and size with all the pair's digits, without the point and
  /// leading zeros, which are the numbers of ticks and lots.
  ///
  /// https://docs.kraken.com/api/docs/guides/spot-ws-book-v2
  static func checksum(of book: SimulatedBook, _ market: SimulatedMarket) -> UInt32 {
    var text: [UInt8] = []
    for side in [BookSide.ask, .bid] {
      for level in book.levels(side, atMost: 10) {
        text.append(integer: level.price)
        text.append(integer: level.size)
      }
    }
    return CRC32.checksum(of: text)
  }

  /// The answer to a request, with the times at which it came and went.
  mutating func answer(_ members: [JSONTree.Member], to request: JSONTree, at time: Timestamp) -> JSONTree {
    var text: [UInt8] = []
    clock.append(time, to: &text)
    let moment = JSONTree.string(String(decoding: text, as: UTF8.self))
    var tree = JSONTree.object([.init("method", request["method"] ?? .null)] + members)
    tree["time_in"] = moment
    tree["time_out"] = moment
    tree["req_id"] = request["req_id"]
    return tree
  }
}
