/// One order book of a connection, and whether it can be trusted: a state machine over the updates that arrive and their
/// receive times. It asks for no clock, so that a replay takes the same decisions.
///
///     idle ──▶ awaiting a snapshot ──▶ in step ──▶ out of step ──▶ awaiting a snapshot …
struct TrackedBook: Sendable {
  enum Phase: Sendable, Equatable {
    /// Nothing has been heard of it.
    case idle
    /// To be asked for again when none has come until then.
    case awaiting(until: Timestamp)
    case inStep(since: Timestamp)
    /// To be asked for at that time.
    case outOfStep(until: Timestamp)
  }

  /// What follows from something that happened to a book.
  enum Outcome: Sendable, Equatable {
    case nothing
    /// In step, and changed or confirmed; `isBest`: the best bid or ask is another one.
    case updated(isBest: Bool)
    case lost(reason: String)
    /// The changes are of no use now: no snapshot has come, or they are older than the book.
    case skipped
  }

  private(set) var book: OrderBook
  private(set) var phase = Phase.idle
  /// The number of the last update.
  private var last: Int64?
  /// Attempts to get into step since it last was for a while.
  private(set) var attempts = 0
  private(set) var crossedSince: Timestamp?
  /// Changes that wait for a snapshot which was asked for, oldest first.
  private var held: [HeldUpdate] = []
  /// The best bid and ask as they were last told.
  private var told: (bid: BookLevel?, ask: BookLevel?) = (nil, nil)
  /// Levels that no book can hold: a size below 0, a price of 0, too many digits.
  private(set) var refusedLevels: UInt64 = 0

  private struct HeldUpdate: Sendable {
    let update: BookUpdate
    let changes: [BookChange]
  }

  static let crossedReason = "the best bid is not below the best ask"

  /// More are forgotten, the oldest first: a snapshot is newer than they are.
  static let mostHeld = 1_024

  init(_ rules: BookRules) { book = OrderBook(depth: rules.depth, cut: rules.cut) }

  var isInStep: Bool { if case .inStep = phase { true } else { false } }

  /// Whether a rejected frame may have held an update that nothing else will tell of.
  var isUnnumbered: Bool { isInStep && last == nil }

  /// When it has to be looked at again.
  func due(_ rules: BookRules) -> Timestamp? {
    switch phase {
    case .idle: nil
    case .awaiting(let time), .outOfStep(let time): time
    // One that is crossed may hear nothing more.
    case .inStep: crossedSince?.advanced(by: rules.crossedLimit)
    }
  }

  // MARK: What happens

  /// Takes a message; `checksum` computes that of the book as it then is.
  mutating func receive(
    _ update: BookUpdate, _ changes: ArraySlice<BookChange>, at time: Timestamp, _ rules: BookRules,
    checksum: (borrowing OrderBook) -> UInt32?
  ) -> Outcome {
    if case .snapshot(let isCut) = update.kind {
      return begin(with: update, changes, isCut: isCut, at: time, rules, checksum: checksum)
    }
    guard isInStep else {
      if rules.snapshots == .requested { hold(update, changes) }
      return .skipped
    }
    return follow(update, changes, at: time, rules, checksum: checksum) ?? .updated(isBest: noteBest())
  }

  /// What the connection knows is wrong, or what the book shows itself. Nothing is done about it for so long as `pause`.
  mutating func lose(at time: Timestamp, _ rules: BookRules, pause: Duration = .zero) {
    if case .inStep(let since) = phase, since.distance(to: time) >= rules.recoveredAfter { attempts = 0 }
    let delay = attempts == 0 ? .zero : rules.firstDelay.doubled(attempts - 1, atMost: rules.longestDelay)
    attempts = min(attempts + 1, 32)
    phase = .outOfStep(until: time.advanced(by: max(delay, pause)))
    book.removeAll()
    last = nil
    crossedSince = nil
    told = (nil, nil)
    held.removeAll()
  }

  /// A snapshot has been asked for.
  mutating func await(at time: Timestamp, _ rules: BookRules) {
    phase = .awaiting(until: time.advanced(by: rules.snapshotTimeout))
  }

  // MARK: Updates

  private mutating func begin(
    with update: BookUpdate, _ changes: ArraySlice<BookChange>, isCut: Bool, at time: Timestamp, _ rules: BookRules,
    checksum: (borrowing OrderBook) -> UInt32?
  ) -> Outcome {
    refusedLevels += UInt64(book.replace(with: changes, isCut: isCut))
    last = update.step.last
    crossedSince = nil
    // Whoever withdrew the market meanwhile is told of it again, also where nothing has changed.
    told = (nil, nil)
    if !isInStep { phase = .inStep(since: time) }
    if let fault = fault(update, at: time, rules, checksum: checksum) { return fault }
    let waiting = held
    held.removeAll()
    for held in waiting {
      if case .lost(let reason)? = follow(held.update, held.changes[...], at: time, rules, checksum: checksum) {
        return .lost(reason: last == update.step.last ? "the snapshot is older than the changes" : reason)
      }
    }
    return .updated(isBest: noteBest())
  }

  /// Nil when the changes are in the book and nothing is wrong with it.
  private mutating func follow(
    _ update: BookUpdate, _ changes: ArraySlice<BookChange>, at time: Timestamp, _ rules: BookRules,
    checksum: (borrowing OrderBook) -> UInt32?
  ) -> Outcome? {
    switch update.step.order(behind: last) {
    case .old: return .skipped
    case .gap: return .lost(reason: "updates are missing")
    case .next: break
    }
    last = update.step.last ?? last
    for change in changes where !book.apply(change) { refusedLevels += 1 }
    book.finishChanges()
    return fault(update, at: time, rules, checksum: checksum)
  }

  private mutating func fault(
    _ update: BookUpdate, at time: Timestamp, _ rules: BookRules, checksum: (borrowing OrderBook) -> UInt32?
  ) -> Outcome? {
    if let expected = update.checksum, let own = checksum(book), own != expected {
      return .lost(reason: "the checksum differs")
    }
    if book.isExhausted { return .lost(reason: "fewer than \(book.depth) levels are left") }
    guard book.isCrossed else {
      crossedSince = nil
      return nil
    }
    guard let since = crossedSince else {
      crossedSince = time
      return nil
    }
    return since.distance(to: time) >= rules.crossedLimit
      ? .lost(reason: TrackedBook.crossedReason) : nil
  }

  private mutating func hold(_ update: BookUpdate, _ changes: ArraySlice<BookChange>) {
    if held.count >= TrackedBook.mostHeld { held.removeFirst(TrackedBook.mostHeld / 2) }
    held.append(HeldUpdate(update: update, changes: Array(changes)))
  }

  /// Whether the best bid or ask is another one than was told. While they are crossed there is nothing to tell.
  private mutating func noteBest() -> Bool {
    if crossedSince != nil { return false }
    let (bid, ask) = (book.bestBid, book.bestAsk)
    if bid.isIdentical(to: told.bid), ask.isIdentical(to: told.ask) { return false }
    told = (bid, ask)
    return true
  }
}

extension BookLevel? {
  /// Digit for digit.
  @inline(__always)
  fileprivate func isIdentical(to other: BookLevel?) -> Bool {
    guard let self, let other else { return self == nil && other == nil }
    return self.price.mantissa == other.price.mantissa && self.size.mantissa == other.size.mantissa
      && self.price.exponent == other.price.exponent && self.size.exponent == other.size.exponent
  }
}
