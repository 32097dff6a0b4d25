import ArbdFramework

// The shapes of https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-channels

/// What a message is about, by `channel`.
enum CoinbaseAdvancedChannel {
  case trades
  /// Asked for as `level2`.
  case book
  case heartbeats, subscriptions
  /// Channels that arbd does not ask for.
  case other
  case unknown

  init(_ name: JSONText) {
    if name == "market_trades" {
      self = .trades
    } else if name == "l2_data" {
      self = .book
    } else if name == "heartbeats" {
      self = .heartbeats
    } else if name == "subscriptions" {
      self = .subscriptions
    } else if name == "ticker" || name == "ticker_batch" || name == "status" || name == "candles" || name == "user" {
      self = .other
    } else {
      self = .unknown
    }
  }
}

extension TradeFields {
  /// `side` is the maker's; ids count one by one.
  ///
  ///     {"trade_id":"995098700","product_id":"BTC-USD","price":"68900.50","size":"0.0015","side":"BUY",
  ///      "time":"2026-04-07T14:30:02.789012Z"}
  init(coinbaseAdvanced json: inout JSONScanner, _ symbols: SymbolTable) throws(JSONError) {
    self.init()
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "trade_id" {
        number = try json.readInteger()
      } else if key == "product_id" {
        try readSymbol(&json, symbols)
      } else if key == "price" {
        price = try json.readQuantity()
      } else if key == "size" {
        size = try json.readQuantity()
      } else if key == "side" {
        let maker = try json.readString()
        side = maker == "SELL" ? .buy : maker == "BUY" ? .sell : .unknown
      } else if key == "time" {
        time = try FieldTime(iso8601: &json)
      } else {
        try json.skipValue()
      }
    }
  }
}

extension SessionOutput {
  /// A book or changes of it. In a snapshot the levels' times are the epoch's.
  ///
  ///     {"type":"update","product_id":"BTC-USD","updates":[{"side":"bid","event_time":"2026-04-07T14:30:02.789012Z",
  ///      "price_level":"68900.00","new_quantity":"1.5"},{"side":"offer",…}]}
  mutating func readBook(coinbaseAdvanced json: inout JSONScanner, _ symbols: SymbolTable) throws(JSONError) {
    var place: Int?
    var isSnapshot: Bool?
    var time = FieldTime.missing
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "product_id" {
        place = symbols.place(of: try json.readString()) ?? SymbolTable.unknown
      } else if key == "type" {
        isSnapshot = try json.readString() == "snapshot"
      } else if key == "updates" {
        try json.beginArray()
        while try json.nextElement() { try readLevel(coinbaseAdvanced: &json, &time) }
      } else {
        try json.skipValue()
      }
    }
    switch isSnapshot {
    case true?: replaceBook(at: place, .unnumbered)
    case false?: updateBook(at: place, .unnumbered, time: time)
    case nil: fail(.missingField, "type")
    }
  }

  private mutating func readLevel(
    coinbaseAdvanced json: inout JSONScanner, _ latest: inout FieldTime
  ) throws(JSONError) {
    let start = json.place
    if try readCompactLevel(coinbaseAdvanced: &json, &latest) { return }
    json.go(to: start)
    var side: BookSide?
    var (price, size): (ExactDecimal?, ExactDecimal?)
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "side" {
        let name = try json.readString()
        side = name == "bid" ? .bid : name == "offer" ? .ask : nil
      } else if key == "price_level" {
        price = try json.readLevelNumber()
      } else if key == "new_quantity" {
        size = try json.readLevelNumber()
      } else if key == "event_time" {
        latest = try FieldTime(iso8601: &json).orLater(latest)
      } else {
        try json.skipValue()
      }
    }
    guard let side else { return fail(.badValue, "side") }
    addLevel(side, price: price, size: size)
  }

  /// The same where the members stand as the venue sends them. False for all else, some of it passed.
  private mutating func readCompactLevel(
    coinbaseAdvanced json: inout JSONScanner, _ latest: inout FieldTime
  ) throws(JSONError) -> Bool {
    guard json.pass("{\"side\":") else { return false }
    let isBid = json.pass("\"bid\",")
    guard isBid || json.pass("\"offer\","), json.pass("\"event_t"), json.pass("ime\":") else { return false }
    let time = try FieldTime(iso8601: &json)
    guard json.pass(",\"price_"), json.pass("level\":"), let price = json.compactNumber(), json.pass(",\"new_qu"),
      json.pass("antity\":"), let size = json.compactNumber(), json.pass("}")
    else { return false }
    latest = time.orLater(latest)
    addLevel(isBid ? .bid : .ask, price: price, size: size)
    return true
  }

  /// All subscriptions of the connection: `{"subscriptions":{"level2":["BTC-USD"],"market_trades":["BTC-USD"]}}`
  mutating func readSubscriptions(coinbaseAdvanced json: inout JSONScanner, _ symbols: SymbolTable) throws(JSONError) {
    try json.beginObject()
    while let key = try json.nextKey() {
      guard key == "subscriptions" else {
        try json.skipValue()
        continue
      }
      try json.beginObject()
      while let name = try json.nextKey() {
        let channels: [Channel] = name == "market_trades" ? [.trades] : name == "level2" ? [.quotes, .book] : []
        guard !channels.isEmpty else {
          try json.skipValue()
          continue
        }
        try json.beginArray()
        while try json.nextElement() {
          let text = try json.readString()
          for channel in channels { acknowledge(channel, at: symbols.place(of: text)) }
        }
      }
    }
  }
}

extension FieldTime {
  /// The later of two times; one that is none is earlier than any.
  fileprivate func orLater(_ other: FieldTime) -> FieldTime {
    guard let own = timestamp else { return other }
    return other.timestamp.map { $0 < own } ?? true ? self : other
  }
}
