internal import ArbdFramework

/// Coinbase Exchange's messages, as bytes: https://docs.cdp.coinbase.com/exchange/websocket-feed/channels
struct CoinbaseMessages: Sendable {
  private var clock = ClockText()

  /// `{"type":"match","trade_id":…,"maker_order_id":"…","taker_order_id":"…","side":"sell","size":"0.985",
  /// "price":"61234.56","product_id":"BTC-USD","sequence":…,"time":"2026-04-17T16:43:37.089723Z"}`; `side` is the
  /// maker's.
  mutating func match(
    _ trade: SimulatedTrade, _ market: SimulatedMarket, isLast: Bool, _ bytes: inout [UInt8]
  ) {
    bytes.append(isLast ? "{\"type\":\"last_match\",\"trade_id\":" : "{\"type\":\"match\",\"trade_id\":")
    bytes.append(integer: trade.tradeID)
    bytes.append(",\"maker_order_id\":\"")
    CoinbaseMessages.append(orderID: UInt64(bitPattern: trade.tradeID) &* 2, &bytes)
    bytes.append("\",\"taker_order_id\":\"")
    CoinbaseMessages.append(orderID: UInt64(bitPattern: trade.tradeID) &* 2 &+ 1, &bytes)
    bytes.append(trade.takerBuys ? "\",\"side\":\"sell\",\"size\":\"" : "\",\"side\":\"buy\",\"size\":\"")
    bytes.append(trade.size, of: market.lot)
    bytes.append("\",\"price\":\"")
    bytes.append(trade.price, of: market.tick)
    bytes.append("\",\"product_id\":\"")
    bytes.append(product: market.instrument)
    bytes.append("\",\"sequence\":")
    bytes.append(integer: trade.sequence)
    bytes.append(",\"time\":\"")
    clock.append(trade.time, to: &bytes)
    bytes.append("\"}")
  }

  /// `{"type":"ticker","sequence":…,"product_id":"BTC-USD","price":"…","open_24h":"…","volume_24h":"…","low_24h":"…",
  /// "high_24h":"…","volume_30d":"…","best_bid":"…","best_bid_size":"…","best_ask":"…","best_ask_size":"…",
  /// "side":"buy","time":"…","trade_id":…,"last_size":"…"}`; `side` is the taker's, unlike a match's.
  mutating func ticker(
    _ trade: SimulatedTrade, _ market: SimulatedMarket, _ day: TradingDay, _ bytes: inout [UInt8]
  ) {
    bytes.append("{\"type\":\"ticker\",\"sequence\":")
    bytes.append(integer: trade.sequence)
    bytes.append(",\"product_id\":\"")
    bytes.append(product: market.instrument)
    bytes.append("\",\"price\":\"")
    bytes.append(trade.price, of: market.tick)
    bytes.append("\",\"open_24h\":\"")
    bytes.append(day.open, of: market.tick)
    bytes.append("\",\"volume_24h\":\"")
    bytes.append(day.volume, of: market.lot)
    bytes.append("\",\"low_24h\":\"")
    bytes.append(day.low, of: market.tick)
    bytes.append("\",\"high_24h\":\"")
    bytes.append(day.high, of: market.tick)
    bytes.append("\",\"volume_30d\":\"")
    bytes.append(day.volume, of: market.lot)
    bytes.append("\",\"best_bid\":\"")
    bytes.append(trade.top.bid, of: market.tick)
    bytes.append("\",\"best_bid_size\":\"")
    bytes.append(trade.top.bidSize, of: market.lot)
    bytes.append("\",\"best_ask\":\"")
    bytes.append(trade.top.ask, of: market.tick)
    bytes.append("\",\"best_ask_size\":\"")
    bytes.append(trade.top.askSize, of: market.lot)
    bytes.append(trade.takerBuys ? "\",\"side\":\"buy\",\"time\":\"" : "\",\"side\":\"sell\",\"time\":\"")
    clock.append(trade.time, to: &bytes)
    bytes.append("\",\"trade_id\":")
    bytes.append(integer: trade.tradeID)
    bytes.append(",\"last_size\":\"")
    bytes.append(trade.size, of: market.lot)
    bytes.append("\"}")
  }

