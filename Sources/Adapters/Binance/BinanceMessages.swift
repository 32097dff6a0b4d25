import ArbdFramework

/// What a frame of the market streams says, wrapped in `{"stream":…,"data":…}` or not.
///
/// https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
enum BinanceMessage {
  case trade(BinanceTrade)
  case quote(BinanceQuote)
  case reply(BinanceReply)
  /// `{"e":"serverShutdown","E":1770123456789}`: the venue is about to close the connection.
  case serverShutdown
  /// Streams that arbd does not ask for.
  case otherStream
  case unknown

  init(_ frame: RawSpan, _ symbols: SymbolTable) throws(SessionError) {
    var message: BinanceMessage?
    var failure: SessionError?
    do throws(JSONError) {
      var json = JSONScanner(frame)
      message = try BinanceMessage.frame(&json, frame, symbols, &failure)
      try json.finish()
    } catch {
      throw SessionError(error)
    }
    if let failure { throw failure }
    self = message ?? .unknown
  }

  private static func frame(
    _ json: inout JSONScanner, _ frame: RawSpan, _ symbols: SymbolTable, _ failure: inout SessionError?
  ) throws(JSONError) -> BinanceMessage? {
    guard try json.nextIsObject() else {
      try json.skipValue()
      return .unknown
    }
    try json.beginObject()
    // What events begin with: this is one itself.
    guard let first = try json.nextKey() else { return nil }
    if first == "e" || first == "u" { return try event(behind: first, 0, &json, frame, symbols, &failure) }
    var message: BinanceMessage?
    var reply = BinanceReply()
    var isWrapped = false
    var next: JSONText? = first
    while let key = next {
      if key == "data" {
        isWrapped = true
        message = try wrappedEvent(&json, frame, symbols, &failure)
      } else if key == "stream" {
        isWrapped = true
        _ = try json.readString()
      } else if key == "result" || key == "id" || key == "code" || key == "msg" || key == "error" {
        try reply.read(key, &json)
      } else {
        try json.skipValue()
      }
      next = try json.nextKey()
    }
    if isWrapped || !reply.isEmpty { return message ?? (reply.isEmpty ? nil : .reply(reply)) }
    // Perhaps an event in another order than the venue's.
    json = JSONScanner(frame)
    try json.beginObject()
    guard let first = try json.nextKey() else { return nil }
    return try event(behind: first, 0, &json, frame, symbols, &failure)
  }

  /// The event that comes next. What is wrong with its fields goes to `failure`, so that the frame around it is still
  /// read to its end.
  private static func wrappedEvent(
    _ json: inout JSONScanner, _ frame: RawSpan, _ symbols: SymbolTable, _ failure: inout SessionError?
  ) throws(JSONError) -> BinanceMessage {
    guard try json.nextIsObject() else {
      try json.skipValue()
      return .otherStream
    }
    let start = json.offset
    try json.beginObject()
    guard let first = try json.nextKey() else { return .unknown }
    return try event(behind: first, start, &json, frame, symbols, &failure)
  }

  /// The rest of an event that begins at `start`, behind its first key.
  private static func event(
    behind first: JSONText, _ start: Int, _ json: inout JSONScanner, _ frame: RawSpan, _ symbols: SymbolTable,
    _ failure: inout SessionError?
  ) throws(JSONError) -> BinanceMessage {
    if first == "e" {
      return try event(Kind(try json.readString()), &json, symbols, &failure)
    }
    if first == "u" {
      var fields = BinanceQuote.Fields()
      fields.updateID = try json.readInteger()
      return try quote(&fields, &json, symbols, &failure)
    }
    // Another order than the venue's: look for the kind, then read from the beginning.
    try json.skipValue()
    let kind = try kind(among: &json, unless: first == "lastUpdateId" ? .otherStream : .quote)
    var again = JSONScanner(frame, from: start)
    try again.beginObject()
    return try event(kind, &again, symbols, &failure)
  }

  private enum Kind {
    case trade, quote, serverShutdown, otherStream, unknown

    init(_ name: JSONText) {
      if name == "trade" {
        self = .trade
      } else if name == "serverShutdown" {
        self = .serverShutdown
      } else if name == "depthUpdate" || name == "aggTrade" || name == "blockTrade" || name == "kline"
        || name == "24hrTicker" || name == "24hrMiniTicker" || name == "1hTicker" || name == "4hTicker"
        || name == "1dTicker" || name == "avgPrice"
      {
        self = .otherStream
      } else {
        self = .unknown
      }
    }
  }

