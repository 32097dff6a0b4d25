import ArbdFramework

// The shapes of https://bybit-exchange.github.io/docs/v5/websocket/public/trade and …/orderbook

/// What a message is about, by `topic`: `publicTrade.BTCUSDT`.
enum BybitTopic {
  case trades
  /// `orderbook.1`
  case best
  case book
  /// Topics that arbd does not ask for.
  case other
  case unknown

  init(_ name: JSONText) {
    if name.hasPrefix("publicTrade.") {
      self = .trades
    } else if name.hasPrefix("orderbook.1.") {
      self = .best
    } else if name.hasPrefix("orderbook.rpi.") || name.hasPrefix("orderbook.full.") {
      self = .other
    } else if name.hasPrefix("orderbook.") {
      self = .book
    } else {
      self = name.hasPrefix("tickers.") || name.hasPrefix("kline.") ? .other : .unknown
    }
  }
}

extension TradeFields {
  /// One of at most 1,024 in a message, oldest first. The id is opaque: digits for spot, a UUID elsewhere.
  ///
  ///     {"T":1753000000865,"s":"BTCUSDT","S":"Buy","v":"0.001","p":"61234.50","i":"2290000000842345678","BT":false,
  ///      "RPI":false,"seq":1783284617}
  init(bybit json: inout JSONScanner, _ symbols: SymbolTable, _ isBlockTrade: inout Bool) throws(JSONError) {
    self.init()
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "T" {
        time = try FieldTime(milliseconds: &json)
      } else if key == "s" {
        try readSymbol(&json, symbols)
      } else if key == "S" {
        let taker = try json.readString()
        side = taker == "Buy" ? .buy : taker == "Sell" ? .sell : .unknown
      } else if key == "v" {
        size = try json.readQuantity()
      } else if key == "p" {
        price = try json.readQuantity()
      } else if key == "i" {
        try readID(&json)
      } else if key == "BT" {
        isBlockTrade = try json.readBoolean()
      } else {
        try json.skipValue()
      }
    }
  }
}

extension QuoteFields {
  /// `orderbook.1`: always all of it, again after three seconds without a change. After a restart of the venue `u` is 1.
  ///
  ///     {"s":"BTCUSDT","b":[["61234.5","0.6"]],"a":[["61234.6","1.2"]],"u":18521288,"seq":7961638724}
  mutating func read(bybit json: inout JSONScanner, _ symbols: SymbolTable) throws(JSONError) {
    isRestart = true
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "s" {
        try readSymbol(&json, symbols)
      } else if key == "b" {
        try readBest(.bid, &json)
      } else if key == "a" {
        try readBest(.ask, &json)
      } else if key == "u" {
        number = try json.readInteger()
      } else {
        try json.skipValue()
      }
    }
  }
}

/// What a message about a book has beside its levels.
struct BybitBook {
  fileprivate(set) var place: Int?
  fileprivate(set) var number: Int64?
}

extension SessionOutput {
  /// Levels of a deeper book: a snapshot, then changes, numbered one by one by `u`; a snapshot may come at any time, and a
  /// message whose `u` is 1 is one whatever it says.
  ///
  ///     {"s":"BTCUSDT","b":[["61234.5","0.6"],["61234.4","0"]],"a":[],"u":18521289,"seq":7961638725}
  mutating func readBook(bybit json: inout JSONScanner, _ symbols: SymbolTable) throws(JSONError) -> BybitBook {
    var book = BybitBook()
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "s" {
        book.place = symbols.place(of: try json.readString()) ?? SymbolTable.unknown
      } else if key == "b" {
        try readLevels(.bid, &json)
      } else if key == "a" {
        try readLevels(.ask, &json)
      } else if key == "u" {
        book.number = try json.readInteger()
      } else {
        try json.skipValue()
      }
    }
    return book
  }

  mutating func update(bybit book: BybitBook, isSnapshot: Bool?, _ time: FieldTime) {
    guard let isSnapshot else { return fail(.missingField, "type") }
    guard let number = book.number else { return fail(.missingField, "u") }
    if isSnapshot || number == 1 {
      replaceBook(at: book.place, .number(number), time: time)
    } else {
      updateBook(at: book.place, .number(number), time: time)
    }
  }
}

/// The answer to a request or a ping.
///
///     {"success":true,"ret_msg":"subscribe","conn_id":"2324d924-…","req_id":"1","op":"subscribe"}
///     {"success":false,"ret_msg":"Invalid topic: …","conn_id":"…","req_id":"1","op":"subscribe"}
///     {"success":true,"ret_msg":"pong","conn_id":"…","op":"ping"}
struct BybitReply {
  private var isSuccess: Bool?
  private var message = ""
  private(set) var operation = ""
  private(set) var number: Int64?

  var isThere: Bool { isSuccess != nil || !operation.isEmpty }
  var refusal: String? { isSuccess == false ? message : nil }

  /// Reads the member if it is one of an answer.
  mutating func read(_ key: JSONText, _ json: inout JSONScanner) throws(JSONError) -> Bool {
    if key == "success" {
      isSuccess = try json.readBoolean()
    } else if key == "ret_msg" {
      message = try json.readString().string
    } else if key == "op" {
      operation = try json.readString().string
    } else if key == "req_id" {
      number = Int64(try json.readString().string)
    } else {
      return false
    }
    return true
  }
}
