/// A connection of the input log and the session that understands it. Knows the adapter's type only behind one call for
/// each run of frames.
class SessionLink {
  let venue: String
  let number: Int
  /// Whether there is somebody to act on what the session wants.
  let isLive: Bool
  final var output: SessionOutput
  /// What the watchdog reads.
  final var streamTimes: StreamTimes { output.buffer.times }
  /// From event time to receive time.
  final var lag = LatencyHistogram()
  final var heartbeats: UInt64 { output.heartbeats }
  /// What went wrong with something that is no frame, since the last call of `takeNews`.
  private final var otherErrors: [SessionError] = []
  private final var counted = VenueCounts()

  init(venue: String, number: Int, isLive: Bool, output: SessionOutput = SessionOutput()) {
    self.output = output
    self.venue = venue
    self.number = number
    self.isLive = isLive
  }

  /// The markets that the connection carries.
  var markets: [MarketID] { [] }

  final var counts: VenueCounts {
    var counts = counted
    counts.frames.add(output.kinds)
    counts.gaps += output.books.counts.gaps
    counts.bookUpdates += output.books.counts.updates
    counts.skippedUpdates += output.books.counts.skipped
    counts.badLevels += output.books.refusedLevels + output.unreadableLevels
    return counts
  }

  func connected(at time: Timestamp) { counted.connects += 1 }

  /// The session is over; the next event begins a fresh one.
  func disconnected() { counted.disconnects += 1 }

  /// Reads frames `range` of the batch, all of this connection. Each leaves at least one event in `output`.
  func receive(_ batch: borrowing InputBatch, _ range: Range<Int>) {
    for place in range {
      output.count(.ignored)
      output.moveClock(batch.events[place].receiveTime)
    }
  }

  /// The order book of a market as it is kept for this connection, while it is in step.
  func book(of market: MarketID) -> OrderBook? { nil }

  /// The channel whose records go when a stream of the market is no longer to be trusted; nil: none.
  final func withdrawn(with channel: Channel, of market: MarketID) -> Channel? {
    channel == .book ? (output.books.givesQuotes(of: market) ? .quotes : nil) : channel
  }

  func response(_ number: Int, status: Int, _ body: RawSpan, at time: Timestamp) {}

  func tick(at time: Timestamp) {}

  func binaryFrame(byteCount: Int, at time: Timestamp) {
    output.count(.ignored)
    output.moveClock(time)
  }

  /// Has the session ask for streams again, or for them no longer.
  func subscribe(_ subscriptions: [Subscription]) {}
  func unsubscribe(_ subscriptions: [Subscription]) {}

  final func noteStatus() { counted.statusChanges += 1 }

  final func noteDuplicate() { counted.duplicates += 1 }

  /// Whether there is anything but market events.
  final var hasNews: Bool { output.hasNews || !otherErrors.isEmpty }

  /// Counts what the session said beside market events, and gives its actions and errors.
  final func takeNews() -> (actions: [SessionOutput.Action], errors: [SessionError]) {
    let news = output.takeNews()
    for action in news.actions {
      switch action {
      case .acknowledged: counted.acknowledged += 1
      case .refused: counted.refused += 1
      case .venueError: counted.venueErrors += 1
      case .missing(_, let count): counted.addMissing(count)
      case .send, .closing, .fetch, .outOfStep, .askAgain: break
      }
    }
    for error in news.errors { counted.frames.count(error.reason) }
    counted.duplicates += news.duplicates
    counted.recovered += news.recovered
    defer { otherErrors = [] }
    return (news.actions, news.errors + otherErrors)
  }

  final func note(_ error: SessionError) { otherErrors.append(error) }
}

/// A link whose frames go to a session. Generic over the session, not over its adapter: what is looked up at run time for
/// each call is then no type that belongs to another.
final class ConversationLink<Session: ExchangeSession>: SessionLink {
  private let plan: ConnectionPlan
  private let makeSession: () -> Session
  private var session: Session
  private var isConnected = false

