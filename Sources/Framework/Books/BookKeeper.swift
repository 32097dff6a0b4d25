/// The order books of one connection: takes the updates that its session reads, keeps each book in step or gets it there
/// again, one at a time, and tells when a market's best bid and ask change.
///
/// It draws no conclusion from anything but the input log, so live and in a replay it does the same.
@usableFromInline
struct BookKeeper: Sendable {
  private let symbols: SymbolTable
  let rules: BookRules
  /// By place in `symbols`.
  private var books: [TrackedBook?]
  /// By place: whether the quotes of the market come from its book.
  private let givesQuotes: [Bool]
  /// The earliest moment at which some book has to be looked at again.
  @usableFromInline private(set) var due = Timestamp(microseconds: .max)

  var counts = BookCounts()

  init(_ symbols: SymbolTable, _ rules: BookRules) {
    self.symbols = symbols
    self.rules = rules
    let isKept = (0..<symbols.count).map { place in
      symbols.has(.book, at: place) || (rules.giveQuotes && symbols.has(.quotes, at: place))
    }
    books = isKept.map { $0 ? TrackedBook(rules) : nil }
    givesQuotes = (0..<symbols.count).map { isKept[$0] && (rules.giveQuotes || !symbols.has(.quotes, at: $0)) }
  }

  func book(at place: Int) -> TrackedBook? { place < books.count ? books[place] : nil }

  /// Levels that no book can hold.
  var refusedLevels: UInt64 { books.reduce(counts.refusedLevels) { $0 + ($1?.refusedLevels ?? 0) } }

  /// Whether there is a book to keep at a place.
  func keeps(_ place: Int) -> Bool { place < books.count && books[place] != nil }

  /// Whether the quotes of a market come from its book.
  func givesQuotes(of market: MarketID) -> Bool {
    symbols.markets.indices.contains { symbols.markets[$0] == market && givesQuotes[$0] }
  }

  // MARK: What happens

  mutating func receive(
    _ update: BookUpdate, _ changes: ArraySlice<BookChange>, at time: Timestamp, _ output: inout OutputBuffer,
    checksum: (borrowing OrderBook, Int) -> UInt32?
  ) {
    let place = update.place
    guard keeps(place) else { return }
    counts.updates += 1
    let outcome = books[place]?.receive(update, changes, at: time, rules) { checksum($0, place) }
    switch outcome {
    case .updated(let isBest):
      updated(place, isBest: isBest, update, at: time, &output)
      if books[place]?.crossedSince == time { note(books[place]?.due(rules)) }
    case .lost(let reason): lose(place, reason, at: time, &output)
    case .skipped: skipped(place, at: time, &output)
    case .nothing, nil: break
    }
  }

  /// The stream of the book at a place has been confirmed: from here on its snapshot is due.
  mutating func acknowledged(_ place: Int, at time: Timestamp) {
    guard rules.snapshots == .streamed, keeps(place), books[place]?.phase == .idle else { return }
    books[place]?.await(at: time, rules)
    note(books[place]?.due(rules))
  }

  /// The book can no longer be trusted.
  mutating func lose(
    _ place: Int, _ reason: String, at time: Timestamp, _ output: inout OutputBuffer, pause: Duration = .zero
  ) {
    guard keeps(place), let phase = books[place]?.phase else { return }
    // One that is being mended is not mended faster.
    if case .outOfStep = phase { return }
    counts.gaps += 1
    let wasTold = books[place]?.isInStep ?? false
    books[place]?.lose(at: time, rules, pause: pause)
    if wasTold, givesQuotes[place] { output.withdraw(symbols.markets[place], at: time) }
    let isLasting = (books[place]?.attempts ?? 0) >= rules.attemptsUntilDown
    for subscription in subscriptions(at: place) {
      output.actions.append(.outOfStep(subscription, reason: reason, isLasting: isLasting))
    }
    look(at: place, time, &output)
  }

  /// A frame could not be read: what the venue does not number may have been in it.
  mutating func frameRejected(at time: Timestamp, _ output: inout OutputBuffer) {
    for place in books.indices where books[place]?.isUnnumbered ?? false {
      lose(place, "a frame could not be read", at: time, &output)
    }
  }