  /// Reads to the end of the object; the kind is in `e`, or what has no `e`.
  private static func kind(among json: inout JSONScanner, unless other: Kind) throws(JSONError) -> Kind {
    var kind = other
    var isNamed = other == .otherStream
    while let key = try json.nextKey() {
      if key == "e" {
        kind = Kind(try json.readString())
        isNamed = true
      } else if key == "u" {
        isNamed = true
        try json.skipValue()
      } else {
        try json.skipValue()
      }
    }
    return isNamed ? kind : .unknown
  }

  /// Reads the rest of an object whose kind is known.
  private static func event(
    _ kind: Kind, _ json: inout JSONScanner, _ symbols: SymbolTable, _ failure: inout SessionError?
  ) throws(JSONError) -> BinanceMessage {
    switch kind {
    case .trade:
      let fields = try BinanceTrade.Fields(&json, symbols)
      do throws(SessionError) {
        return .trade(try BinanceTrade(fields))
      } catch {
        failure = error
        return .unknown
      }
    case .quote:
      var fields = BinanceQuote.Fields()
      return try quote(&fields, &json, symbols, &failure)
    case .serverShutdown, .otherStream, .unknown:
      while try json.nextKey() != nil { try json.skipValue() }
      return kind == .serverShutdown ? .serverShutdown : kind == .otherStream ? .otherStream : .unknown
    }
  }

  private static func quote(
    _ fields: inout BinanceQuote.Fields, _ json: inout JSONScanner, _ symbols: SymbolTable,
    _ failure: inout SessionError?
  ) throws(JSONError) -> BinanceMessage {
    try fields.read(&json, symbols)
    do throws(SessionError) {
      return .quote(try BinanceQuote(fields))
    } catch {
      failure = error
      return .unknown
    }
  }
}

/// A trade, from `<symbol>@trade`.
///
///     {"e":"trade","E":1753000000136,"s":"BTCUSDT","t":512345,"p":"61234.56000000","q":"0.00123000",
///      "T":1753000000135,"m":true,"M":true}
///
/// `m`: the buyer was the maker, so the taker sold. Until 2024 there were order ids in `b` and `a`.
struct BinanceTrade {
  /// Where the symbol stands among the session's; nil when it was not asked for.
  var place: Int?
  var tradeID: UInt64
  var price: Quantity
  var size: Quantity
  var takerSide: Side
  var time: Timestamp

  struct Fields {
    var hasSymbol = false
    var place: Int?
    var tradeID: Int64?
    var price: Quantity?
    var size: Quantity?
    var buyerIsMaker: Bool?
    var milliseconds: Int64?

    init(_ json: inout JSONScanner, _ symbols: SymbolTable) throws(JSONError) {
      while let key = try json.nextKey() {
        if key == "s" {
          hasSymbol = true
          place = symbols.place(of: try json.readString())
        } else if key == "p" {
          price = try json.readQuantity()
        } else if key == "q" {
          size = try json.readQuantity()
        } else if key == "t" {
          tradeID = try json.readInteger()
        } else if key == "T" {
          milliseconds = try json.readInteger()
        } else if key == "m" {
          buyerIsMaker = try json.readBoolean()
        } else {
          try json.skipValue()
        }
      }
    }
  }

  init(_ fields: Fields) throws(SessionError) {
    guard fields.hasSymbol else { throw SessionError(.missingField, field: "s") }
    guard let price = fields.price else { throw SessionError(.missingField, field: "p") }
    guard let size = fields.size else { throw SessionError(.missingField, field: "q") }
    guard let tradeID = fields.tradeID else { throw SessionError(.missingField, field: "t") }
    guard let milliseconds = fields.milliseconds else { throw SessionError(.missingField, field: "T") }
    guard price.isPrice else { throw SessionError(.badNumber, field: "p") }
    guard size.isSize else { throw SessionError(.badNumber, field: "q") }
    guard tradeID >= 0 else { throw SessionError(.badNumber, field: "t") }
    guard let time = Timestamp(milliseconds: milliseconds) else { throw SessionError(.badTime, field: "T") }
    self.place = fields.place
    self.tradeID = UInt64(tradeID)
    self.price = price
    self.size = size
    self.takerSide = fields.buyerIsMaker.map { $0 ? .sell : .buy } ?? .unknown
    self.time = time
  }
}

