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

  /// An object, so that nothing of it is copied for each record.
  private final class Known: Sendable {
    let encoded: EncodedMarket
    let key: [UInt8]

    init(_ market: Market, _ keys: RecordKeys) {
      encoded = EncodedMarket(market)
      key = Array(keys.key(of: market).utf8)
    }
  }

  private let keys: RecordKeys
  /// By market number.
  private var markets: [Known?] = []
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
      let known = known(market, trade.market)
      value.append(trade: trade, at: known.encoded)
      lend(topics.trades, known.key, body)
    case .quote(let quote, let market):
      let known = known(market, quote.market)
      value.append(quote: quote, at: known.encoded)
      lend(topics.quotes, known.key, body)
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

  private mutating func known(_ market: Market, _ number: MarketID) -> Known {
    let index = Int(number.index)
    if index < markets.count, let known = markets[index], known.encoded.market == market { return known }
    while markets.count <= index { markets.append(nil) }
    let known = Known(market, keys)
    markets[index] = known
    return known
  }
}
