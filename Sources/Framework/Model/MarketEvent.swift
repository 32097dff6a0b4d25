/// What detectors see. Plain bytes: copying one retains nothing.
@frozen
public enum MarketEvent: Sendable {
  case trade(Trade)
  case quote(Quote)
  /// The market's stream was reported stale, out of step or down: it is idle from here to its next record. `channel` nil:
  /// on all channels.
  case withdrawn(MarketID, channel: Channel?, at: Timestamp)
  /// Something arrived that is none of the above; it moves the clock.
  case clock(Timestamp)

  @inlinable
  public var receiveTime: Timestamp {
    switch self {
    case .trade(let trade): trade.receiveTime
    case .quote(let quote): quote.receiveTime
    case .withdrawn(_, _, let time): time
    case .clock(let time): time
    }
  }
}
