/// The running price of one market in one window, summed in arrival order.
///
/// Two figures serve all kinds: Σ price, or Σ price·size and Σ size, or the last price; with quotes, the same for bid
/// and ask.
struct PriceAggregate {
  var count: Int64 = 0
  /// Trades: Σ price, Σ price·size or the last price. Quotes: Σ bid or the last bid.
  var first = 0.0
  /// Trades: Σ size (for vwap). Quotes: Σ ask or the last ask.
  var second = 0.0
  /// The largest event time so far (for last).
  var lastEventTime = Int64.min

  /// How records become a price.
  enum Rule: Sendable { case mean, vwap, last, meanQuote, lastQuote }

  /// `first` and `second`: price and size of a trade, or bid and ask of a quote.
  mutating func add(_ first: Double, _ second: Double, eventTime: Int64, rule: Rule) {
    count &+= 1
    switch rule {
    case .mean:
      self.first += first
    case .vwap:
      self.first += first * second
      self.second += second
    case .meanQuote:
      self.first += first
      self.second += second
    case .last, .lastQuote:
      // Among equal event times, the last to arrive.
      guard eventTime >= lastEventTime else { return }
      lastEventTime = eventTime
      self.first = first
      self.second = second
    }
  }

  /// Absent below `minimum` records, and where the arithmetic leaves the range of a double.
  func price(rule: Rule, minimum: Int64) -> MemberPrice {
    guard count > 0, count >= minimum else { return .absent }
    let price: MemberPrice
    switch rule {
    case .mean:
      let mean = first / Double(count)
      price = MemberPrice(buy: mean, sell: mean)
    case .vwap:
      guard second > 0 else { return .absent }
      price = MemberPrice(buy: first / second, sell: first / second)
    case .last:
      price = MemberPrice(buy: first, sell: first)
    case .meanQuote:
      price = MemberPrice(buy: second / Double(count), sell: first / Double(count))
    case .lastQuote:
      price = MemberPrice(buy: second, sell: first)
    }
    return price.isPresent ? price : .absent
  }
}
