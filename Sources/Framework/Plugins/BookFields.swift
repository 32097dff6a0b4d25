// How a session tells of order books: levels as it reads them, then what they belong to.

extension JSONScanner {
  /// A price or size of a level: nil for a string that holds no number, which venues have been seen to send.
  @inlinable
  public mutating func readLevelNumber() throws(JSONError) -> ExactDecimal? {
    if let short = shortNumber() { return short }
    return try readAnyLevelNumber()
  }

  /// Passes over a text of one to eight bytes where it stands right here.
  @inlinable
  @inline(__always)
  public mutating func pass(_ text: StaticString) -> Bool {
    // No text has a zero byte, so what lies behind the end is none either.
    let others = bytes.word(at: position) ^ text.prefix
    guard others &<< UInt64(64 &- text.utf8CodeUnitCount &* 8) == 0 else { return false }
    position &+= text.utf8CodeUnitCount
    return true
  }

  /// A number of usual length right here, in quotes or not. Nil, and nothing passed, for all else.
  @inlinable
  @inline(__always)
  public mutating func compactNumber() -> ExactDecimal? { shortNumber() }

  /// Two numbers of usual length right here, one comma between them: `"61234.5","0.6"`. For what stands in an array or an
  /// object whose rest the caller sees to. Nil for all else: then some of it may have been passed, and the caller goes back
  /// to where it was.
  @inlinable
  @inline(__always)
  public mutating func compactPair() -> (price: ExactDecimal, size: ExactDecimal)? {
    guard let price = shortNumber(), pass(","), let size = shortNumber() else { return nil }
    return (price, size)
  }

  /// A level right here that is an array beginning with price and size, without white space.
  @inlinable
  @inline(__always)
  mutating func compactLevel() throws(JSONError) -> (price: ExactDecimal, size: ExactDecimal)? {
    let start = place
    guard depth < depthLimit, pass("["), let pair = compactPair() else {
      go(to: start)
      return nil
    }
    if pass("]") { return pair }
    // What else there is of it.
    depth &+= 1
    while try nextElement() { try skipValue() }
    return pair
  }

  @usableFromInline
  mutating func readAnyLevelNumber() throws(JSONError) -> ExactDecimal? {
    guard try peek() == .string else { return try readDecimal() }
    let text = try readString()
    return text.quantity.exact
  }
}

extension SessionOutput {
  /// Adds a level to the update that is being read. One without a price or size that is a number is left out and counted.
  @inlinable
  public mutating func addLevel(_ side: BookSide, price: ExactDecimal?, size: ExactDecimal?) {
    guard let price, let size else { return countUnreadableLevel() }
    changes.append(BookChange(side, price: price, size: size))
  }

  /// Reads levels that are arrays beginning with price and size: `[["61234.5","0.6"],["61234.4","1"]]`. Gives how many.
  @inlinable
  @discardableResult
  public mutating func readLevels(_ side: BookSide, _ json: inout JSONScanner) throws(JSONError) -> Int {
    var count = 0
    try json.beginArray()
    while try json.nextElement() {
      count &+= 1
      if let level = try json.compactLevel() {
        changes.append(BookChange(side, price: level.price, size: level.size))
        continue
      }
      try json.beginArray()
      var (price, size): (ExactDecimal?, ExactDecimal?) = (nil, nil)
      if try json.nextElement() { price = try json.readLevelNumber() }
      if try json.nextElement() { size = try json.readLevelNumber() }
      while try json.nextElement() { try json.skipValue() }
      addLevel(side, price: price, size: size)
    }
    return count
  }

  /// The levels read since the last call are those of a book: changes of it, applied in this order, a size of 0 taking the
  /// level away. `place` as in `TradeFields`. With a `checksum` the book that they leave is held against
  /// `ExchangeSession.checksum(of:at:)`.
  public mutating func updateBook(
    at place: Int?, _ step: BookStep, time: FieldTime = .missing, checksum: UInt32? = nil
  ) { stage(place, .changes, step, time, checksum) }

  /// The same for all levels of a book, in whatever order. `isCut`: the venue has more levels than these.
  public mutating func replaceBook(
    at place: Int?, _ step: BookStep, time: FieldTime = .missing, isCut: Bool = false, checksum: UInt32? = nil
  ) { stage(place, .snapshot(isCut: isCut), step, time, checksum) }

  /// Something is missing, of a book or of all of the connection's (`place` nil), in front of what the frame says: they are
  /// put into step again, one by one.
  public mutating func loseBooks(at place: Int? = nil, reason: String) {
    isStaged = true
    losses.append((place, reason))
  }

  private mutating func stage(
    _ place: Int?, _ kind: BookUpdate.Kind, _ step: BookStep, _ time: FieldTime, _ checksum: UInt32?
  ) {
    let start = updates.last?.changes.upperBound ?? 0
    guard let place else { return note(SessionError(.missingField, field: "symbol")) }
    guard place != SymbolTable.unknown, books.keeps(place) else {
      changes.removeSubrange(start...)
      return passOver()
    }
    saysSomething = true
    isStaged = true
    let update = BookUpdate(place: place, kind: kind, step: step, eventTime: time.timestamp, checksum: checksum)
    updates.append((update, start..<changes.count))
  }

  @usableFromInline
  mutating func countUnreadableLevel() { unreadableLevels += 1 }
}
