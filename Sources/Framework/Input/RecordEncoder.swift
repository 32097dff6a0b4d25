/// Writes records as the JSON of `docs/formats.md`: keys in the order given there, no spaces, no line end.
extension [UInt8] {
  /// Only for a trade whose price and size have exact digits.
  public mutating func append(trade: Trade, at market: Market) {
    append(marketOf: market)
    append(fieldsOf: trade)
  }

  /// The same, for who writes many of one market.
  public mutating func append(trade: Trade, at market: EncodedMarket) {
    append(contentsOf: market.bytes)
    append(fieldsOf: trade)
  }

  private mutating func append(fieldsOf trade: Trade) {
    let room = 192 + 2 * RawLine.longestNumber + RawLine.longestID + RawLine.slack
    withUnsafeTemporaryAllocation(byteCount: room, alignment: 8) { memory in
      var line = RawLine(memory)
      line.put(",\"price\":")
      line.put(quantity: trade.price)
      line.put(",\"size\":")
      line.put(quantity: trade.size)
      switch trade.side {
      case .buy: line.put(",\"side\":\"buy\",\"trade_id\":\"")
      case .sell: line.put(",\"side\":\"sell\",\"trade_id\":\"")
      case .unknown: line.put(",\"side\":\"unknown\",\"trade_id\":\"")
      }
      line.put(id: trade.id)
      line.put("\"")
      line.put(timesOf: trade.eventTime, trade.receiveTime)
      append(contentsOf: line.bytes)
    }
  }

  /// Quantities without exact digits become null.
  public mutating func append(quote: Quote, at market: Market) {
    append(marketOf: market)
    append(fieldsOf: quote)
  }

  /// The same, for who writes many of one market.
  public mutating func append(quote: Quote, at market: EncodedMarket) {
    append(contentsOf: market.bytes)
    append(fieldsOf: quote)
  }

  private mutating func append(fieldsOf quote: Quote) {
    let room = 192 + 4 * RawLine.longestNumber + RawLine.slack
    withUnsafeTemporaryAllocation(byteCount: room, alignment: 8) { memory in
      var line = RawLine(memory)
      line.put(",\"bid\":")
      line.put(quantity: quote.bid)
      line.put(",\"bid_size\":")
      line.put(quantity: quote.bidSize)
      line.put(",\"ask\":")
      line.put(quantity: quote.ask)
      line.put(",\"ask_size\":")
      line.put(quantity: quote.askSize)
      line.put(timesOf: quote.eventTime, quote.receiveTime)
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

extension RawLine {
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

/// How records of a market begin, written once.
public struct EncodedMarket: Sendable {
  public let market: Market
  fileprivate let bytes: [UInt8]

  public init(_ market: Market) {
    self.market = market
    var bytes: [UInt8] = []
    bytes.append(marketOf: market)
    self.bytes = bytes
  }
}
