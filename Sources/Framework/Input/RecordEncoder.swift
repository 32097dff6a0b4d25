/// Writes records as the JSON of `docs/formats.md`: keys in the order given there, no spaces, no line end.
extension [UInt8] {
  /// Only for a trade whose price and size have exact digits.
  public mutating func append(trade: Trade, at market: Market) {
    append(marketOf: market)
    append { $0.put(fieldsOf: trade) }
  }

  /// Quantities without exact digits become null.
  public mutating func append(quote: Quote, at market: Market) {
    append(marketOf: market)
    append { $0.put(fieldsOf: quote) }
  }

  private mutating func append(_ write: (inout RawLine) -> Void) {
    withUnsafeTemporaryAllocation(byteCount: RawLine.longestRecord, alignment: 8) { memory in
      var line = RawLine(memory)
      write(&line)
      append(contentsOf: line.bytes)
    }
  }

  public mutating func append(alert: Alert) {
    append("{\"id\":")
    append(jsonString: alert.id)
    append(",")
    append(windowOf: alert.detector, alert.type, alert.windowStart, alert.windowEnd)
    append(",\"legs\":")
    append(route: alert.legs, spread: alert.spread, alert.grossBasisPoints, alert.netBasisPoints)
    append(detectedAt: alert.detectedAt)
  }

  public mutating func append(window summary: WindowSummary) {
    append("{")
    append(windowOf: summary.detector, summary.type, summary.windowStart, summary.windowEnd)
    append(",\"alerts\":")
    append(integer: Int64(summary.alerts))
    append(",\"prices\":[")
    for (number, price) in summary.prices.enumerated() {
      if number > 0 { append(",") }
      append(marketOf: price.market)
      append(",\"records\":")
      append(integer: price.records)
      append(",\"buy\":")
      append(double: price.buy)
      append(",\"sell\":")
      append(double: price.sell)
      append("}")
    }
    append("],\"routes\":")
    append(routes: summary.routes)
    append(detectedAt: summary.detectedAt)
  }

  private mutating func append(windowOf detector: String, _ type: String, _ start: Timestamp, _ end: Timestamp) {
    append("\"detector\":")
    append(jsonString: detector)
    append(",\"type\":")
    append(jsonString: type)
    append(",\"window_start_us\":")
    append(integer: start.microseconds)
    append(",\"window_end_us\":")
    append(integer: end.microseconds)
  }

  /// The last member, and the end.
  private mutating func append(detectedAt time: Timestamp) {
    append(",\"detected_at_us\":")
    append(integer: time.microseconds)
    append("}")
  }

  package mutating func append(routes: [WindowSummary.Route]) {
    append("[")
    for (number, route) in routes.enumerated() {
      append(number > 0 ? ",{\"legs\":" : "{\"legs\":")
      append(route: route.legs, spread: route.spread, route.grossBasisPoints, route.netBasisPoints)
      append("}")
    }
    append("]")
  }

  private mutating func append(double: Double?) {
    guard let double else { return append("null") }
    append(double: double)
  }

  /// The value of `legs` and the figures behind it.
  private mutating func append(route legs: [Alert.Leg], spread: Double?, _ gross: Double, _ net: Double) {
    append("[")
    for (number, leg) in legs.enumerated() {
      if number > 0 { append(",") }
      append("{\"side\":")
      append(jsonString: leg.side.name)
      append(",\"venue\":")
      append(jsonString: leg.market.venue)
      append(",\"instrument\":")
      append(jsonString: leg.market.instrument.description)
      append(",\"price\":")
      append(double: leg.price)
      append(",\"fee_bps\":")
      append(double: leg.feeBasisPoints)
      append("}")
    }
    append("]")
    if let spread {
      append(",\"spread\":")
      append(double: spread)
    }
    append(",\"gross_bps\":")
    append(double: gross)
    append(",\"net_bps\":")
    append(double: net)
  }

  fileprivate mutating func append(marketOf market: Market) {
    append("{\"venue\":")
    append(jsonString: market.venue)
    append(",\"instrument\":")
    append(jsonString: market.instrument.description)
  }
}

extension [UInt8] {
  /// How the line of a trade or a quote begins.
  package init(startOfLine market: Market) {
    self = []
    append(marketOf: market)
  }
}

extension RawLine {
  /// Bytes that a trade or a quote can need, behind the market.
  static let longestRecord = 224 + 4 * RawLine.longestNumber + RawLine.longestID + RawLine.slack

  mutating func put(fieldsOf trade: borrowing Trade) {
    put(",\"price\":")
    put(quantity: trade.price)
    put(",\"size\":")
    put(quantity: trade.size)
    switch trade.side {
    case .buy: put(",\"side\":\"buy\",\"trade_id\":\"")
    case .sell: put(",\"side\":\"sell\",\"trade_id\":\"")
    case .unknown: put(",\"side\":\"unknown\",\"trade_id\":\"")
    }
    put(id: trade.id)
    put("\"")
    put(timesOf: trade.eventTime, trade.receiveTime)
  }

  mutating func put(fieldsOf quote: borrowing Quote) {
    put(",\"bid\":")
    put(quantity: quote.bid)
    put(",\"bid_size\":")
    put(quantity: quote.bidSize)
    put(",\"ask\":")
    put(quantity: quote.ask)
    put(",\"ask_size\":")
    put(quantity: quote.askSize)
    put(timesOf: quote.eventTime, quote.receiveTime)
  }

  fileprivate mutating func put(timesOf eventTime: Timestamp, _ receiveTime: Timestamp) {
    put(",\"event_time_us\":")
    put(integer: eventTime.microseconds)
    put(",\"receive_time_us\":")
    put(integer: receiveTime.microseconds)
    put("}")
  }

  fileprivate mutating func put(quantity: Quantity) {
    guard let exact = quantity.exact else { return put("null") }
    put(UInt8(ascii: "\""))
    put(decimal: exact)
    put(UInt8(ascii: "\""))
  }
}
