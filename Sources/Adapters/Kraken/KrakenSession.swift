public import ArbdFramework

/// A conversation with Kraken's channels `trade`, `ticker` and `book`; `instrument` tells how many digits a book's checksum
/// is computed with.
public struct KrakenSession: JSONSession {
  public let symbols: SymbolTable
  public let bookRules: BookRules
  private var requests = RequestLedger()
  /// By place in `symbols`: digits behind the point of prices and sizes, where the venue has told them.
  private var precisions: [(price: Int, size: Int)?]

  /// Symbols in one request.
  static let symbolsPerRequest = 50

  init(plan: ConnectionPlan, depth: Int = 100) {
    symbols = SymbolTable(plan.subscriptions)
    bookRules = BookRules(depth: depth, cut: .exact)
    precisions = Array(repeating: nil, count: symbols.count)
  }

  // MARK: What is asked for

  public mutating func connected(at time: Timestamp, _ output: inout SessionOutput) {
    let hasBooks = (0..<symbols.count).contains { symbols.has(.book, at: $0) }
    if hasBooks { output.send(["method": "subscribe", "params": ["channel": "instrument"]]) }
    subscribe(symbols.subscriptions, &output)
  }

  /// `{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD"],"snapshot":false},"req_id":1}`
  public mutating func subscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    request("subscribe", subscriptions, &output)
  }

  public mutating func unsubscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    request("unsubscribe", subscriptions, &output)
  }

  private mutating func request(_ method: String, _ subscriptions: [Subscription], _ output: inout SessionOutput) {
    for (channel, subscriptions) in subscriptions.byChannel {
      for part in subscriptions.parts(of: KrakenSession.symbolsPerRequest) {
        var parameters: JSONTree = [
          "channel": .string(KrakenAdapter.venue.feeds[channel] ?? ""), "symbol": .strings(part.map(\.symbol)),
        ]
        switch channel {
        case .trades: if method == "subscribe" { parameters["snapshot"] = false }
        case .quotes: parameters["event_trigger"] = "bbo"
        case .book: parameters["depth"] = .number(bookRules.depth)
        }
        let number = requests.number(for: method == "subscribe" ? part : [])
        output.send(["method": .string(method), "params": parameters, "req_id": .number(Int(number))])
      }
    }
  }

  // MARK: What comes

  /// Data is `{"channel":…,"type":"snapshot" or "update","data":[…]}`; answers have a `method`.
  public mutating func read(
    _ json: inout JSONScanner, at time: Timestamp, _ output: inout SessionOutput
  ) throws(JSONError) -> FrameKind {
    var channel: KrakenChannel?
    var isSnapshot: Bool?
    var data: JSONPlace?
    var reply = KrakenReply()
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "channel" {
        channel = KrakenChannel(try json.readString())
      } else if key == "type" {
        isSnapshot = try json.readString() == "snapshot"
      } else if key == "data" {
        if let channel, let isSnapshot {
          try read(channel, isSnapshot: isSnapshot, &json, at: time, &output)
        } else {
          data = json.place
          try json.skipValue()
        }
      } else if try !reply.read(key, &json) {
        try json.skipValue()
      }
    }
    if let data, let channel {
      // Another order of members than the venue's.
      let end = json.place
      json.go(to: data)
      try read(channel, isSnapshot: isSnapshot ?? false, &json, at: time, &output)
      json.go(to: end)
    }
    switch channel {
    case .trade, .ticker, .book: return .data
    case .heartbeat:
      output.heartbeat()
      return .control
    case .instrument, .status: return .control
    case .other: return .ignored
    case .unknown: return .unknown
    case nil: return answer(reply, &output)
    }
  }

  private mutating func read(
    _ channel: KrakenChannel, isSnapshot: Bool, _ json: inout JSONScanner, at time: Timestamp,
    _ output: inout SessionOutput
  ) throws(JSONError) {
    switch channel {
    case .trade:
      try json.beginArray()
      while try json.nextElement() {
        let trade = try TradeFields(kraken: &json, symbols)
        if isSnapshot { output.skipHistory(trade) } else { output.emit(trade, at: time) }
      }
    case .ticker:
      try json.beginArray()
      while try json.nextElement() { output.emit(try QuoteFields(kraken: &json, symbols), at: time) }
    case .book:
      try json.beginArray()
      while try json.nextElement() { try output.readBook(kraken: &json, symbols, isSnapshot: isSnapshot) }
    case .instrument: try readPrecisions(&json)
    case .status, .heartbeat, .other, .unknown: try json.skipValue()
    }
  }

  /// `{"assets":[…],"pairs":[{"symbol":"BTC/USD","price_precision":1,"qty_precision":8,…}]}`
  ///
  /// https://docs.kraken.com/api/docs/websocket-v2/instrument
  private mutating func readPrecisions(_ json: inout JSONScanner) throws(JSONError) {
    try json.beginObject()
    while let key = try json.nextKey() {
      guard key == "pairs" else {
        try json.skipValue()
        continue
      }
      try json.beginArray()
      while try json.nextElement() {
        let pair = try KrakenPair(&json, symbols)
        if let place = pair.place, let price = pair.pricePrecision, let size = pair.sizePrecision {
          precisions[place] = (price, size)
        }
      }
    }
  }

  private mutating func answer(_ reply: KrakenReply, _ output: inout SessionOutput) -> FrameKind {
    guard reply.isThere else { return .unknown }
    if let channel = reply.channel, let symbol = reply.symbol, reply.isSuccess, reply.method == "subscribe" {
      _ = requests.settle(reply.number, symbol)
      output.acknowledge(channel, at: symbols.place(of: symbol))
    } else if let error = reply.error {
      let refused = reply.symbol.map { requests.settle(reply.number, $0) } ?? []
      for subscription in refused { output.perform(.refused(subscription, message: error)) }
      if refused.isEmpty { output.perform(.venueError(error)) }
    }
    return .control
  }

  /// CRC-32 over the ten best asks, then the ten best bids: price and size with all digits of the pair, without the point and
  /// leading zeros.
  ///
  /// https://docs.kraken.com/api/docs/guides/spot-ws-book-v2
  public func checksum(of book: borrowing OrderBook, at place: Int) -> UInt32? {
    let precision = precisions[place]
    // Two numbers for each level, of at most 19 digits and as many zeros.
    let capacity = 10 * 2 * 40
    let asks = ChecksumText.crc32(capacity: capacity) { $0.append(best: .ask, of: book, precision) }
    return ChecksumText.crc32(behind: asks, capacity: capacity) { $0.append(best: .bid, of: book, precision) }
  }
}

extension ChecksumText {
  fileprivate mutating func append(
    best side: BookSide, of book: borrowing OrderBook, _ precision: (price: Int, size: Int)?
  ) {
    for rank in 0..<10 {
      guard let level = book.level(side, rank) else { return }
      append(digits: level.price, precision?.price)
      append(digits: level.size, precision?.size)
    }
  }

  /// The digits of a number with `precision` of them behind its point; nil: as many as it came with. Zeros that came when
  /// the precision was higher are left out.
  fileprivate mutating func append(digits number: ExactDecimal, _ precision: Int?) {
    var mantissa = number.mantissa
    var missing = precision.map { $0 + Int(number.exponent) } ?? 0
    while missing < 0, mantissa % 10 == 0, mantissa > 0 {
      mantissa /= 10
      missing += 1
    }
    append(mantissa)
    append(zeros: missing)
  }
}
