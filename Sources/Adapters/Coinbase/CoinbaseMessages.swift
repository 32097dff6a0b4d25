import ArbdFramework

// The shapes of https://docs.cdp.coinbase.com/exchange/websocket-feed/channels

/// The kinds of message, by `type`, which stands first.
enum CoinbaseMessageType {
  case match, lastMatch, snapshot, changes, heartbeat, subscriptions, error
  /// Messages of channels that arbd does not ask for.
  case otherChannel
  case unknown

  /// Looks no further than to the type.
  init(_ json: inout JSONScanner) throws(JSONError) {
    self = .unknown
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "type" {
        self.init(named: try json.readString())
        return
      }
      try json.skipValue()
    }
  }

  private init(named name: JSONText) {
    if name == "match" {
      self = .match
    } else if name == "l2update" {
      self = .changes
    } else if name == "heartbeat" {
      self = .heartbeat
    } else if name == "last_match" {
      self = .lastMatch
    } else if name == "snapshot" {
      self = .snapshot
    } else if name == "subscriptions" {
      self = .subscriptions
    } else if name == "error" {
      self = .error
    } else if name == "ticker" || name == "status" || name == "auction" || name == "received" || name == "open"
      || name == "done" || name == "change" || name == "activate" || name == "rfq_match"
    {
      self = .otherChannel
    } else {
      self = .unknown
    }
  }
}

extension TradeFields {
  /// `match`, and `last_match` for the last one before the subscription. `side` is the maker's.
  ///
  ///     {"type":"match","trade_id":280232,"maker_order_id":"2a0d…","taker_order_id":"3c82…","side":"sell",
  ///      "size":"0.985","price":"61234.56","product_id":"BTC-USD","sequence":177100030,
  ///      "time":"2026-04-17T16:43:37.089723Z"}
  init(coinbase json: inout JSONScanner, _ symbols: SymbolTable) throws(JSONError) {
    self.init()
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "trade_id" {
        number = try json.readInteger()
      } else if key == "side" {
        let maker = try json.readString()
        side = maker == "sell" ? .buy : maker == "buy" ? .sell : .unknown
      } else if key == "size" {
        size = try json.readQuantity()
      } else if key == "price" {
        price = try json.readQuantity()
      } else if key == "product_id" {
        try readSymbol(&json, symbols)
      } else if key == "time" {
        time = try FieldTime(iso8601: &json)
      } else {
        try json.skipValue()
      }
    }
  }
}

extension SessionOutput {
  /// All levels of a book, then changes of it: sizes are absolute, 0 takes a level away. Updates are not numbered. `time` may
  /// be missing, or of the year 1.
  ///
  ///     {"type":"snapshot","product_id":"BTC-USD","bids":[["61234.55","0.5"]],"asks":[["61236.76","1.2"]]}
  ///     {"type":"l2update","product_id":"BTC-USD","changes":[["buy","61234.55","0.75"],["sell","61240.00","0"]],
  ///      "time":"2026-04-17T16:43:37.089723Z"}
  mutating func readBook(
    coinbase json: inout JSONScanner, _ symbols: SymbolTable, isSnapshot: Bool
  ) throws(JSONError) {
    var place: Int?
    var time = FieldTime.missing
    var hasLevels = false
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "product_id" {
        place = symbols.place(of: try json.readString()) ?? SymbolTable.unknown
      } else if key == "time" {
        time = try FieldTime(iso8601: &json)
      } else if key == "changes", !isSnapshot {
        hasLevels = true
        try json.beginArray()
        while try json.nextElement() { try readChange(coinbase: &json) }
      } else if key == "bids" || key == "asks", isSnapshot {
        hasLevels = true
        try readLevels(key == "bids" ? .bid : .ask, &json)
      } else {
        try json.skipValue()
      }
    }
    guard hasLevels else { return fail(.missingField, isSnapshot ? "bids or asks" : "changes") }
    if isSnapshot {
      replaceBook(at: place, .unnumbered, time: time)
    } else {
      updateBook(at: place, .unnumbered, time: time)
    }
  }

  private mutating func readChange(coinbase json: inout JSONScanner) throws(JSONError) {
    let start = json.place
    if let side = json.pass("[\"buy\",") ? BookSide.bid : json.pass("[\"sell\",") ? .ask : nil,
      let level = json.compactPair(), json.pass("]")
    {
      return addLevel(side, price: level.price, size: level.size)
    }
    json.go(to: start)
    try json.beginArray()
    var side: BookSide?
    var (price, size): (ExactDecimal?, ExactDecimal?) = (nil, nil)
    if try json.nextElement() {
      let name = try json.readString()
      side = name == "buy" ? .bid : name == "sell" ? .ask : nil
    }
    if try json.nextElement() { price = try json.readLevelNumber() }
    if try json.nextElement() { size = try json.readLevelNumber() }
    while try json.nextElement() { try json.skipValue() }
    guard let side else { return fail(.badValue, "side") }
    addLevel(side, price: price, size: size)
  }

  /// One a second for each product; tells which trade was the last, 0 for none, so that a lost one is noticed.
  ///
  ///     {"type":"heartbeat","sequence":90,"last_trade_id":20,"product_id":"BTC-USD",
  ///      "time":"2026-11-07T08:19:28.464459Z"}
  mutating func readHeartbeat(coinbase json: inout JSONScanner, _ symbols: SymbolTable) throws(JSONError) {
    var (place, last): (Int?, Int64?)
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "product_id" {
        place = symbols.place(of: try json.readString())
      } else if key == "last_trade_id" {
        last = try json.readInteger()
      } else {
        try json.skipValue()
      }
    }
    guard let last else { return fail(.missingField, "last_trade_id") }
    guard last >= 0 else { return fail(.badNumber, "last_trade_id") }
    heartbeat()
    if let place, last > 0 { expect(through: UInt64(last), at: place) }
  }

  /// All subscriptions of the connection, after each change of them.
  ///
  ///     {"type":"subscriptions","channels":[{"name":"matches","product_ids":["BTC-USD"]}]}
  mutating func readSubscriptions(coinbase json: inout JSONScanner, _ symbols: SymbolTable) throws(JSONError) {
    try json.beginObject()
    while let key = try json.nextKey() {
      guard key == "channels" else {
        try json.skipValue()
        continue
      }
      try json.beginArray()
      while try json.nextElement() { try readChannel(coinbase: &json, symbols) }
    }
  }

  private mutating func readChannel(coinbase json: inout JSONScanner, _ symbols: SymbolTable) throws(JSONError) {
    var channels: [Channel] = []
    var places: [Int] = []
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "name" {
        let name = try json.readString().string
        channels = name == "matches" ? [.trades] : name.hasPrefix("level2") ? [.quotes, .book] : []
      } else if key == "product_ids" {
        try json.beginArray()
        while try json.nextElement() {
          if let place = symbols.place(of: try json.readString()) { places.append(place) }
        }
      } else {
        try json.skipValue()
      }
    }
    for place in places { for channel in channels { acknowledge(channel, at: place) } }
  }
}

/// Something that the venue refuses.
///
///     {"type":"error","message":"Failed to subscribe","reason":"FOO-USD is not a valid product"}
struct CoinbaseError {
  private(set) var text = ""

  init(_ json: inout JSONScanner) throws(JSONError) {
    var (message, reason) = ("", "")
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "message" {
        message = try json.readString().string
      } else if key == "reason" {
        reason = try json.readString().string
      } else {
        try json.skipValue()
      }
    }
    text = [message, reason].filter { !$0.isEmpty }.joined(separator: ": ")
  }
}
