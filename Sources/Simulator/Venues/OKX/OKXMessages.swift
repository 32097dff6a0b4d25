internal import ArbdFramework

/// What a client of OKX can listen to, each of one instrument.
enum OKXChannel: String, Sendable, CaseIterable {
  case trades, books, books5, tickers
  case best = "bbo-tbt"

  /// Levels a side of the channels that are books.
  var depth: Int {
    switch self {
    case .books: 400
    case .books5: 5
    case .best: 1
    case .trades, .tickers: 0
    }
  }
}

struct OKXTopic: Hashable, Sendable {
  let channel: OKXChannel
  let place: Int
}

/// OKX's messages, as bytes: https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-trades-channel
enum OKXMessages {
  /// `{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"674510826","px":"95634.9",
  /// "sz":"0.00011186","side":"buy","ts":"1740394561685","count":"1","source":"0","seqId":1234}]}`; `side` is the taker's.
  static func trade(_ trade: SimulatedTrade, _ market: ListedMarket, _ bytes: inout [UInt8]) {
    open(.trades, market, &bytes)
    bytes.append(",\"data\":[{\"instId\":")
    bytes.append(contentsOf: market.quotedSymbol)
    bytes.append(",\"tradeId\":\"")
    bytes.append(integer: trade.tradeID)
    bytes.append("\",\"px\":\"")
    bytes.append(trade.price, of: market.market.tick)
    bytes.append("\",\"sz\":\"")
    bytes.append(trade.size, of: market.market.lot)
    bytes.append(trade.takerBuys ? "\",\"side\":\"buy\",\"ts\":\"" : "\",\"side\":\"sell\",\"ts\":\"")
    bytes.append(integer: trade.time.microseconds / 1_000)
    bytes.append("\",\"count\":\"1\",\"source\":\"0\",\"seqId\":")
    bytes.append(integer: trade.sequence)
    bytes.append("}]}")
  }

  /// `{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[{"asks":[["95634.9","0.5","0","13"]],
  /// "bids":[["95634.8","0","0","0"]],"ts":"1740394561685","checksum":0,"prevSeqId":123450,"seqId":123456}]}`; the
  /// checksum is always 0.
  static func book(_ message: BookMessage, _ market: ListedMarket, _ bytes: inout [UInt8]) {
    open(.books, market, &bytes)
    bytes.append(message.isSnapshot ? ",\"action\":\"snapshot\"" : ",\"action\":\"update\"")
    bytes.append(",\"data\":[{")
    sides(message.levels, market.market, &bytes)
    bytes.append(",\"ts\":\"")
    bytes.append(integer: message.time.microseconds / 1_000)
    bytes.append("\",\"checksum\":0,\"prevSeqId\":")
    bytes.append(integer: message.previous)
    bytes.append(",\"seqId\":")
    bytes.append(integer: message.number)
    bytes.append("}]}")
  }

  /// `bbo-tbt` and `books5`, each time all of it: `{"arg":{"channel":"bbo-tbt","instId":"BTC-USDT"},"data":[{
  /// "asks":[["95634.9","0.5","0","13"]],"bids":[["95634.8","1.2","0","12"]],"ts":"1740394561685","seqId":123456}]}`
  static func best(_ channel: OKXChannel, _ market: ListedMarket, _ bytes: inout [UInt8]) {
    let message = BookMessage(snapshot: market, atMost: channel.depth)
    open(channel, market, &bytes)
    bytes.append(",\"data\":[{")
    sides(message.levels, market.market, &bytes)
    if channel == .books5 {
      bytes.append(",\"instId\":")
      bytes.append(contentsOf: market.quotedSymbol)
    }
    bytes.append(",\"ts\":\"")
    bytes.append(integer: message.time.microseconds / 1_000)
    bytes.append("\",\"seqId\":")
    bytes.append(integer: message.number)
    bytes.append("}]}")
  }

  /// https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-tickers-channel
  static func ticker(_ market: ListedMarket, _ bytes: inout [UInt8]) {
    guard let quote = market.quote else { return }
    let (tick, lot) = (market.market.tick, market.market.lot)
    let last = market.day?.last ?? quote.top.bid
    open(.tickers, market, &bytes)
    let data: JSONTree = [
      "instType": "SPOT", "instId": .string(market.symbol), "last": .amount(last, of: tick),
      "lastSz": .amount(market.trades.last?.size ?? 0, of: lot), "askPx": .amount(quote.top.ask, of: tick),
      "askSz": .amount(quote.top.askSize, of: lot), "bidPx": .amount(quote.top.bid, of: tick),
      "bidSz": .amount(quote.top.bidSize, of: lot), "open24h": .amount(market.day?.open ?? last, of: tick),
      "high24h": .amount(market.day?.high ?? last, of: tick), "low24h": .amount(market.day?.low ?? last, of: tick),
      "sodUtc0": .amount(market.day?.open ?? last, of: tick), "sodUtc8": .amount(market.day?.open ?? last, of: tick),
      "volCcy24h": "0", "vol24h": .amount(market.day?.volume ?? 0, of: lot),
      "ts": .string("\(quote.time.microseconds / 1_000)"),
    ]
    bytes.append(",\"data\":")
    bytes.append(tree: [data])
    bytes.append("}")
  }

  private static func open(_ channel: OKXChannel, _ market: ListedMarket, _ bytes: inout [UInt8]) {
    bytes.append("{\"arg\":{\"channel\":\"")
    bytes.append(contentsOf: channel.rawValue.utf8)
    bytes.append("\",\"instId\":")
    bytes.append(contentsOf: market.quotedSymbol)
    bytes.append("}")
  }

  private static func sides(_ levels: BookView.Changes, _ market: SimulatedMarket, _ bytes: inout [UInt8]) {
    bytes.append("\"asks\":")
    side(levels.asks, market, &bytes)
    bytes.append(",\"bids\":")
    side(levels.bids, market, &bytes)
  }

  /// Price, size, a 0 that once meant something, and how many orders make up the level.
  private static func side(_ levels: [SimulatedBook.Level], _ market: SimulatedMarket, _ bytes: inout [UInt8]) {
    bytes.append(array: levels) { level, bytes in
      bytes.append("[\"")
      bytes.append(level.price, of: market.tick)
      if level.size == 0 { return bytes.append("\",\"0\",\"0\",\"0\"]") }
      bytes.append("\",\"")
      bytes.append(level.size, of: market.lot)
      bytes.append("\",\"0\",\"")
      bytes.append(integer: 1 + level.size % 13)
      bytes.append("\"]")
    }
  }
}
