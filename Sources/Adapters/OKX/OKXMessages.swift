import ArbdFramework

// The shapes of https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-trades-channel and its neighbours

/// What a message is about: `{"channel":"trades","instId":"BTC-USDT"}`.
struct OKXArgument {
  enum Feed { case trades, quotes, book, other }

  private(set) var feed = Feed.other
  private(set) var place: Int?
  /// It names a channel, of whatever kind.
  private(set) var isKnown = false

  init() {}

  init(_ json: inout JSONScanner, _ symbols: SymbolTable) throws(JSONError) {
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "channel" {
        let name = try json.readString()
        feed = name == "trades" ? .trades : name == "bbo-tbt" ? .quotes : name == "books" ? .book : .other
        isKnown = true
      } else if key == "instId" {
        place = symbols.place(of: try json.readString()) ?? SymbolTable.unknown
      } else {
        try json.skipValue()
      }
    }
  }

  var channel: Channel? {
    switch feed {
    case .trades: .trades
    case .quotes: .quotes
    case .book: .book
    case .other: nil
    }
  }
}

extension TradeFields {
  /// `trades`: of one taker order at one price. `count` fills are joined in it, `tradeId` is the last one's.
  ///
  ///     {"instId":"BTC-USDT","tradeId":"674510826","px":"95634.9","sz":"0.00011186","side":"buy",
  ///      "ts":"1740394561685","count":"1","source":"0","seqId":1234}
  init(okx json: inout JSONScanner, at place: Int?) throws(JSONError) {
    self.init(place: place)
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "tradeId" {
        number = try json.readInteger()
      } else if key == "px" {
        price = try json.readQuantity()
      } else if key == "sz" {
        size = try json.readQuantity()
      } else if key == "side" {
        let taker = try json.readString()
        side = taker == "buy" ? .buy : taker == "sell" ? .sell : .unknown
      } else if key == "ts" {
        time = try FieldTime(milliseconds: &json)
      } else if key == "count" {
        count = try json.readInteger()
      } else {
        try json.skipValue()
      }
    }
  }
}

extension QuoteFields {
  /// `bbo-tbt`: the best level of each side, `[price, size, "0", orders]`, or none. Sent again after a minute without change.
  ///
  ///     {"asks":[["95634.9","0.5","0","13"]],"bids":[["95634.8","1.2","0","12"]],"ts":"1740394561685","seqId":123456}
  init(okx json: inout JSONScanner, at place: Int?) throws(JSONError) {
    self.init(place: place)
    // After maintenance the venue counts from less.
    isRestart = true
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "asks" {
        try readBest(.ask, &json)
      } else if key == "bids" {
        try readBest(.bid, &json)
      } else if key == "ts" {
        time = try FieldTime(milliseconds: &json)
      } else if key == "seqId" {
        number = try json.readInteger()
      } else {
        try json.skipValue()
      }
    }
  }
}

extension SessionOutput {
  /// `books`: a snapshot with `prevSeqId` −1, then changes, each of which names the one before it. Without changes for a
  /// minute one comes that names itself; after maintenance the number goes down once. Recordings of before 2023 have no
  /// numbers, but a checksum; since June 2026 that is 0.
  ///
  ///     {"asks":[["95634.9","0.5","0","13"]],"bids":[["95634.8","1.2","0","12"]],"ts":"1740394561685","checksum":0,
  ///      "prevSeqId":-1,"seqId":123456}
  mutating func readBook(okx json: inout JSONScanner, at place: Int?, isSnapshot: Bool) throws(JSONError) {
    var (previous, number, checksum): (Int64?, Int64?, Int64?)
    var time = FieldTime.missing
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "asks" {
        try readLevels(.ask, &json)
      } else if key == "bids" {
        try readLevels(.bid, &json)
      } else if key == "ts" {
        time = try FieldTime(milliseconds: &json)
      } else if key == "checksum" {
        checksum = try json.readInteger()
      } else if key == "prevSeqId" {
        previous = try json.readInteger()
      } else if key == "seqId" {
        number = try json.readInteger()
      } else {
        try json.skipValue()
      }
    }
    let expected = checksum.flatMap { $0 == 0 ? nil : UInt32(truncatingIfNeeded: $0) }
    let step: BookStep =
      if let number { previous.map { .link(previous: $0, number: number) } ?? .number(number) } else { .unnumbered }
    if isSnapshot {
      replaceBook(at: place, step, time: time, checksum: expected)
    } else {
      updateBook(at: place, step, time: time, checksum: expected)
    }
  }
}

/// What is no data.
///
///     {"event":"subscribe","arg":{"channel":"trades","instId":"BTC-USDT"},"connId":"a4d3ae55"}
///     {"event":"error","code":"60018","msg":"Wrong URL or channel:trades,instId:FOO-USDT doesn't exist.","connId":"…"}
///     {"event":"notice","code":"64008","msg":"The connection will soon be closed for a service upgrade.","connId":"…"}
struct OKXEvent {
  private(set) var name = ""
  private(set) var code = ""
  private var message = ""

  var isThere: Bool { !name.isEmpty }
  var text: String { code.isEmpty ? message : "\(message) (code \(code))" }

  /// Reads the member if it is one of an event.
  mutating func read(_ key: JSONText, _ json: inout JSONScanner) throws(JSONError) -> Bool {
    if key == "event" {
      name = try json.readString().string
    } else if key == "code" {
      code = try json.readString().string
    } else if key == "msg" {
      message = try json.readString().string
    } else {
      return false
    }
    return true
  }

  /// The stream that an error's text names: `channel:trades,instId:FOO-USDT`.
  func subject(among symbols: SymbolTable) -> (Channel, Int)? {
    let words = message.split { ":, ".contains($0) }.map(String.init)
    func value(behind name: String) -> String? {
      words.firstIndex { $0.hasSuffix(name) }.flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
    }
    guard let feed = value(behind: "channel"), let id = value(behind: "instId"), let place = symbols.place(of: id),
      let channel = OKXAdapter.venue.feeds.first(where: { $0.value == feed })?.key
    else { return nil }
    return (channel, place)
  }
}
