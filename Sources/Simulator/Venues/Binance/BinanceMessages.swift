internal import ArbdFramework

/// The streams of a symbol that are served.
enum BinanceChannel: String, Sendable, CaseIterable {
  case trade, aggTrade, bookTicker, depth
  case fastDepth = "depth@100ms"

  /// Of streams that join changes of books; microseconds.
  var interval: Int64? {
    switch self {
    case .depth: 1_000_000
    case .fastDepth: 100_000
    case .trade, .aggTrade, .bookTicker: nil
    }
  }

  /// Among all of them.
  var place: Int {
    switch self {
    case .trade: 0
    case .aggTrade: 1
    case .bookTicker: 2
    case .depth: 3
    case .fastDepth: 4
    }
  }
}

/// How a connection wants its messages.
struct BinanceFormat: Sendable, Hashable {
  /// In an envelope that names the stream.
  var isCombined: Bool
  var hasMicroseconds: Bool

  /// Formats are numbered, so that each has its own list of subscribers.
  static let all = [false, true].flatMap { combined in
    [false, true].map { BinanceFormat(isCombined: combined, hasMicroseconds: $0) }
  }
  var number: Int { (isCombined ? 2 : 0) + (hasMicroseconds ? 1 : 0) }

  func units(_ time: Timestamp) -> Int64 { hasMicroseconds ? time.microseconds : time.microseconds / 1_000 }
}

/// Binance's messages, as bytes: https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
enum BinanceMessages {
  /// `{"e":"trade","E":1753000000136,"s":"BTCUSDT","t":512345,"p":"61234.56000000","q":"0.00123000",
  /// "T":1753000000135,"m":true,"M":true}`; `m`: the buyer is the maker.
  static func trade(
    _ trade: SimulatedTrade, _ symbol: BinanceSymbol, _ format: BinanceFormat, _ bytes: inout [UInt8]
  ) {
    open(symbol, .trade, format, &bytes)
    bytes.append("{\"e\":\"trade\",\"E\":")
    bytes.append(integer: format.units(trade.time))
    bytes.append(",\"s\":\"")
    bytes.append(contentsOf: symbol.upper)
    bytes.append("\",\"t\":")
    bytes.append(integer: trade.tradeID)
    priceAndSize(trade, symbol, &bytes)
    bytes.append("\",\"T\":")
    finish(trade, format, &bytes)
  }

  /// As a trade, with `a` (its own number), `f` and `l` (the first and last trade in it) instead of `t`. Here each trade
  /// stands alone.
  static func aggregateTrade(
    _ trade: SimulatedTrade, _ symbol: BinanceSymbol, _ format: BinanceFormat, _ bytes: inout [UInt8]
  ) {
    open(symbol, .aggTrade, format, &bytes)
    bytes.append("{\"e\":\"aggTrade\",\"E\":")
    bytes.append(integer: format.units(trade.time))
    bytes.append(",\"s\":\"")
    bytes.append(contentsOf: symbol.upper)
    bytes.append("\",\"a\":")
    bytes.append(integer: trade.tradeID)
    priceAndSize(trade, symbol, &bytes)
    bytes.append("\",\"f\":")
    bytes.append(integer: trade.tradeID)
    bytes.append(",\"l\":")
    bytes.append(integer: trade.tradeID)
    bytes.append(",\"T\":")
    finish(trade, format, &bytes)
  }

  private static func priceAndSize(_ trade: SimulatedTrade, _ symbol: BinanceSymbol, _ bytes: inout [UInt8]) {
    bytes.append(",\"p\":\"")
    bytes.append(trade.price, of: symbol.market.tick, decimals: 8)
    bytes.append("\",\"q\":\"")
    bytes.append(trade.size, of: symbol.market.lot, decimals: 8)
  }

  private static func finish(_ trade: SimulatedTrade, _ format: BinanceFormat, _ bytes: inout [UInt8]) {
    bytes.append(integer: format.units(trade.time))
    bytes.append(trade.takerBuys ? ",\"m\":false,\"M\":true}" : ",\"m\":true,\"M\":true}")
    close(format, &bytes)
  }

  /// `{"u":400900217,"s":"BTCUSDT","b":"61234.55000000","B":"0.61000000","a":"61234.56000000","A":"1.20000000"}`
  static func bookTicker(
    _ quote: SimulatedQuote, _ symbol: BinanceSymbol, _ format: BinanceFormat, _ bytes: inout [UInt8]
  ) {
    open(symbol, .bookTicker, format, &bytes)
    bytes.append("{\"u\":")
    bytes.append(integer: quote.updateID)
    bytes.append(",\"s\":\"")
    bytes.append(contentsOf: symbol.upper)
    bytes.append("\",\"b\":\"")
    bytes.append(quote.top.bid, of: symbol.market.tick, decimals: 8)
    bytes.append("\",\"B\":\"")
    bytes.append(quote.top.bidSize, of: symbol.market.lot, decimals: 8)
    bytes.append("\",\"a\":\"")
    bytes.append(quote.top.ask, of: symbol.market.tick, decimals: 8)
    bytes.append("\",\"A\":\"")
    bytes.append(quote.top.askSize, of: symbol.market.lot, decimals: 8)
    bytes.append("\"}")
    close(format, &bytes)
  }

