/// A record that a detector takes: a trade's price on both sides, or a quote's ask and bid.
struct AcceptedRecord {
  let market: Market
  let eventTime: Int
  /// What a buy leg pays.
  let buy: Double
  /// What a sell leg gets.
  let sell: Double
  /// Of a trade; a quote has no single one.
  let size: Double
}

extension ReferenceDetector {
  /// The record, or nil when it is rejected.
  func accept(_ event: ReferenceEvent) -> AcceptedRecord? {
    guard !isTooFarAhead(event) else { return nil }
    switch event.content {
    case .trade(let price, let size):
      guard let price = acceptedPrice(price), let size = acceptedSize(size) else { return nil }
      return AcceptedRecord(
        market: event.market, eventTime: event.eventTime, buy: price, sell: price, size: size)
    case .quote(let bid, let bidSize, let ask, let askSize):
      guard let bid, let ask, let bid = acceptedPrice(bid), let ask = acceptedPrice(ask) else { return nil }
      switch mutation {
      case .crossedQuoteAccepted: guard bid != ask else { return nil }
      case .lockedQuoteAccepted: guard bid <= ask else { return nil }
      default: guard bid < ask else { return nil }
      }
      for size in [bidSize, askSize] {
        if let size {
          guard mutation == .quoteSizeUnchecked || acceptedSize(size) != nil else { return nil }
        } else if mutation == .missingSizeRejected {
          return nil
        }
      }
      let (buy, sell) =
        switch mutation {
        case .buyPaysBid: (bid, bid)
        case .bothSidesAtMid: ((bid + ask) / 2, (bid + ask) / 2)
        default: (ask, bid)
        }
      return AcceptedRecord(
        market: event.market, eventTime: event.eventTime, buy: buy, sell: sell, size: 0)
    case .stale:
      return nil
    }
  }

  private func isTooFarAhead(_ event: ReferenceEvent) -> Bool {
    let ahead = event.eventTime - event.receiveTime
    let limit = settings.window.maxClockSkew
    return switch mutation {
    case .skewIgnored: false
    case .skewOnBorderRejected: ahead >= limit
    case .skewBothWays: abs(ahead) > limit
    case .skewFromClock: event.eventTime - (clock ?? event.receiveTime) > limit
    default: ahead > limit
    }
  }

  private func acceptedPrice(_ text: String) -> Double? {
    guard let price = number(text, mutation) else { return nil }
    return price > 0 || (price == 0 && mutation == .priceZeroAccepted) ? price : nil
  }

  private func acceptedSize(_ text: String) -> Double? {
    if mutation == .sizeUnchecked { return number(text) ?? 0 }
    guard let size = number(text, mutation) else { return nil }
    if mutation == .negativeSizeAccepted { return size }
    return size > 0 || (size == 0 && mutation != .sizeZeroRejected) ? size : nil
  }
}
