/// Reads trades and quotes from JSON lines (`docs/formats.md`).
///
/// A price or size that is no number makes a record all the same: what becomes of it is for the detectors to say. What
/// makes a line unreadable is that it is no JSON object, lacks a field, or has one of another type.
public struct RecordDecoder: Sendable {
  private let markets: MarketTable
  private var known = ByteTable()
  /// Stands in for what records say of their receive time, which they then need not say; nil: theirs counts.
  package var arrival: Timestamp?

  public init(markets: MarketTable) { self.markets = markets }

  public mutating func decode(_ line: RawSpan) throws(LineError) -> MarketEvent {
    let fields: Fields
    do throws(JSONError) {
      fields = try Fields(line)
    } catch {
      throw .json(error)
    }
    let market = try market(fields, line)
    let eventTime = try time(fields.eventTime, "event_time_us")
    let receiveTime = if let arrival { arrival } else { try time(fields.receiveTime, "receive_time_us") }
    if let price = fields.price {
      guard let size = fields.size else { throw .missing("size") }
      guard let side = fields.side else { throw .missing("side") }
      guard fields.hasTradeID else { throw .missing("trade_id") }
      guard let id = fields.tradeID else { throw .tooLong("trade_id") }
      return .trade(
        Trade(
          market: market, side: side, price: price, size: size, id: id, eventTime: eventTime,
          receiveTime: receiveTime
        ))
    }
    guard fields.isQuote else { throw .missing("price") }
    guard let bid = fields.bid else { throw .missing("bid") }
    guard let bidSize = fields.bidSize else { throw .missing("bid_size") }
    guard let ask = fields.ask else { throw .missing("ask") }
    guard let askSize = fields.askSize else { throw .missing("ask_size") }
    return .quote(
      Quote(
        market: market, bid: bid, bidSize: bidSize, ask: ask, askSize: askSize,
        eventTime: eventTime, receiveTime: receiveTime))
  }

  private mutating func market(_ fields: Fields, _ line: RawSpan) throws(LineError) -> MarketID {
    guard let venue = fields.venue else { throw .missing("venue") }
    guard let instrument = fields.instrument else { throw .missing("instrument") }
    if let number = known.value(in: line, venue, instrument) { return MarketID(index: number) }

    // First sight. Escapes, if any, are replaced here; the table keeps the bytes as they were written.
    let text = line.string(instrument)
    guard let parsed = Instrument(text) else { throw .badInstrument(text) }
    let venueText = line.string(venue)
    guard !venueText.isEmpty, venueText.isPrintable else { throw .badVenue(venueText) }
    guard let number = markets.intern(Market(venue: venueText, instrument: parsed)) else {
      throw .tooManyMarkets
    }
    known.insert(in: line, venue, instrument, value: number.index)
    return number
  }

  private func time(_ microseconds: Int64?, _ field: String) throws(LineError) -> Timestamp {
    guard let microseconds else { throw .missing(field) }
    guard Timestamp.readableMicroseconds.contains(microseconds) else { throw .badTime(field) }
    return Timestamp(microseconds: microseconds)
  }

  /// What a line holds, texts by where they stand in it.
  private struct Fields {
    var venue: Range<Int>?
    var instrument: Range<Int>?
    var price: Quantity?
    var size: Quantity?
    var side: Side?
    var tradeID: TradeID?
    var hasTradeID = false
    var isQuote: Bool { bid != nil || ask != nil }
    var bid: Quantity?
    var bidSize: Quantity?
    var ask: Quantity?
    var askSize: Quantity?
    var eventTime: Int64?
    var receiveTime: Int64?

    init(_ line: RawSpan) throws(JSONError) {
      var json = JSONScanner(line)
      try json.beginObject()
      while let key = try json.nextKey() {
        if key == "venue" {
          venue = try json.readStringRange()
        } else if key == "instrument" {
          instrument = try json.readStringRange()
        } else if key == "price" {
          price = try json.readAmount()
        } else if key == "size" {
          size = try json.readAmount()
        } else if key == "side" {
          side = Side(try json.readString())
        } else if key == "trade_id" {
          hasTradeID = true
          tradeID = TradeID(try json.readString())
        } else if key == "event_time_us" {
          eventTime = try json.readWholeNumber()
        } else if key == "receive_time_us" {
          receiveTime = try json.readWholeNumber()
        } else if key == "bid" {
          bid = try Fields.quantityOrNull(&json)
        } else if key == "ask" {
          ask = try Fields.quantityOrNull(&json)
        } else if key == "bid_size" {
          bidSize = try Fields.quantityOrNull(&json)
        } else if key == "ask_size" {
          askSize = try Fields.quantityOrNull(&json)
        } else {
          try json.skipValue()
        }
      }
      try json.finish()
    }

    private static func quantityOrNull(_ json: inout JSONScanner) throws(JSONError) -> Quantity {
      if try json.readNull() { return .missing }
      return try json.readAmount()
    }
  }
}

/// Why a line of a file cannot be read.
public enum LineError: Error, Equatable, Sendable {
  case json(JSONError)
  case missing(String)
  case tooLong(String)
  case badVenue(String)
  case badInstrument(String)
  case badTime(String)
  case unknownEvent(String)
  case unknownState(String)
  case tooManyMarkets
  case tooManyConnections
}

extension LineError {
  /// What is counted together in a log: no text of the line is in it.
  package var kind: String {
    switch self {
    case .json(let error): error.reason.rawValue
    case .missing(let field), .tooLong(let field), .badTime(let field): "\(self) \(field)"
    case .badVenue: "venue"
    case .badInstrument: "instrument"
    case .unknownEvent: "event"
    case .unknownState: "state"
    case .tooManyMarkets: "markets"
    case .tooManyConnections: "connections"
    }
  }
}

extension LineError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .json(let error): error.description
    case .missing(let field): "\"\(field)\" is missing"
    case .tooLong(let field): "\"\(field)\" is too long"
    case .badVenue(let text): "venue \"\(text.printable)\" is empty or holds a control character"
    case .badInstrument(let text): "instrument \"\(text.printable)\" is not BASE-QUOTE"
    case .badTime(let field): "\"\(field)\" is beyond ±2^53 microseconds"
    case .unknownEvent(let name): "unknown event \"\(name.printable)\""
    case .unknownState(let name): "unknown state \"\(name.printable)\""
    case .tooManyConnections: "more than \(CaptureDecoder.mostConnections) connections of one venue"
    case .tooManyMarkets: "more than \(MarketTable.capacity) different markets"
    }
  }
}

extension Side {
  /// An unknown word is an unknown side.
  @inlinable
  init(_ text: JSONText) {
    if text == "buy" {
      self = .buy
    } else if text == "sell" {
      self = .sell
    } else {
      self = .unknown
    }
  }
}

extension TradeID {
  /// Nil when the text, escapes replaced, is longer than `capacity`.
  fileprivate init?(_ text: JSONText) {
    guard text.hasEscapes else {
      self.init(text.bytes)
      return
    }
    let unescaped = text.unescapedBytes
    self.init(unescaped.span.bytes)
  }
}

extension RawSpan {
  /// The content of a JSON string that stands at `range`, escapes replaced.
  func string(_ range: Range<Int>) -> String {
    JSONText(bytes: extracting(range), hasEscapes: true).string
  }

  func string(_ range: Range<Int>?) -> String? {
    guard let range else { return nil }
    return string(range)
  }
}
