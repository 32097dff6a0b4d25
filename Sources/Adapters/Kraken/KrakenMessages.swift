import ArbdFramework

// The shapes of https://docs.kraken.com/api/docs/websocket-v2/; prices and sizes are numbers, not strings.

/// What a message is about, by `channel`.
enum KrakenChannel {
  case trade, ticker, book, instrument
  /// `{"channel":"heartbeat"}`, once a second while there is nothing else.
  case heartbeat
  /// `{"channel":"status","type":"update","data":[{"system":"online","api_version":"v2"}]}`
  case status
  /// Channels that arbd does not ask for.
  case other
  case unknown

  init(_ name: JSONText) {
    if name == "trade" {
      self = .trade
    } else if name == "ticker" {
      self = .ticker
    } else if name == "book" {
      self = .book
    } else if name == "heartbeat" {
      self = .heartbeat
    } else if name == "instrument" {
      self = .instrument
    } else if name == "status" {
      self = .status
    } else if name == "ohlc" || name == "level3" {
      self = .other
    } else {
      self = .unknown
    }
  }
}

extension TradeFields {
  /// One of a `trade` message's. `side` is the taker's; ids count one by one.
  ///
  ///     {"symbol":"BTC/USD","side":"buy","price":61234.5,"qty":0.00027625,"ord_type":"limit","trade_id":10218208,
  ///      "timestamp":"2026-10-06T17:35:55.440295Z"}
  init(kraken json: inout JSONScanner, _ symbols: SymbolTable) throws(JSONError) {
    self.init()
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "symbol" {
        try readSymbol(&json, symbols)
      } else if key == "side" {
        let taker = try json.readString()
        side = taker == "buy" ? .buy : taker == "sell" ? .sell : .unknown
      } else if key == "price" {
        price = try json.readQuantity()
      } else if key == "qty" {
        size = try json.readQuantity()
      } else if key == "trade_id" {
        number = try json.readInteger()
      } else if key == "timestamp" {
        time = try FieldTime(iso8601: &json)
      } else {
        try json.skipValue()
      }
    }
  }
}

extension QuoteFields {
  /// One of a `ticker` message's. An empty side has size 0, and the time may then be the epoch; recordings of before the end
  /// of 2025 have no time.
  ///
  ///     {"symbol":"BTC/USD","bid":61234.5,"bid_qty":2.5,"ask":61234.6,"ask_qty":3.2,"last":61230.0,"volume":163.28,
  ///      "vwap":61000.1,"low":60000.0,"high":62000.0,"change":250.0,"change_pct":0.41,
  ///      "timestamp":"2026-10-06T17:35:55.440295Z"}
  init(kraken json: inout JSONScanner, _ symbols: SymbolTable) throws(JSONError) {
    self.init()
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "symbol" {
        try readSymbol(&json, symbols)
      } else if key == "bid" {
        bid = try json.readQuantity()
      } else if key == "bid_qty" {
        bidSize = try json.readQuantity()
      } else if key == "ask" {
        ask = try json.readQuantity()
      } else if key == "ask_qty" {
        askSize = try json.readQuantity()
      } else if key == "timestamp" {
        time = try FieldTime(iso8601: &json)
      } else {
        try json.skipValue()
      }
    }
    if time.timestamp?.microseconds == 0 { time = .missing }
  }
}

