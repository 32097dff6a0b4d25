internal import ArbdFramework

/// Writes the key and the value of one record after the other, in buffers that are used again.
struct KafkaRecordWriter {
  /// The topics, each once, and which of them the kinds of records go to.
  struct Topics: Sendable {
    let names: [String]
    let trades: Int
    let quotes: Int
    let alerts: Int
    let windows: Int

    init(_ options: KafkaTopics) {
      let names = Set([options.trades, options.quotes, options.alerts, options.windows]).sorted()
      func place(_ name: String) -> Int { names.firstIndex(of: name) ?? 0 }
      self.names = names
      trades = place(options.trades)
      quotes = place(options.quotes)
      alerts = place(options.alerts)
      windows = place(options.windows)
    }
  }

  private struct Known {
    let encoded: EncodedMarket
    let key: [UInt8]
  }

  private let keys: RecordKeys
  private var markets: [Known] = []
  /// By market number: its place in `markets`, −1 where it has none.
  private var places: [Int] = []
  private var value: [UInt8] = []

  init(_ key: RecordKey) { keys = RecordKeys(key) }

  /// Writes the record and lends out its topic, its key and its value; does nothing for what goes to no topic.
  mutating func write(
    _ record: Record, _ topics: Topics,
    _ body: (_ topic: Int, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Void
  ) {
    value.removeAll(keepingCapacity: true)
    switch record {
    case .alert(let alert):
      // A detector's alerts stay in order.
      value.append(alert: alert)
      lend(topics.alerts, Array(alert.detector.utf8), body)
    case .trade(let trade, let market):
      let place = place(of: market, trade.market)
      value.append(trade: trade, at: markets[place].encoded)
      lend(topics.trades, markets[place].key, body)
    case .quote(let quote, let market):
      let place = place(of: market, quote.market)
      value.append(quote: quote, at: markets[place].encoded)
      lend(topics.quotes, markets[place].key, body)
    case .window(let summary):
      value.append(window: summary)
      lend(topics.windows, Array(summary.detector.utf8), body)
    case .status: break
    }
  }

  @inline(__always)
  private func lend(
    _ topic: Int, _ key: [UInt8], _ body: (Int, UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
  ) {
    key.withUnsafeBytes { key in value.withUnsafeBytes { body(topic, key, $0) } }
  }

  private mutating func place(of market: Market, _ number: MarketID) -> Int {
    let index = Int(number.index)
    if index < places.count, places[index] >= 0, markets[places[index]].encoded.market == market {
      return places[index]
    }
    while places.count <= index { places.append(-1) }
    let known = Known(encoded: EncodedMarket(market), key: Array(keys.key(of: market).utf8))
    if places[index] >= 0 {
      markets[places[index]] = known
    } else {
      places[index] = markets.count
      markets.append(known)
    }
    return places[index]
  }
}
