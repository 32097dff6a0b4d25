internal import ArbdFramework

/// What a client of Coinbase Advanced Trade can listen to.
enum CoinbaseAdvancedChannel: String, Sendable, CaseIterable {
  case heartbeats, level2, ticker, status
  case trades = "market_trades"
  case tickerBatch = "ticker_batch"

  /// What its messages call it.
  var nameInData: String { self == .level2 ? "l2_data" : rawValue }
}

struct CoinbaseAdvancedTopic: Hashable, Sendable {
  let channel: CoinbaseAdvancedChannel
  /// Nil where the channel is about no product.
  let place: Int?
}

/// Coinbase Advanced Trade's messages, as bytes:
/// https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-channels
struct CoinbaseAdvancedMessages: Sendable {
  private var clock = ClockText()

  /// `{"channel":"l2_data","client_id":"","timestamp":"2026-04-07T14:30:02.789012Z","sequence_num":7,"events":[…]}`
  mutating func envelope(
    _ channel: String, _ sequence: Int64, at time: Timestamp, events: some Sequence<UInt8>, _ bytes: inout [UInt8]
  ) {
    bytes.append("{\"channel\":\"")
    bytes.append(contentsOf: channel.utf8)
    bytes.append("\",\"client_id\":\"\",\"timestamp\":\"")
    clock.append(time, to: &bytes)
    bytes.append("\",\"sequence_num\":")
    bytes.append(integer: sequence)
    bytes.append(",\"events\":[")
    bytes.append(contentsOf: events)
    bytes.append("]}")
  }

  /// `{"type":"update","trades":[{"trade_id":"995098700","product_id":"BTC-USD","price":"68900.50","size":"0.0015",
  /// "side":"BUY","time":"2026-04-07T14:30:02.789012Z"}]}`, newest first; `side` is the maker's.
  mutating func trades(
    _ trades: some BidirectionalCollection<SimulatedTrade>, isSnapshot: Bool, _ market: ListedMarket,
    _ bytes: inout [UInt8]
  ) {
    bytes.append(isSnapshot ? "{\"type\":\"snapshot\",\"trades\":" : "{\"type\":\"update\",\"trades\":")
    var clock = clock
    bytes.append(array: trades.reversed()) { trade, bytes in
      bytes.append("{\"trade_id\":\"")
      bytes.append(integer: trade.tradeID)
      bytes.append("\",\"product_id\":")
      bytes.append(contentsOf: market.quotedSymbol)
      bytes.append(",\"price\":\"")
      bytes.append(trade.price, of: market.market.tick)
      bytes.append("\",\"size\":\"")
      bytes.append(trade.size, of: market.market.lot)
      bytes.append(trade.takerBuys ? "\",\"side\":\"SELL\",\"time\":\"" : "\",\"side\":\"BUY\",\"time\":\"")
      clock.append(trade.time, to: &bytes)
      bytes.append("\"}")
    }
    self.clock = clock
    bytes.append("}")
  }

  /// `{"type":"update","product_id":"BTC-USD","updates":[{"side":"bid","event_time":"2026-04-07T14:30:02.789012Z",
  /// "price_level":"68900.00","new_quantity":"1.5"},{"side":"offer",…}]}`; in a snapshot the times are the epoch.
  mutating func book(_ message: BookMessage, _ market: ListedMarket, _ bytes: inout [UInt8]) {
    bytes.append(message.isSnapshot ? "{\"type\":\"snapshot\",\"product_id\":" : "{\"type\":\"update\",\"product_id\":")
    bytes.append(contentsOf: market.quotedSymbol)
    bytes.append(",\"updates\":")
    var time: [UInt8] = []
    if message.isSnapshot { time.append("1970-01-01T00:00:00Z") } else { clock.append(message.time, to: &time) }
    let levels = message.levels.bids.map { (true, $0) } + message.levels.asks.map { (false, $0) }
    bytes.append(array: levels) { entry, bytes in
      bytes.append(entry.0 ? "{\"side\":\"bid\",\"event_time\":\"" : "{\"side\":\"offer\",\"event_time\":\"")
      bytes.append(contentsOf: time)
      bytes.append("\",\"price_level\":\"")
      bytes.append(entry.1.price, of: market.market.tick)
      bytes.append("\",\"new_quantity\":\"")
      if entry.1.size == 0 { bytes.append("0") } else { bytes.append(entry.1.size, of: market.market.lot) }
      bytes.append("\"}")
    }
    bytes.append("}")
  }

  /// `{"type":"update","tickers":[{"type":"ticker","product_id":"BTC-USD","price":"…","best_bid":"…",…}]}`
  static func ticker(_ market: ListedMarket, isSnapshot: Bool, withBest: Bool, _ bytes: inout [UInt8]) {
    guard let quote = market.quote else { return }
    let (tick, lot) = (market.market.tick, market.market.lot)
    let last = market.day?.last ?? quote.top.bid
    let (low, high) = (
      JSONTree.amount(market.day?.low ?? last, of: tick), JSONTree.amount(market.day?.high ?? last, of: tick)
    )
    var ticker: JSONTree = [
      "type": "ticker", "product_id": .string(market.symbol), "price": .amount(last, of: tick),
      "volume_24_h": .amount(market.day?.volume ?? 0, of: lot), "low_24_h": low, "high_24_h": high, "low_52_w": low,
      "high_52_w": high, "price_percent_chg_24_h": "0",
    ]
    if withBest {
      ticker["best_bid"] = .amount(quote.top.bid, of: tick)
      ticker["best_bid_quantity"] = .amount(quote.top.bidSize, of: lot)
      ticker["best_ask"] = .amount(quote.top.ask, of: tick)
      ticker["best_ask_quantity"] = .amount(quote.top.askSize, of: lot)
    }
    bytes.append(tree: ["type": isSnapshot ? "snapshot" : "update", "tickers": [ticker]])
  }

  /// `{"current_time":"2026-06-23 20:31:56.121961 +0000 UTC m=+91717.5","heartbeat_counter":3049}`: a time as Go writes it.
  mutating func heartbeat(_ counter: Int64, at time: Timestamp, _ bytes: inout [UInt8]) {
    var text: [UInt8] = []
    clock.append(time, to: &text)
    bytes.append("{\"current_time\":\"")
    bytes.append(contentsOf: text.dropLast().map { $0 == UInt8(ascii: "T") ? UInt8(ascii: " ") : $0 })
    bytes.append(" +0000 UTC m=+")
    bytes.append(integer: counter)
    bytes.append(".5\",\"heartbeat_counter\":")
    bytes.append(integer: counter)
    bytes.append("}")
  }
}
