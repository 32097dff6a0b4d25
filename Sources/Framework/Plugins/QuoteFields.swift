/// What a message says of a market's best bid and ask, field by field in whatever order they come; `SessionOutput.emit`
/// judges it.
@frozen
public struct QuoteFields: Sendable {
  /// As in `TradeFields`.
  public var place: Int?
  /// A side whose price or size is 0 is empty.
  public var bid = Quantity.missing
  public var bidSize = Quantity.missing
  public var ask = Quantity.missing
  public var askSize = Quantity.missing
  /// Grows with each change, where the venue numbers them.
  public var number: Int64?
  /// The venue has begun to count anew.
  public var isRestart = false
  /// The receive time stands in where the channel has no clock.
  public var time = FieldTime.missing

  @inlinable
  public init(place: Int? = nil) { self.place = place }

  @inlinable
  public mutating func readSymbol(_ json: inout JSONScanner, _ symbols: SymbolTable) throws(JSONError) {
    place = symbols.place(of: try json.readString()) ?? SymbolTable.unknown
  }

  /// The first of an array of levels that are arrays of price and size: `[["61234.5","0.6"]]`; none is an empty side.
  @inlinable
  public mutating func readBest(_ side: BookSide, _ json: inout JSONScanner) throws(JSONError) {
    var (price, size) = (Quantity(.zero), Quantity(.zero))
    var isFirst = true
    try json.beginArray()
    while try json.nextElement() {
      guard isFirst else {
        try json.skipValue()
        continue
      }
      isFirst = false
      if let level = try json.compactLevel() {
        (price, size) = (Quantity(level.price), Quantity(level.size))
        continue
      }
      try json.beginArray()
      if try json.nextElement() { price = try json.readQuantity() }
      if try json.nextElement() { size = try json.readQuantity() }
      while try json.nextElement() { try json.skipValue() }
    }
    if side == .bid { (bid, bidSize) = (price, size) } else { (ask, askSize) = (price, size) }
  }
}

extension SessionOutput {
  /// How far behind the last number a quote may be and still be taken for one that was overtaken.
  @usableFromInline static var stragglerDistance: Int64 { 1 << 20 }

  /// Emits the quote of a stream that was asked for, unless the number says that it repeats the last one or was overtaken
  /// by it. What is wrong with it makes the whole frame unreadable.
  @inlinable
  public mutating func emit(_ quote: QuoteFields, at time: Timestamp) {
    guard let place = quote.place else { return note(SessionError(.missingField, field: "symbol")) }
    guard isSide(quote.bid, quote.bidSize) else { return note(SessionError(quote.bid, quote.bidSize, .bid)) }
    guard isSide(quote.ask, quote.askSize) else { return note(SessionError(quote.ask, quote.askSize, .ask)) }
    if quote.time == .bad { return note(SessionError(.badTime, field: "time")) }
    if let number = quote.number, number < 0 { return note(SessionError(.badNumber, field: "number")) }
    guard place != SymbolTable.unknown, symbols.has(.quotes, at: place) else { return passOver() }
    if let number = quote.number {
      let last = lastQuotes[place]
      let isOvertaken = number < last && !quote.isRestart && last &- number < SessionOutput.stragglerDistance
      if number == last || isOvertaken { return repeatQuote(at: place, time) }
      lastQuotes[place] = number
    }
    let hasBid = quote.bid.value > 0 && quote.bidSize.value > 0
    let hasAsk = quote.ask.value > 0 && quote.askSize.value > 0
    append(
      .quote(
        Quote(
          market: symbols.markets[place], bid: hasBid ? quote.bid : .missing,
          bidSize: hasBid ? quote.bidSize : .missing, ask: hasAsk ? quote.ask : .missing,
          askSize: hasAsk ? quote.askSize : .missing, eventTime: quote.time.timestamp ?? time, receiveTime: time)))
  }

  @inlinable
  @inline(__always)
  func isSide(_ price: Quantity, _ size: Quantity) -> Bool {
    price.value >= 0 && price.value < .infinity && size.isSize
  }

  /// The stream lives, though it says nothing new.
  @usableFromInline
  mutating func repeatQuote(at place: Int, _ time: Timestamp) {
    skipDuplicate()
    buffer.times.note(symbols.markets[place], .quotes, time)
  }
}

extension SessionError {
  @usableFromInline
  init(_ price: Quantity, _ size: Quantity, _ side: BookSide) {
    let name = side == .bid ? "bid" : "ask"
    let isPrice = price.value >= 0 && price.value < .infinity
    self.init(of: isPrice ? size : price, isPrice ? "\(name) size" : name)
  }
}

extension ExactDecimal {
  @inlinable public static var zero: ExactDecimal { ExactDecimal(mantissa: 0, exponent: 0) }
}