/// The best bid and ask, from `<symbol>@bookTicker`: no kind, no time.
///
///     {"u":400900217,"s":"BTCUSDT","b":"61234.55","B":"0.61","a":"61234.56","A":"1.20"}
///
/// A side of the book that is empty has price and size 0.
struct BinanceQuote {
  var place: Int?
  /// Of the order book; grows with each change of it.
  var updateID: UInt64
  var bid: Quantity
  var bidSize: Quantity
  var ask: Quantity
  var askSize: Quantity

  struct Fields {
    var hasSymbol = false
    var place: Int?
    var updateID: Int64?
    var bid: Quantity?
    var bidSize: Quantity?
    var ask: Quantity?
    var askSize: Quantity?

    mutating func read(_ json: inout JSONScanner, _ symbols: SymbolTable) throws(JSONError) {
      while let key = try json.nextKey() {
        if key == "s" {
          hasSymbol = true
          place = symbols.place(of: try json.readString())
        } else if key == "b" {
          bid = try json.readQuantity()
        } else if key == "B" {
          bidSize = try json.readQuantity()
        } else if key == "a" {
          ask = try json.readQuantity()
        } else if key == "A" {
          askSize = try json.readQuantity()
        } else if key == "u" {
          updateID = try json.readInteger()
        } else {
          try json.skipValue()
        }
      }
    }
  }

  init(_ fields: Fields) throws(SessionError) {
    guard fields.hasSymbol else { throw SessionError(.missingField, field: "s") }
    guard let updateID = fields.updateID else { throw SessionError(.missingField, field: "u") }
    guard updateID >= 0 else { throw SessionError(.badNumber, field: "u") }
    self.place = fields.place
    self.updateID = UInt64(updateID)
    (bid, bidSize) = try BinanceQuote.side(fields.bid, "b", fields.bidSize, "B")
    (ask, askSize) = try BinanceQuote.side(fields.ask, "a", fields.askSize, "A")
  }

  private static func side(
    _ price: Quantity?, _ priceField: String, _ size: Quantity?, _ sizeField: String
  ) throws(SessionError) -> (price: Quantity, size: Quantity) {
    guard let price else { throw SessionError(.missingField, field: priceField) }
    guard let size else { throw SessionError(.missingField, field: sizeField) }
    guard price.isPrice || price.value == 0 else { throw SessionError(.badNumber, field: priceField) }
    guard size.isSize else { throw SessionError(.badNumber, field: sizeField) }
    return price.value == 0 ? (.missing, .missing) : (price, size)
  }
}

/// The answer to a request, or an error that answers none.
///
///     {"result":null,"id":1}
///     {"code":2,"msg":"Invalid request: …","id":1}
///     {"error":{"code":2,"msg":"Invalid request: …"},"id":1}
struct BinanceReply {
  var id: Int64?
  var hasResult = false
  var code: Int64?
  var message = ""

  /// Nothing of a reply was there.
  var isEmpty: Bool { !hasResult && code == nil && message.isEmpty }

  mutating func read(_ key: JSONText, _ json: inout JSONScanner) throws(JSONError) {
    if key == "id" {
      // Ours are numbers; whatever else stands here answers something that was not asked.
      if try json.peek() == .number { id = try json.readInteger() } else { try json.skipValue() }
    } else if key == "code" {
      code = try json.readInteger()
    } else if key == "msg" {
      message = try json.readString().string
    } else if key == "error" {
      try json.beginObject()
      while let inner = try json.nextKey() {
        if inner == "code" || inner == "msg" { try read(inner, &json) } else { try json.skipValue() }
      }
    } else {
      hasResult = true
      try json.skipValue()
    }
  }
}

/// What arbd sends.
///
///     {"method":"SUBSCRIBE","params":["btcusdt@trade","btcusdt@bookTicker"],"id":1}
enum BinanceRequest: String {
  case subscribe = "SUBSCRIBE"
  case unsubscribe = "UNSUBSCRIBE"

  func message(_ streams: [String], id: Int64) -> String {
    var text: [UInt8] = []
    text.append("{\"method\":\"")
    text.append(contentsOf: rawValue.utf8)
    text.append("\",\"params\":[")
    for (number, stream) in streams.enumerated() {
      if number > 0 { text.append(",") }
      text.append(jsonString: stream)
    }
    text.append("],\"id\":")
    text.append(integer: id)
    text.append("}")
    return String(decoding: text, as: UTF8.self)
  }
}
