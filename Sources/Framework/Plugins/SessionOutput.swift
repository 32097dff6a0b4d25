/// What a session has to say: market events, and what the runtime shall do or know. One buffer serves all frames of a
/// connection, emptied in between without giving its memory back.
public struct SessionOutput: Sendable {
  /// What is rare, beside the market events.
  public enum Action: Sendable, Equatable {
    /// A text message for the venue.
    case send(String)
    case acknowledged(Subscription)
    /// The venue will not serve this; `message` is the venue's own.
    case refused(Subscription, message: String)
    /// An error that the venue reports, about no subscription in particular.
    case venueError(String)
    /// `count` trades of the market did not arrive.
    case missing(MarketID, count: UInt64)
    /// The venue will close the connection.
    case closing
  }

  public private(set) var events: [MarketEvent] = []
  public private(set) var actions: [Action] = []
  /// Trades left out because their id had been seen.
  public private(set) var duplicates: UInt64 = 0
  /// Trades that arrived after they had been counted as missing.
  public private(set) var recovered: UInt64 = 0

  public init() {}

  @inlinable
  public mutating func emit(_ trade: Trade) { append(.trade(trade)) }

  /// Emits a trade of a market whose ids count one by one, unless it is a repetition, and notes what its id tells.
  @inlinable
  public mutating func emit(_ trade: Trade, _ verdict: TradeSequence.Verdict) {
    switch verdict {
    case .duplicate: return skipDuplicate()
    case .recovered: recover()
    case .new(let missing): note(missing: missing, of: trade.market)
    }
    emit(trade)
  }

  /// `count` trades of the market did not arrive; 0 is nothing to note.
  public mutating func note(missing count: UInt64, of market: MarketID) {
    if count > 0 { perform(.missing(market, count: count)) }
  }

  @inlinable
  public mutating func emit(_ quote: Quote) { append(.quote(quote)) }

  @usableFromInline
  mutating func append(_ event: MarketEvent) { events.append(event) }

  public mutating func perform(_ action: Action) { actions.append(action) }

  public mutating func skipDuplicate() { duplicates += 1 }

  public mutating func recover() { recovered += 1 }

  /// Something arrived that is no market event.
  mutating func moveClock(_ time: Timestamp) { events.append(.clock(time)) }

  mutating func removeEvents() { events.removeAll(keepingCapacity: true) }

  /// Gives what there is beside the market events, and begins anew.
  mutating func takeActions() -> (actions: [Action], duplicates: UInt64, recovered: UInt64) {
    let taken = (actions, duplicates, recovered)
    if !actions.isEmpty { actions = [] }
    duplicates = 0
    recovered = 0
    return taken
  }
}
