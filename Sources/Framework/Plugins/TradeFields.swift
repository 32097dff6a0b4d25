/// What a message says of one trade, field by field in whatever order they come; `SessionOutput.emit` judges it.
@frozen
public struct TradeFields: Sendable {
  /// Where the symbol stands among the session's; `SymbolTable.unknown` for one that was not asked for, nil when the
  /// message names none.
  public var place: Int?
  /// The taker's.
  public var side = Side.unknown
  public var price = Quantity.missing
  public var size = Quantity.missing
  /// Where the venue counts its trades one by one: this one's number.
  public var number: Int64?
  /// How many of these the venue has joined in this trade, up to `number`.
  public var count: Int64 = 1
  /// Where it does not: an id of at most `TradeID.capacity` bytes.
  public var id: TradeID?
  public var time = FieldTime.missing

  @inlinable
  public init(place: Int? = nil) { self.place = place }

  @inlinable
  public mutating func readSymbol(_ json: inout JSONScanner, _ symbols: SymbolTable) throws(JSONError) {
    place = symbols.place(of: try json.readString()) ?? SymbolTable.unknown
  }

  /// An id that is opaque; one that is too long counts as missing.
  @inlinable
  public mutating func readID(_ json: inout JSONScanner) throws(JSONError) {
    let text = try json.readString()
    id = text.hasEscapes ? TradeID(text.string) : TradeID(text.bytes)
  }
}

/// A time as a message gives it.
@frozen
public enum FieldTime: Sendable, Equatable {
  case missing
  /// It is there, and no time that could be held.
  case bad
  case at(Timestamp)

  /// Whole milliseconds since the epoch, in a string or not.
  @inlinable
  public init(milliseconds json: inout JSONScanner) throws(JSONError) {
    self.init(Timestamp(milliseconds: try json.readInteger()))
  }

  /// RFC 3339 in UTC.
  @inlinable
  public init(iso8601 json: inout JSONScanner) throws(JSONError) {
    self.init(Timestamp(iso8601: try json.readString().bytes))
  }

  @inlinable
  init(_ time: Timestamp?) { self = time.map { .at($0) } ?? .bad }

  /// The time; nil where there is none of use.
  @inlinable
  public var timestamp: Timestamp? { if case .at(let time) = self { time } else { nil } }
}

extension SessionOutput {
  /// Emits a trade of a stream that was asked for; counts it, and leaves it out, when it has been there already. One of
  /// another stream is passed over. What is wrong with it makes the whole frame unreadable.
  @inlinable
  public mutating func emit(_ trade: TradeFields, at time: Timestamp) {
    if let fault = trade.fault { return note(fault) }
    guard let place = trade.place, case .at(let eventTime) = trade.time else { return }
    guard place != SymbolTable.unknown, symbols.has(.trades, at: place) else { return passOver() }
    let id: TradeID
    if let number = trade.number {
      id = TradeID(UInt64(truncatingIfNeeded: number))
      isStaged = true
      numbered.append(
        NumberedTrade(
          event: buffer.events.count, place: place, number: UInt64(truncatingIfNeeded: number),
          count: UInt64(truncatingIfNeeded: trade.count)))
    } else {
      guard let text = trade.id else { return }
      id = text
    }
    append(
      .trade(
        Trade(
          market: symbols.markets[place], side: trade.side, price: trade.price, size: trade.size, id: id,
          eventTime: eventTime, receiveTime: time)))
  }

  /// The trade was there before the stream began: it is not emitted, but the next one is counted from it.
  public mutating func skipHistory(_ trade: TradeFields) {
    if let fault = trade.fault { return note(fault) }
    passOver()
    guard let place = trade.place, place != SymbolTable.unknown, let number = trade.number else { return }
    begin(behind: UInt64(truncatingIfNeeded: number), at: place)
  }

  /// What was said is of a stream that was not asked for.
  @usableFromInline
  mutating func passOver() { saysOther = true }
}

extension TradeFields {
  /// What is wrong with it, if anything.
  @inlinable
  @inline(__always)
  var fault: SessionError? {
    guard place != nil else { return SessionError(.missingField, field: "symbol") }
    guard price.isPrice else { return SessionError(of: price, "price") }
    guard size.isSize else { return SessionError(of: size, "size") }
    guard case .at = time else { return SessionError(of: time) }
    if let number { return number >= 0 && count >= 0 ? nil : SessionError(.badNumber, field: "trade id") }
    return id == nil ? SessionError(.missingField, field: "trade id") : nil
  }
}

extension SessionError {
  @usableFromInline
  init(of quantity: Quantity, _ field: String) {
    self.init(quantity.isMissing ? .missingField : .badNumber, field: field)
  }

  @usableFromInline
  init(of time: FieldTime) { self.init(time == .missing ? .missingField : .badTime, field: "time") }
}
