/// The side of the taker, the party whose order met a resting one.
@frozen
public enum Side: UInt8, Sendable {
  case buy, sell, unknown

  public var name: String {
    switch self {
    case .buy: "buy"
    case .sell: "sell"
    case .unknown: "unknown"
    }
  }
}

/// A trade that a venue reported.
@frozen
public struct Trade: Sendable, Equatable {
  public let market: MarketID
  /// The taker's side, whatever the venue's own convention.
  public let side: Side
  /// In the quote asset.
  public let price: Quantity
  /// In the base asset.
  public let size: Quantity
  public let id: TradeID
  /// The venue's own time of the trade.
  public let eventTime: Timestamp
  /// When its bytes left the socket.
  public let receiveTime: Timestamp

  @inlinable
  public init(
    market: MarketID, side: Side, price: Quantity, size: Quantity, id: TradeID, eventTime: Timestamp,
    receiveTime: Timestamp
  ) {
    self.market = market
    self.side = side
    self.price = price
    self.size = size
    self.id = id
    self.eventTime = eventTime
    self.receiveTime = receiveTime
  }
}
