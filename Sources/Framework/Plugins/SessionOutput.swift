/// What a session has to say: market events, and what the runtime shall do or know. One buffer serves all frames of a
/// connection, emptied in between without giving its memory back.
///
/// What a frame says counts only once all of it has been read: the runtime takes back what a session emitted from a frame
/// that it then could not read (`SessionOutput+Frames.swift`).
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
    /// A request by HTTP to the venue's REST address, whose answer comes back under its number. Sessions use numbers from
    /// 0 on.
    case fetch(number: Int, path: String)
    /// An order book that this stream feeds is not to be trusted; it is being seen to, since long when `isLasting`.
    case outOfStep(Subscription, reason: String, isLasting: Bool)
    /// The stream is to be ended and begun again.
    case askAgain(Subscription)
  }

  @usableFromInline let symbols: SymbolTable
  @usableFromInline var buffer = OutputBuffer()
  @usableFromInline var books: BookKeeper
  /// Of each place in `symbols`: its trades, where the venue numbers them one by one.
  var sequences: [TradeSequence]
  /// Of each place: a bit for each channel that is acknowledged.
  private var acknowledged: [UInt8]
  /// Of each place: the number of the last quote.
  @usableFromInline var lastQuotes: [Int64]

  // What the frame that is being read has led to so far.

  /// How many events and actions there were before it.
  @usableFromInline var frameStart = 0
  @usableFromInline var actionStart = 0
  /// Trades of it that have to be held against their sequences.
  @usableFromInline var numbered: [NumberedTrade] = []
  @usableFromInline var changes: [BookChange] = []
  var updates: [(update: BookUpdate, changes: Range<Int>)] = []
  /// Books that are no longer to be trusted; nil: all.
  var losses: [(place: Int?, reason: String)] = []
  /// Some of these have to be seen to.
  @usableFromInline var isStaged = false
  /// What is wrong with what it says.
  @usableFromInline var fault: SessionError?
  /// It said something of a stream that was asked for, if only a repetition; something of another.
  @usableFromInline var saysSomething = false
  @usableFromInline var saysOther = false

  /// By `FrameKind.rawValue`: how many frames there have been.
  @usableFromInline private(set) var kinds = InlineArray<4, UInt64>(repeating: 0)
  /// Frames that could not be read since the last `takeNews`.
  private var errors: [SessionError] = []
  /// Trades left out because their id had been seen, and quotes that repeat the one before.
  public private(set) var duplicates: UInt64 = 0
  /// Trades that arrived after they had been counted as missing.
  public private(set) var recovered: UInt64 = 0
  /// Signs of life that the venue sends while there is no data.
  private(set) var heartbeats: UInt64 = 0
  /// Levels of books that were no numbers.
  var unreadableLevels: UInt64 = 0

  @frozen
  @usableFromInline
  struct NumberedTrade: Sendable {
    @usableFromInline let event: Int32
    @usableFromInline let place: Int32
    @usableFromInline let number: UInt64
    /// How many numbers it stands for, up to its own.
    @usableFromInline let count: UInt64

    @inlinable
    init(event: Int, place: Int, number: UInt64, count: UInt64) {
      self.event = Int32(truncatingIfNeeded: event)
      self.place = Int32(truncatingIfNeeded: place)
      self.number = number
      self.count = count
    }
  }

  public init(symbols: SymbolTable, books rules: BookRules = BookRules()) {
    self.symbols = symbols
    books = BookKeeper(symbols, rules)
    sequences = Array(repeating: TradeSequence(), count: symbols.count)
    lastQuotes = Array(repeating: .min, count: symbols.count)
    acknowledged = Array(repeating: 0, count: symbols.count)
  }

  /// For a session that knows its markets by itself.
  public init() { self.init(symbols: SymbolTable([])) }

  public var events: [MarketEvent] { buffer.events }
  public var actions: [Action] { buffer.actions }

  // MARK: Market events

  /// Emits a trade whose id counts nothing; what comes twice is noticed by the id's text.
  @inlinable
  public mutating func emit(_ trade: Trade) { append(.trade(trade)) }

  @inlinable
  public mutating func emit(_ quote: Quote) { append(.quote(quote)) }

  @inlinable
  mutating func append(_ event: MarketEvent) { buffer.events.append(event) }

  public mutating func perform(_ action: Action) { buffer.actions.append(action) }

  /// A text message for the venue.
  public mutating func send(_ message: JSONTree) { perform(.send(message.compact)) }

  /// What has been read makes no sense: the frame counts as unreadable, and nothing that it said counts.
  public mutating func fail(_ reason: UndecodableReason, _ field: String) { note(SessionError(reason, field: field)) }

  // MARK: Streams

  /// The venue has confirmed the stream of a symbol, or refuses it. Without effect where it was not asked for, and where it
  /// is known already: venues that confirm by a list of all that there is say most of it again.
  public mutating func acknowledge(_ channel: Channel, at place: Int?) {
    guard let place, let subscription = symbols.subscription(channel, at: place) else { return }
    perform(.acknowledged(subscription))
  }

  public mutating func refuse(_ channel: Channel, at place: Int?, message: String) {
    guard let place, let subscription = symbols.subscription(channel, at: place) else { return }
    perform(.refused(subscription, message: message))
  }

  /// The venue's heartbeat has arrived: streams that are silent all the same are more likely quiet than dead.
  public mutating func heartbeat() { heartbeats &+= 1 }

  // MARK: Trade numbers

  /// `count` trades of the market did not arrive; 0 is nothing to note.
  public mutating func note(missing count: UInt64, of market: MarketID) {
    if count > 0 { perform(.missing(market, count: count)) }
  }

  /// The venue says that the trade with this number was the last at a place.
  public mutating func expect(through number: UInt64, at place: Int) {
    guard place < sequences.count else { return }
    note(missing: sequences[place].expect(through: number), of: symbols.markets[place])
  }

  /// The trade with this number is history, which the venue repeats at the start: the next one is counted from it.
  public mutating func begin(behind number: UInt64, at place: Int) {
    guard place < sequences.count else { return }
    note(missing: sequences[place].begin(behind: number), of: symbols.markets[place])
  }

  public mutating func skipDuplicate() {
    saysSomething = true
    duplicates += 1
  }

  public mutating func recover() { recovered += 1 }

  // MARK: For the runtime

  @inlinable
  mutating func count(_ kind: FrameKind) { kinds[kind.rawValue] &+= 1 }

  /// A frame could not be read.
  @usableFromInline
  mutating func reject(_ error: SessionError) { errors.append(error) }

  /// Something arrived that is no market event.
  @inlinable
  mutating func moveClock(_ time: Timestamp) { buffer.events.append(.clock(time)) }

  mutating func removeEvents() { buffer.events.removeAll(keepingCapacity: true) }

  /// A fresh connection: what was known of the old one's books, trades and quotes is void.
  mutating func begin(_ rules: BookRules) {
    var counts = books.counts
    counts.refusedLevels = books.refusedLevels
    books = BookKeeper(symbols, rules)
    books.counts = counts
    for place in sequences.indices {
      sequences[place] = TradeSequence()
      lastQuotes[place] = .min
      acknowledged[place] = 0
    }
  }

  /// Snapshots that its books want.
  mutating func takeRequests() -> [(number: Int, place: Int)] {
    defer { buffer.requests = [] }
    return buffer.requests
  }

  /// Streams are asked for: their confirmation will be news.
  mutating func expectAcknowledgement(of subscriptions: [Subscription]) {
    for subscription in subscriptions {
      guard let place = symbols.place(of: subscription.symbol) else { continue }
      acknowledged[place] &= ~(1 << subscription.channel.index)
    }
  }

  /// Leaves out confirmations that are no news, and tells the books of the others.
  @usableFromInline
  mutating func settleAcknowledgements(from start: Int, at time: Timestamp) {
    var place = start
    while place < buffer.actions.count {
      guard case .acknowledged(let subscription) = buffer.actions[place],
        let symbol = symbols.place(of: subscription.symbol)
      else {
        place += 1
        continue
      }
      let bit: UInt8 = 1 << subscription.channel.index
      guard acknowledged[symbol] & bit == 0 else {
        buffer.actions.remove(at: place)
        continue
      }
      acknowledged[symbol] |= bit
      if subscription.channel != .trades { books.acknowledged(symbol, at: time) }
      place += 1
    }
  }

  /// Whether there is anything but market events and counts of frames.
  var hasNews: Bool {
    !buffer.actions.isEmpty || !errors.isEmpty || !buffer.requests.isEmpty || duplicates > 0 || recovered > 0
  }

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
    let news = News(actions: buffer.actions, errors: errors, duplicates: duplicates, recovered: recovered)
    (buffer.actions, errors, duplicates, recovered) = ([], [], 0, 0)
    return news
  }
}
