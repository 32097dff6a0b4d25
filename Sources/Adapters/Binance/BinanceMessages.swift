import ArbdFramework

// The shapes of https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams

/// What an event is, by its member `e`, which stands first; a `bookTicker` has none and begins with `u`.
enum BinanceEvent {
  case trade, quote, depth
  /// `{"e":"serverShutdown","E":1770123456789}`: the venue is about to close the connection.
  case shutdown
  /// Streams that arbd does not ask for.
  case other
  case unknown

  /// Looks no further than to where it is sure.
  init(_ json: inout JSONScanner) throws(JSONError) {
    self = .unknown
    var isFirst = true
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "e" {
        self.init(named: try json.readString())
        return
      }
      if key == "u" { self = .quote }
      if key == "lastUpdateId" { self = .other }
      if isFirst, self == .quote { return }
      isFirst = false
      try json.skipValue()
    }
  }

  private init(named name: JSONText) {
    if name == "trade" {
      self = .trade
    } else if name == "depthUpdate" {
      self = .depth
    } else if name == "serverShutdown" {
      self = .shutdown
    } else if name == "aggTrade" || name == "blockTrade" || name == "kline" || name == "avgPrice"
      || name == "24hrTicker" || name == "24hrMiniTicker" || name == "1hTicker" || name == "4hTicker"
      || name == "1dTicker"
    {
      self = .other
    } else {
      self = .unknown
    }
  }
}

extension TradeFields {
  /// `<symbol>@trade`
  ///
  ///     {"e":"trade","E":1753000000136,"s":"BTCUSDT","t":512345,"p":"61234.56000000","q":"0.00123000",
  ///      "T":1753000000135,"m":true,"M":true}
  ///
  /// `m`: the buyer was the maker, so the taker sold. Until 2024 there were order ids in `b` and `a`.
  init(binance json: inout JSONScanner, _ symbols: SymbolTable) throws(JSONError) {
    self.init()
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "s" {
        try readSymbol(&json, symbols)
      } else if key == "t" {
        number = try json.readInteger()
      } else if key == "p" {
        price = try json.readQuantity()
      } else if key == "q" {
        size = try json.readQuantity()
      } else if key == "T" {
        time = try FieldTime(milliseconds: &json)
      } else if key == "m" {
        side = try json.readBoolean() ? .sell : .buy
      } else {
        try json.skipValue()
      }
    }
  }
}

extension QuoteFields {
  /// `<symbol>@bookTicker`: no kind, no time. A side of the book that is empty has price and size 0.
  ///
  ///     {"u":400900217,"s":"BTCUSDT","b":"61234.55","B":"0.61","a":"61234.56","A":"1.20"}
  init(binance json: inout JSONScanner, _ symbols: SymbolTable) throws(JSONError) {
    self.init()
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "s" {
        try readSymbol(&json, symbols)
      } else if key == "u" {
        number = try json.readInteger()
      } else if key == "b" {
        bid = try json.readQuantity()
      } else if key == "B" {
        bidSize = try json.readQuantity()
      } else if key == "a" {
        ask = try json.readQuantity()
      } else if key == "A" {
        askSize = try json.readQuantity()
      } else {
        try json.skipValue()
      }
    }
  }
}

extension SessionOutput {
  /// `<symbol>@depth@100ms`: the updates `U` to `u` of the book in one.
  ///
  ///     {"e":"depthUpdate","E":1753000000136,"s":"BTCUSDT","U":157,"u":160,"b":[["61234.55","0.5"]],
  ///      "a":[["61240.00","0.00000000"]]}
  mutating func readDepth(binance json: inout JSONScanner, _ symbols: SymbolTable) throws(JSONError) {
    var (place, first, last): (Int?, Int64?, Int64?)
    var time = FieldTime.missing
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "s" {
        place = symbols.place(of: try json.readString()) ?? SymbolTable.unknown
      } else if key == "U" {
        first = try json.readInteger()
      } else if key == "u" {
        last = try json.readInteger()
      } else if key == "E" {
        time = try FieldTime(milliseconds: &json)
      } else if key == "b" {
        try readLevels(.bid, &json)
      } else if key == "a" {
        try readLevels(.ask, &json)
      } else {
        try json.skipValue()
      }
    }
    guard let first, let last else { return fail(.missingField, "U or u") }
    updateBook(at: place, .span(first: first, last: last), time: time)
  }

  /// `/api/v3/depth?symbol=BTCUSDT&limit=1000`: as many levels at most, however many there are.
  ///
  ///     {"lastUpdateId":160,"bids":[["61234.55","0.5"]],"asks":[["61240.00","1.2"]]}
  mutating func readSnapshot(binance json: inout JSONScanner, at place: Int, levels limit: Int) throws(JSONError) {
    var (last, bids, asks): (Int64?, Int, Int) = (nil, 0, 0)
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "lastUpdateId" {
        last = try json.readInteger()
      } else if key == "bids" {
        bids = try readLevels(.bid, &json)
      } else if key == "asks" {
        asks = try readLevels(.ask, &json)
      } else {
        try json.skipValue()
      }
    }
    guard let last else { return fail(.missingField, "lastUpdateId") }
    replaceBook(at: place, .number(last), isCut: max(bids, asks) >= limit)
  }
}

/// The answer to a request, or an error that answers none.
///
///     {"result":null,"id":1}
///     {"code":2,"msg":"Invalid request: …","id":1}
///     {"error":{"code":2,"msg":"Invalid request: …"},"id":1}
struct BinanceReply {
  private(set) var id: Int64?
  private var hasResult = false
  private var code: Int64?
  private var message = ""

  var isThere: Bool { hasResult || code != nil || !message.isEmpty }

  /// What the venue says against the request; nil where it agrees.
  var refusal: String? {
    if code == nil, message.isEmpty { return nil }
    return code.map { "\(message) (code \($0))" } ?? message
  }

  /// Reads the member if it is one of a reply.
  mutating func read(_ key: JSONText, _ json: inout JSONScanner) throws(JSONError) -> Bool {
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
        if try !read(inner, &json) { try json.skipValue() }
      }
    } else if key == "result" {
      hasResult = true
      try json.skipValue()
    } else {
      return false
    }
    return true
  }
}
