import ArbdFramework

/// Frames in the shapes of a venue's documentation with numbers made up, one after the other without end.
struct FrameTape {
  let kind: FrameKind
  private var numbers = MadeUpNumbers(seed: 7)
  /// Ids are numbered one by one, market by market.
  private var ids: [Int]
  var sequence = 96_310_442_156
  /// Market by market, where there are any.
  var books: [TapedBook] = []

  static let instruments = (0..<20).map { Instrument(base: MadeUpMarkets.asset($0), quote: "USDT") }
  /// Midnight of the first of January 2026, in microseconds.
  static let start: Int64 = 1_767_225_600_000_000

  init(_ kind: FrameKind) {
    self.kind = kind
    ids = [Int](repeating: 734_118_205, count: FrameTape.instruments.count)
    if kind.levels != nil { books = FrameTape.instruments.indices.map(TapedBook.init) }
  }

  /// What the venue says first of each book.
  var opening: [String] {
    mutating get { books.indices.map { snapshot($0) } }
  }

  /// `time`: that of the event, in microseconds, on the day of `start`.
  mutating func next(at time: Int64) -> String {
    let place = numbers.below(ids.count)
    ids[place] += 1
    sequence += 1
    let instrument = FrameTape.instruments[place]
    let symbol = instrument.base + instrument.quote
    if let levels = kind.levels { return update(place, books[place].tape.changes(levels), time) }
    switch kind {
    case .coinbaseMatch: return match(instrument, id: ids[place], time)
    case .binanceTrade: return trade(symbol, id: ids[place], time)
    case .binanceStreamTrade:
      return "{\"stream\":\"\(symbol.lowercased())@trade\",\"data\":\(trade(symbol, id: ids[place], time))}"
    case .binanceQuote: return quote(symbol)
    default: return otherVenue(instrument, id: ids[place], time)
    }
  }

  private mutating func match(_ instrument: Instrument, id: Int, _ time: Int64) -> String {
    """
    {"type":"match","trade_id":\(id),"maker_order_id":"\(uuid())","taker_order_id":"\(uuid())",\
    "side":"\(id % 2 == 0 ? "sell" : "buy")","size":"\(size())","price":"\(price())","product_id":"\(instrument)",\
    "sequence":\(sequence),"time":"\(text(of: time))"}
    """
  }

  /// With microseconds, in UTC.
  func text(of time: Int64) -> String {
    let microseconds = Int(time - FrameTape.start)
    let seconds = microseconds / 1_000_000
    let clock = [seconds / 3_600, seconds / 60 % 60, seconds % 60].map { padded($0, 2) }.joined(separator: ":")
    return "2026-01-01T\(clock).\(padded(microseconds % 1_000_000, 6))Z"
  }

  private mutating func trade(_ symbol: String, id: Int, _ time: Int64) -> String {
    """
    {"e":"trade","E":\(time / 1_000 + 1),"s":"\(symbol)","t":\(id),"p":"\(price())000000","q":"\(size())",\
    "T":\(time / 1_000),"m":\(id % 2 == 0),"M":true}
    """
  }

  private mutating func quote(_ symbol: String) -> String {
    let bid = 10_000 + numbers.below(90_000)
    return """
      {"stream":"\(symbol.lowercased())@bookTicker","data":{"u":\(sequence),"s":"\(symbol)",\
      "b":"\(bid).40000000","B":"\(size())","a":"\(bid).41000000","A":"\(size())"}}
      """
  }

  mutating func price() -> String { "\(60_000 + numbers.below(100)).\(padded(numbers.below(100), 2))" }

  mutating func size() -> String { "0.\(padded(numbers.below(90_000_000), 8))" }

  func padded(_ number: Int, _ digits: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  private mutating func uuid() -> String {
    let digits = String(numbers.next() | 1 << 63, radix: 16) + String(numbers.next() | 1 << 63, radix: 16)
    let parts = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)]
    return parts.map { String(digits.dropFirst($0.0).prefix($0.1 - $0.0)) }.joined(separator: "-")
  }
}