  /// `{"type":"heartbeat","sequence":90,"last_trade_id":20,"product_id":"BTC-USD","time":"…"}`
  mutating func heartbeat(
    _ market: SimulatedMarket, sequence: Int64, lastTradeID: Int64, at time: Timestamp, _ bytes: inout [UInt8]
  ) {
    bytes.append("{\"type\":\"heartbeat\",\"sequence\":")
    bytes.append(integer: sequence)
    bytes.append(",\"last_trade_id\":")
    bytes.append(integer: lastTradeID)
    bytes.append(",\"product_id\":\"")
    bytes.append(product: market.instrument)
    bytes.append("\",\"time\":\"")
    clock.append(time, to: &bytes)
    bytes.append("\"}")
  }

  /// All of a book, then what changes in it; size 0 takes a level away.
  ///
  ///     {"type":"snapshot","product_id":"BTC-USD","bids":[["61234.55","0.5"]],"asks":[["61236.76","1.2"]],"time":"…"}
  ///     {"type":"l2update","product_id":"BTC-USD","changes":[["buy","61234.55","0.75"],["sell","61240.00","0.00000000"]],
  ///      "time":"2026-04-17T16:43:37.089723Z"}
  mutating func book(_ message: BookMessage, _ market: SimulatedMarket, _ bytes: inout [UInt8]) {
    bytes.append(
      message.isSnapshot ? "{\"type\":\"snapshot\",\"product_id\":\"" : "{\"type\":\"l2update\",\"product_id\":\"")
    bytes.append(product: market.instrument)
    if message.isSnapshot {
      bytes.append("\",\"bids\":")
      bytes.append(array: message.levels.bids) { CoinbaseMessages.level("[\"", $0, market, &$1) }
      bytes.append(",\"asks\":")
      bytes.append(array: message.levels.asks) { CoinbaseMessages.level("[\"", $0, market, &$1) }
    } else {
      bytes.append("\",\"changes\":")
      let changes = message.levels.bids.map { (true, $0) } + message.levels.asks.map { (false, $0) }
      bytes.append(array: changes) {
        CoinbaseMessages.level($0.0 ? "[\"buy\",\"" : "[\"sell\",\"", $0.1, market, &$1)
      }
    }
    bytes.append(",\"time\":\"")
    clock.append(message.time, to: &bytes)
    bytes.append("\"}")
  }

  private static func level(
    _ start: StaticString, _ level: SimulatedBook.Level, _ market: SimulatedMarket, _ bytes: inout [UInt8]
  ) {
    bytes.append(start)
    bytes.append(level.price, of: market.tick)
    bytes.append("\",\"")
    bytes.append(level.size, of: market.lot)
    bytes.append("\"]")
  }

  /// `{"type":"subscriptions","channels":[{"name":"matches","product_ids":["BTC-USD"]}]}`
  static func subscriptions(_ channels: [CoinbaseRequest.Channel], _ bytes: inout [UInt8]) {
    bytes.append("{\"type\":\"subscriptions\",\"channels\":[")
    for (number, channel) in channels.enumerated() {
      bytes.append(number == 0 ? "{\"name\":" : ",{\"name\":")
      bytes.append(jsonString: channel.name)
      bytes.append(",\"product_ids\":[")
      for (place, product) in channel.products.enumerated() {
        if place > 0 { bytes.append(",") }
        bytes.append(jsonString: product)
      }
      bytes.append("]}")
    }
    bytes.append("]}")
  }

  /// `{"type":"error","message":"Failed to subscribe","reason":"FOO-USD is not a valid product"}`
  static func error(_ message: String, reason: String?, _ bytes: inout [UInt8]) {
    bytes.append("{\"type\":\"error\",\"message\":")
    bytes.append(jsonString: message)
    if let reason {
      bytes.append(",\"reason\":")
      bytes.append(jsonString: reason)
    }
    bytes.append("}")
  }

  /// A made-up identifier in a UUID's form, the same for the same number.
  private static func append(orderID number: UInt64, _ bytes: inout [UInt8]) {
    let mixed = (number ^ (number >> 29)) &* 0xBF58_476D_1CE4_E5B9
    let high = mixed ^ (mixed >> 32)
    bytes.append(hexadecimal: high >> 32, digits: 8)
    bytes.append("-")
    bytes.append(hexadecimal: high >> 16, digits: 4)
    bytes.append("-4")
    bytes.append(hexadecimal: high, digits: 3)
    bytes.append("-8")
    bytes.append(hexadecimal: mixed >> 48, digits: 3)
    bytes.append("-")
    bytes.append(hexadecimal: mixed &* 0x9E37_79B9_7F4A_7C15, digits: 12)
  }
}

extension [UInt8] {
  mutating func append(product: Instrument) {
    append(contentsOf: product.base.utf8)
    append("-")
    append(contentsOf: product.quote.utf8)
  }
}