  /// Does what is due.
  mutating func advance(to time: Timestamp, _ output: inout OutputBuffer) {
    guard time >= due else { return }
    due = Timestamp(microseconds: .max)
    for place in books.indices { look(at: place, time, &output) }
  }

  // MARK: Requests

  /// The place whose snapshot a request with this number asked for; nil when it is no longer wanted.
  func place(ofRequest number: Int) -> Int? {
    guard number < 0 else { return nil }
    let place = (-number - 1) >> 8
    guard keeps(place), case .awaiting = books[place]?.phase, request(place) == number else { return nil }
    return place
  }

  /// Numbers below 0, so that a session may use the others.
  private func request(_ place: Int) -> Int { -(place << 8 | (books[place]?.attempts ?? 0) & 0xFF) - 1 }

  // MARK: Steps

  private mutating func updated(
    _ place: Int, isBest: Bool, _ update: BookUpdate, at time: Timestamp, _ output: inout OutputBuffer
  ) {
    output.times.note(symbols.markets[place], .book, time)
    guard givesQuotes[place] else { return }
    output.times.note(symbols.markets[place], .quotes, time)
    guard isBest else { return }
    let (bid, ask) = (books[place]?.book.bestBid, books[place]?.book.bestAsk)
    guard bid != nil || ask != nil else { return output.withdraw(symbols.markets[place], at: time) }
    output.events.append(
      .quote(
        Quote(
          market: symbols.markets[place], bid: bid.map { Quantity($0.price) } ?? .missing,
          bidSize: bid.map { Quantity($0.size) } ?? .missing, ask: ask.map { Quantity($0.price) } ?? .missing,
          askSize: ask.map { Quantity($0.size) } ?? .missing, eventTime: update.eventTime ?? time, receiveTime: time)))
  }

  private mutating func skipped(_ place: Int, at time: Timestamp, _ output: inout OutputBuffer) {
    counts.skipped += 1
    guard books[place]?.phase == .idle else { return }
    ask(place, at: time, &output)
  }

  private mutating func look(at place: Int, _ time: Timestamp, _ output: inout OutputBuffer) {
    guard let phase = books[place]?.phase else { return }
    switch phase {
    case .outOfStep(let until) where until <= time: ask(place, at: time, &output)
    case .awaiting(let until) where until <= time:
      lose(place, "no snapshot within \(rules.snapshotTimeout.rough)", at: time, &output)
    case .inStep where books[place]?.due(rules).map { $0 <= time } ?? false:
      lose(place, TrackedBook.crossedReason, at: time, &output)
    default: note(books[place]?.due(rules))
    }
  }

  private mutating func ask(_ place: Int, at time: Timestamp, _ output: inout OutputBuffer) {
    // The first snapshot of a stream comes unasked.
    let isFirst = books[place]?.phase == .idle
    books[place]?.await(at: time, rules)
    note(books[place]?.due(rules))
    switch rules.snapshots {
    case .streamed:
      // Where two channels share the book's feed, one of them brings it for both.
      if !isFirst, let subscription = subscriptions(at: place).first { output.actions.append(.askAgain(subscription)) }
    case .requested: output.requests.append((number: request(place), place: place))
    }
  }

  private mutating func note(_ moment: Timestamp?) {
    if let moment { due = min(due, moment) }
  }

  /// What the book at a place is kept for.
  private func subscriptions(at place: Int) -> [Subscription] {
    [symbols.subscription(.book, at: place), rules.giveQuotes ? symbols.subscription(.quotes, at: place) : nil]
      .compactMap { $0 }
  }
}

/// What has happened to the order books of a connection.
public struct BookCounts: Sendable, Equatable {
  /// Messages about books.
  public var updates: UInt64 = 0
  /// Of those, the ones that changed nothing: older than the book, or before its snapshot.
  public var skipped: UInt64 = 0
  /// How often a book got out of step.
  public var gaps: UInt64 = 0
  /// Of connections that are over.
  var refusedLevels: UInt64 = 0

  public init() {}
}
