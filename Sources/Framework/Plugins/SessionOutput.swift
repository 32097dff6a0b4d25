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

  @usableFromInline var storedEvents: [MarketEvent] = []
  public private(set) var actions: [Action] = []
  /// By `FrameKind.rawValue`: how many frames there have been.
  @usableFromInline private(set) var kinds = InlineArray<4, UInt64>(repeating: 0)
  /// Frames that could not be read since the last `takeNews`.
  private var errors: [SessionError] = []
  /// Trades left out because their id had been seen.
  public private(set) var duplicates: UInt64 = 0
  /// Trades that arrived after they had been counted as missing.
  public private(set) var recovered: UInt64 = 0
  /// Signs of life that the venue sends while there is no data.
  private(set) var heartbeats: UInt64 = 0

  public init() {}

  @inlinable
  public var events: [MarketEvent] { storedEvents }

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

  @inlinable
  mutating func append(_ event: MarketEvent) { storedEvents.append(event) }

  public mutating func perform(_ action: Action) { actions.append(action) }

  public mutating func skipDuplicate() { duplicates += 1 }

  public mutating func recover() { recovered += 1 }

  /// The venue's heartbeat has arrived: streams that are silent all the same are more likely quiet than dead.
  public mutating func heartbeat() { heartbeats &+= 1 }

  // MARK: For the runtime

  @inlinable
  mutating func count(_ kind: FrameKind) { kinds[kind.rawValue] &+= 1 }

  /// A frame could not be read.
  @usableFromInline
  mutating func reject(_ error: SessionError) { errors.append(error) }

  /// Something arrived that is no market event.
  @inlinable
  mutating func moveClock(_ time: Timestamp) { storedEvents.append(.clock(time)) }

  mutating func removeEvents() { storedEvents.removeAll(keepingCapacity: true) }

  /// Whether there is anything but market events and counts of frames.
  var hasNews: Bool { !actions.isEmpty || !errors.isEmpty || duplicates > 0 || recovered > 0 }

  /// What there is beside the market events.
  struct News {
    var actions: [Action] = []
    /// Of frames that could not be read.
    var errors: [SessionError] = []
    var duplicates: UInt64 = 0
    var recovered: UInt64 = 0
  }

  /// Gives the news, and begins anew.
  mutating func takeNews() -> News {
    guard hasNews else { return News() }
    let news = News(actions: actions, errors: errors, duplicates: duplicates, recovered: recovered)
    (actions, errors, duplicates, recovered) = ([], [], 0, 0)
    return news
  }
}