extension SessionOutput {
  /// A book or changes of it, with the checksum of what they lead to. A price may come more than once; levels that fall out
  /// of the depth are not told of.
  ///
  ///     {"symbol":"BTC/USD","bids":[{"price":61234.5,"qty":0.10000000}],"asks":[{"price":61234.6,"qty":0.00100000}],
  ///      "checksum":3310070434,"timestamp":"2026-10-06T17:35:55.440295Z"}
  mutating func readBook(
    kraken json: inout JSONScanner, _ symbols: SymbolTable, isSnapshot: Bool
  ) throws(JSONError) {
    var (place, checksum): (Int?, Int64?)
    var time = FieldTime.missing
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "symbol" {
        place = symbols.place(of: try json.readString()) ?? SymbolTable.unknown
      } else if key == "bids" {
        try readLevels(kraken: &json, .bid)
      } else if key == "asks" {
        try readLevels(kraken: &json, .ask)
      } else if key == "checksum" {
        checksum = try json.readInteger()
      } else if key == "timestamp" {
        time = try FieldTime(iso8601: &json)
      } else {
        try json.skipValue()
      }
    }
    let expected = checksum.map { UInt32(truncatingIfNeeded: $0) }
    if isSnapshot {
      replaceBook(at: place, .unnumbered, time: time, checksum: expected)
    } else {
      updateBook(at: place, .unnumbered, time: time, checksum: expected)
    }
  }

  private mutating func readLevels(kraken json: inout JSONScanner, _ side: BookSide) throws(JSONError) {
    try json.beginArray()
    while try json.nextElement() {
      let start = json.place
      if json.pass("{\"price\""), json.pass(":"), let price = json.compactNumber(), json.pass(",\"qty\":"),
        let size = json.compactNumber(), json.pass("}")
      {
        addLevel(side, price: price, size: size)
        continue
      }
      json.go(to: start)
      var (price, size): (ExactDecimal?, ExactDecimal?)
      try json.beginObject()
      while let key = try json.nextKey() {
        if key == "price" {
          price = try json.readLevelNumber()
        } else if key == "qty" {
          size = try json.readLevelNumber()
        } else {
          try json.skipValue()
        }
      }
      addLevel(side, price: price, size: size)
    }
  }
}

/// What is needed of a pair in the `instrument` channel.
struct KrakenPair {
  private(set) var place: Int?
  private(set) var pricePrecision: Int?
  private(set) var sizePrecision: Int?

  init(_ json: inout JSONScanner, _ symbols: SymbolTable) throws(JSONError) {
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "symbol" {
        place = symbols.place(of: try json.readString())
      } else if key == "price_precision" {
        pricePrecision = Int(exactly: try json.readInteger()).flatMap { (0...18).contains($0) ? $0 : nil }
      } else if key == "qty_precision" {
        sizePrecision = Int(exactly: try json.readInteger()).flatMap { (0...18).contains($0) ? $0 : nil }
      } else {
        try json.skipValue()
      }
    }
  }
}

/// The answer to a request: one for each symbol; or an error that answers none.
///
///     {"method":"subscribe","success":true,"result":{"channel":"trade","symbol":"BTC/USD","snapshot":false},
///      "time_in":"…","time_out":"…","req_id":1}
///     {"method":"subscribe","success":false,"error":"Currency pair not supported FOO/USD","symbol":"FOO/USD","req_id":1}
///     {"Error":"Exceeded msg rate"}
struct KrakenReply {
  private(set) var method = ""
  private(set) var isSuccess = false
  private(set) var error: String?
  private(set) var channel: Channel?
  private(set) var symbol: String?
  private(set) var number: Int64?

  var isThere: Bool { !method.isEmpty || error != nil }

  /// Reads the member if it is one of an answer.
  mutating func read(_ key: JSONText, _ json: inout JSONScanner) throws(JSONError) -> Bool {
    if key == "method" {
      method = try json.readString().string
    } else if key == "success" {
      isSuccess = try json.readBoolean()
    } else if key == "error" || key == "Error" {
      error = try json.readString().string
    } else if key == "symbol" {
      symbol = try json.readString().string
    } else if key == "req_id" {
      if try json.peek() == .number { number = try json.readInteger() } else { try json.skipValue() }
    } else if key == "result" {
      try readResult(&json)
    } else {
      return false
    }
    return true
  }

  private mutating func readResult(_ json: inout JSONScanner) throws(JSONError) {
    guard try json.nextIsObject() else { return try json.skipValue() }
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "channel" {
        let name = try json.readString().string
        channel = KrakenAdapter.venue.feeds.first { $0.value == name }?.key
      } else if key == "symbol" {
        symbol = try json.readString().string
      } else {
        try json.skipValue()
      }
    }
  }
}
