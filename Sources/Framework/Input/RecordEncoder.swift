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
    append(",\"price\":")
    append(quantity: trade.price)
    append(",\"size\":")
    append(quantity: trade.size)
    append(",\"side\":\"")
    append(contentsOf: trade.side.name.utf8)
    append("\",\"trade_id\":")
    append(UInt8(ascii: "\""))
    for offset in 0..<trade.id.count { append(escaped: trade.id[offset]) }
    append(UInt8(ascii: "\""))
    append(timesOf: trade.eventTime, trade.receiveTime)
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
    append(",\"bid\":")
    append(quantity: quote.bid)
    append(",\"bid_size\":")
    append(quantity: quote.bidSize)
    append(",\"ask\":")
    append(quantity: quote.ask)
    append(",\"ask_size\":")
    append(quantity: quote.askSize)
    append(timesOf: quote.eventTime, quote.receiveTime)
  }

  public mutating func append(alert: Alert) {
    append("{\"id\":")
    append(jsonString: alert.id)
    append(",\"detector\":")
    append(jsonString: alert.detector)
    append(",\"type\":")
    append(jsonString: alert.type)
    append(",\"window_start_us\":")
    append(integer: alert.windowStart.microseconds)
    append(",\"window_end_us\":")
    append(integer: alert.windowEnd.microseconds)
    append(",\"legs\":")
    append(route: alert.legs, spread: alert.spread, alert.grossBasisPoints, alert.netBasisPoints)
    append(",\"detected_at_us\":")
    append(integer: alert.detectedAt.microseconds)
    append("}")
  }

  public mutating func append(window summary: WindowSummary) {
    append("{\"detector\":")
    append(jsonString: summary.detector)
    append(",\"type\":")
    append(jsonString: summary.type)
    append(",\"window_start_us\":")
    append(integer: summary.windowStart.microseconds)
    append(",\"window_end_us\":")
    append(integer: summary.windowEnd.microseconds)
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
    append(",\"detected_at_us\":")
    append(integer: summary.detectedAt.microseconds)
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

  private mutating func append(timesOf eventTime: Timestamp, _ receiveTime: Timestamp) {
    append(",\"event_time_us\":")
    append(integer: eventTime.microseconds)
    append(",\"receive_time_us\":")
    append(integer: receiveTime.microseconds)
    append("}")
  }

  private mutating func append(quantity: Quantity) {
    guard let exact = quantity.exact else { return append("null") }
    append(UInt8(ascii: "\""))
    append(decimal: exact)
    append(UInt8(ascii: "\""))
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
