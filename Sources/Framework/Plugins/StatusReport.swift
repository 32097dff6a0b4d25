/// How a run is doing, for people. Totals since its start; a reader that wants rates keeps the report before.
public struct StatusReport: Sendable, Equatable {
  public struct LastPrice: Sendable, Equatable {
    public let market: Market
    /// The last trade's price, or the middle of the last quote.
    public let price: Double

    public init(market: Market, price: Double) {
      self.market = market
      self.price = price
    }
  }

  /// Since the start of the run.
  public let elapsed: Duration
  public let events: UInt64
  public let alerts: UInt64
  public let late: UInt64
  public let rejected: UInt64
  /// By instrument, then venue.
  public let lastPrices: [LastPrice]
  /// The last report of the run.
  public let isFinal: Bool

  public init(
    elapsed: Duration, events: UInt64, alerts: UInt64, late: UInt64, rejected: UInt64, lastPrices: [LastPrice],
    isFinal: Bool
  ) {
    self.elapsed = elapsed
    self.events = events
    self.alerts = alerts
    self.late = late
    self.rejected = rejected
    self.lastPrices = lastPrices
    self.isFinal = isFinal
  }
}
