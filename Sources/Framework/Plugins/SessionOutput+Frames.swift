// A frame at a time: what it says counts once it has been read to its end.

extension SessionOutput {
  /// A frame begins.
  @inlinable
  @inline(__always)
  mutating func beginFrame() {
    frameStart = buffer.events.count
    actionStart = buffer.actions.count
    saysSomething = false
    saysOther = false
  }

  /// A frame was read. `checksum` computes that of a book by its place.
  @inlinable
  @inline(__always)
  mutating func endFrame(
    _ kind: FrameKind, at time: Timestamp, checksum: (borrowing OrderBook, Int) -> UInt32?
  ) {
    if fault != nil { return takeBack(at: time) }
    // Data of nothing that was asked for is of no use here.
    let isOther = saysOther && !saysSomething && buffer.events.count == frameStart
    count(kind == .data && isOther ? .ignored : kind)
    if buffer.actions.count > actionStart { settleAcknowledgements(from: actionStart, at: time) }
    if isStaged { applyStaged(at: time, checksum: checksum) }
    if time >= books.due { advanceBooks(to: time) }
    if buffer.events.count == frameStart { moveClock(time) }
  }

  /// The frame could not be read.
  @usableFromInline
  mutating func rejectFrame(_ error: SessionError, at time: Timestamp) {
    let concerned = updates.map(\.update.place)
    dropFrame()
    reject(error)
    applyLosses(at: time)
    for place in concerned { books.lose(place, "an update could not be read", at: time, &buffer) }
    books.frameRejected(at: time, &buffer)
    books.advance(to: time, &buffer)
    if buffer.events.count == frameStart { moveClock(time) }
  }

  /// A snapshot that was asked for has been read: as a frame, but none that counts.
  mutating func endSnapshot(at time: Timestamp, checksum: (borrowing OrderBook, Int) -> UInt32?) {
    if isStaged { applyStaged(at: time, checksum: checksum) }
  }

  /// Forgets what has been read of something.
  @usableFromInline
  mutating func dropFrame() {
    buffer.events.removeSubrange(min(frameStart, buffer.events.count)...)
    buffer.actions.removeSubrange(min(actionStart, buffer.actions.count)...)
    isStaged = false
    fault = nil
    numbered.removeAll(keepingCapacity: true)
    dropStagedBooks()
  }

  @usableFromInline
  mutating func takeBack(at time: Timestamp) {
    let error = fault ?? SessionError(.badValue)
    rejectFrame(error, at: time)
  }

  /// What is wrong with what the frame says: the first fault counts, and the frame with it.
  @usableFromInline
  mutating func note(_ error: SessionError) { if fault == nil { fault = error } }

  @usableFromInline
  mutating func applyStaged(at time: Timestamp, checksum: (borrowing OrderBook, Int) -> UInt32?) {
    isStaged = false
    applyLosses(at: time)
    for trade in numbered { hold(trade, at: time) }
    numbered.removeAll(keepingCapacity: true)
    guard !updates.isEmpty else { return }
    for (update, range) in updates {
      books.receive(update, changes[range], at: time, &buffer, checksum: checksum)
    }
    dropStagedBooks()
  }

  private mutating func applyLosses(at time: Timestamp) {
    if losses.isEmpty { return }
    for (place, reason) in losses { loseBooks(place, reason, at: time) }
    losses.removeAll()
  }

  /// The book at a place, or all of them, can no longer be trusted.
  mutating func loseBooks(_ place: Int?, _ reason: String, at time: Timestamp, pause: Duration = .zero) {
    for place in place.map({ [$0] }) ?? Array(0..<symbols.count) {
      books.lose(place, reason, at: time, &buffer, pause: pause)
    }
  }

  @usableFromInline
  mutating func advanceBooks(to time: Timestamp) { books.advance(to: time, &buffer) }

  /// Holds a trade against the numbers that there have been at its place.
  private mutating func hold(_ trade: NumberedTrade, at time: Timestamp) {
    guard case .trade(let event) = buffer.events[Int(trade.event)] else { return }
    let place = Int(trade.place)
    switch sequences[place].receive(trade.number, covering: trade.count, at: event.eventTime) {
    case .duplicate:
      buffer.events[Int(trade.event)] = .clock(time)
      skipDuplicate()
    case .recovered: recover()
    case .new(let missing): note(missing: missing, of: symbols.markets[place])
    }
  }

  private mutating func dropStagedBooks() {
    updates.removeAll(keepingCapacity: true)
    // A full book in one message may be a hundred thousand levels; the next one will be a few.
    changes.removeAll(keepingCapacity: changes.count <= 4_096)
  }
}