  /// `{"e":"depthUpdate","E":1753000000136,"s":"BTCUSDT","U":157,"u":160,"b":[["61234.55000000","0.50000000"]],
  /// "a":[["61240.00000000","0.00000000"]]}`
  static func depth(
    _ message: BookMessage, _ channel: BinanceChannel, _ symbol: BinanceSymbol, _ format: BinanceFormat,
    _ bytes: inout [UInt8]
  ) {
    open(symbol, channel, format, &bytes)
    bytes.append("{\"e\":\"depthUpdate\",\"E\":")
    bytes.append(integer: format.units(message.time))
    bytes.append(",\"s\":\"")
    bytes.append(contentsOf: symbol.upper)
    bytes.append("\",\"U\":")
    bytes.append(integer: message.previous + 1)
    bytes.append(",\"u\":")
    bytes.append(integer: message.number)
    bytes.append(",\"b\":")
    levels(message.levels.bids, symbol, &bytes)
    bytes.append(",\"a\":")
    levels(message.levels.asks, symbol, &bytes)
    bytes.append("}")
    close(format, &bytes)
  }

  /// `{"lastUpdateId":160,"bids":[["61234.55000000","0.50000000"]],"asks":[["61240.00000000","1.20000000"]]}`
  static func snapshot(_ message: BookMessage, _ symbol: BinanceSymbol, _ bytes: inout [UInt8]) {
    bytes.append("{\"lastUpdateId\":")
    bytes.append(integer: message.number)
    bytes.append(",\"bids\":")
    levels(message.levels.bids, symbol, &bytes)
    bytes.append(",\"asks\":")
    levels(message.levels.asks, symbol, &bytes)
    bytes.append("}")
  }

  private static func levels(_ levels: [SimulatedBook.Level], _ symbol: BinanceSymbol, _ bytes: inout [UInt8]) {
    bytes.append(array: levels) { level, bytes in
      bytes.append("[\"")
      bytes.append(level.price, of: symbol.market.tick, decimals: 8)
      bytes.append("\",\"")
      bytes.append(level.size, of: symbol.market.lot, decimals: 8)
      bytes.append("\"]")
    }
  }

  /// `{"stream":"btcusdt@trade","data":{…}}`
  private static func open(
    _ symbol: BinanceSymbol, _ channel: BinanceChannel, _ format: BinanceFormat, _ bytes: inout [UInt8]
  ) {
    guard format.isCombined else { return }
    bytes.append("{\"stream\":\"")
    bytes.append(contentsOf: symbol.lower)
    bytes.append("@")
    bytes.append(contentsOf: channel.rawValue.utf8)
    bytes.append("\",\"data\":")
  }

  private static func close(_ format: BinanceFormat, _ bytes: inout [UInt8]) {
    if format.isCombined { bytes.append("}") }
  }

  /// `{"e":"serverShutdown","E":1770123456789}`: reconnect now, this connection ends.
  static func serverShutdown(_ format: BinanceFormat, at time: Timestamp, _ bytes: inout [UInt8]) {
    if format.isCombined { bytes.append("{\"stream\":\"!serverShutdown\",\"data\":") }
    bytes.append("{\"e\":\"serverShutdown\",\"E\":")
    bytes.append(integer: format.units(time))
    bytes.append("}")
    close(format, &bytes)
  }

  /// `{"result":null,"id":1}`; `result` is JSON.
  static func result(_ result: [UInt8], id: [UInt8], _ bytes: inout [UInt8]) {
    bytes.append("{\"result\":")
    bytes.append(contentsOf: result)
    bytes.append(",\"id\":")
    bytes.append(contentsOf: id)
    bytes.append("}")
  }

  /// `{"code":2,"msg":"Invalid request: …"}`, with the request's id where that is known.
  static func error(_ problem: BinanceRequest.Problem, _ bytes: inout [UInt8]) {
    bytes.append("{\"code\":")
    bytes.append(integer: problem.code)
    bytes.append(",\"msg\":")
    bytes.append(jsonString: problem.message)
    if let id = problem.id {
      bytes.append(",\"id\":")
      bytes.append(contentsOf: id)
    }
    bytes.append("}")
  }
}

/// A market by its names: `BTCUSDT` in messages, `btcusdt` in the names of streams.
struct BinanceSymbol: Sendable {
  let market: SimulatedMarket
  let name: String
  let upper: [UInt8]
  let lower: [UInt8]

  init(_ market: SimulatedMarket) {
    self.market = market
    name = BinanceSymbol.name(market.instrument)
    upper = Array(name.utf8)
    lower = Array(name.lowercased().utf8)
  }

  static func name(_ instrument: Instrument) -> String { (instrument.base + instrument.quote).uppercased() }
}
