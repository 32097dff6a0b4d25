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
  private(set) var key: [UInt8] = []
  private(set) var value: [UInt8] = []

  init(_ key: RecordKey) { keys = RecordKeys(key) }

  /// Writes the record and gives its topic; nil for what goes to none.
  mutating func write(_ record: Record, _ topics: Topics) -> Int? {
    value.removeAll(keepingCapacity: true)
    switch record {
    case .alert(let alert):
      // A detector's alerts stay in order.
      key = Array(alert.detector.utf8)
      value.append(alert: alert)
      return topics.alerts
    case .trade(let trade, let market):
      let place = place(of: market, trade.market)
      key = markets[place].key
      value.append(trade: trade, at: markets[place].encoded)
      return topics.trades
    case .quote(let quote, let market):
      let place = place(of: market, quote.market)
      key = markets[place].key
      value.append(quote: quote, at: markets[place].encoded)
      return topics.quotes
    case .window(let summary):
      key = Array(summary.detector.utf8)
      value.append(window: summary)
      return topics.windows
    case .status: return nil
    }
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
