/// The best bid and ask of a market. A side or a size that the venue does not give is `Quantity.missing`.
@frozen
public struct Quote: Sendable, Equatable {
  public let market: MarketID
  public let bid: Quantity
  public let bidSize: Quantity
  public let ask: Quantity
  public let askSize: Quantity
  /// The venue's own time; the receive time where the channel carries none.
  public let eventTime: Timestamp
  public let receiveTime: Timestamp

  @inlinable
  public init(
    market: MarketID, bid: Quantity, bidSize: Quantity, ask: Quantity, askSize: Quantity, eventTime: Timestamp,
    receiveTime: Timestamp
  ) {
    self.market = market
    self.bid = bid
    self.bidSize = bidSize
    self.ask = ask
    self.askSize = askSize
    self.eventTime = eventTime
    self.receiveTime = receiveTime
  }
}