  override var markets: [MarketID] { plan.subscriptions.map(\.market) }

  init(
    venue: String, number: Int, isLive: Bool, plan: ConnectionPlan, makeSession: @escaping () -> Session
  ) {
    self.plan = plan
    self.makeSession = makeSession
    self.session = makeSession()
    let output = SessionOutput(symbols: session.symbols, books: session.bookRules)
    super.init(venue: venue, number: number, isLive: isLive, output: output)
  }

  override func subscribe(_ subscriptions: [Subscription]) {
    output.expectAcknowledgement(of: subscriptions)
    session.subscribe(subscriptions, &output)
  }
  override func unsubscribe(_ subscriptions: [Subscription]) { session.unsubscribe(subscriptions, &output) }

  override func connected(at time: Timestamp) {
    super.connected(at: time)
    isConnected = true
    session = makeSession()
    output.begin(session.bookRules)
    session.connected(at: time, &output)
  }

  override func disconnected() {
    super.disconnected()
    isConnected = false
  }

  override func receive(_ batch: borrowing InputBatch, _ range: Range<Int>) {
    if !isConnected { connected(at: batch.events[range.lowerBound].receiveTime) }
    session.receive(batch, range, &output)
    askForSnapshots()
  }

  override func binaryFrame(byteCount: Int, at time: Timestamp) {
    output.beginFrame()
    output.rejectFrame(SessionError(.binary), at: time)
    askForSnapshots()
  }

  override func book(of market: MarketID) -> OrderBook? {
    guard let place = session.symbols.markets.firstIndex(of: market), let tracked = output.books.book(at: place),
      tracked.isInStep
    else { return nil }
    return tracked.book
  }

  private func askForSnapshots() {
    guard !output.buffer.requests.isEmpty else { return }
    for (number, place) in output.takeRequests() {
      guard let path = session.snapshotPath(at: place) else { continue }
      output.perform(.fetch(number: number, path: path))
    }
  }

  private func receiveSnapshot(_ place: Int, status: Int, _ body: RawSpan, at time: Timestamp) {
    output.beginFrame()
    guard status == 200 else {
      let reason = status == 0 ? body.string(0..<min(200, body.byteCount)) : "status \(status)"
      // A venue that is asked too often wants to be left alone.
      let isTooOften = status == 418 || status == 429
      let rules = session.bookRules
      output.loseBooks(
        place, "no snapshot: \(reason)", at: time, pause: isTooOften ? rules.longestDelay : rules.firstDelay)
      return
    }
    do throws(SessionError) {
      try session.readSnapshot(body, at: place, time, &output)
      if let fault = output.fault { throw fault }
      output.endSnapshot(at: time) { session.checksum(of: $0, at: $1) }
    } catch {
      output.dropFrame()
      note(error)
      output.loseBooks(place, "the snapshot could not be read", at: time)
    }
  }

  override func response(_ number: Int, status: Int, _ body: RawSpan, at time: Timestamp) {
    if !isConnected { connected(at: time) }
    defer { askForSnapshots() }
    if number < 0 {
      if let place = output.books.place(ofRequest: number) { receiveSnapshot(place, status: status, body, at: time) }
      return
    }
    do throws(SessionError) {
      try session.response(number, status: status, body, at: time, &output)
    } catch {
      note(error)
    }
  }

  override func tick(at time: Timestamp) {
    guard isConnected else { return }
    do throws(SessionError) {
      try session.tick(at: time, &output)
    } catch {
      note(error)
    }
    output.advanceBooks(to: time)
    askForSnapshots()
  }
}

extension ExchangeAdapter {
  /// `plan`: what the connection carries; nil for all that the adapter was asked for.
  func makeLink(number: Int, plan: ConnectionPlan?, markets: MarketTable) -> SessionLink {
    let carried = plan ?? ConnectionPlan(subscriptions: subscriptions(in: markets))
    return ConversationLink(venue: venue.id, number: number, isLive: plan != nil, plan: carried) {
      makeSession(for: carried)
    }
  }
}
