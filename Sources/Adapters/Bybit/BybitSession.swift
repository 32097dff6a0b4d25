public import ArbdFramework

/// A conversation with Bybit's spot topics `publicTrade`, `orderbook.1` and a deeper `orderbook`.
public struct BybitSession: JSONSession {
  public let symbols: SymbolTable
  /// The venue shows as many levels as were asked for and tells what comes into view and what goes.
  public let bookRules: BookRules
  private var requests = RequestLedger()

  /// Topics in one request.
  static let topicsPerRequest = 10

  init(plan: ConnectionPlan, depth: Int = 50) {
    symbols = SymbolTable(plan.subscriptions)
    bookRules = BookRules(depth: depth, cut: .exact)
  }

  // MARK: What is asked for

  /// `{"req_id":"1","op":"subscribe","args":["publicTrade.BTCUSDT","orderbook.1.BTCUSDT"]}`
  public mutating func subscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    request("subscribe", subscriptions, &output)
  }

  public mutating func unsubscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    request("unsubscribe", subscriptions, &output)
  }

  private mutating func request(_ operation: String, _ subscriptions: [Subscription], _ output: inout SessionOutput) {
    for part in subscriptions.parts(of: BybitSession.topicsPerRequest) {
      let number = requests.number(for: operation == "subscribe" ? part : [])
      output.send([
        "req_id": .string("\(number)"), "op": .string(operation), "args": .strings(part.map(topic)),
      ])
    }
  }

  private func topic(_ subscription: Subscription) -> String {
    switch subscription.channel {
    case .trades: "publicTrade.\(subscription.symbol)"
    case .quotes: "orderbook.1.\(subscription.symbol)"
    case .book: "orderbook.\(bookRules.depth).\(subscription.symbol)"
    }
  }

  // MARK: What comes

  /// Data is `{"topic":…,"ts":…,"type":"snapshot" or "delta","data":…,"cts":…}`, in changing order; answers have an `op`.
  public mutating func read(
    _ json: inout JSONScanner, at time: Timestamp, _ output: inout SessionOutput
  ) throws(JSONError) -> FrameKind {
    var topic: BybitTopic?
    var isSnapshot: Bool?
    // What the data says, which the members behind it complete.
    var matched = FieldTime.missing
    var quote = QuoteFields()
    var book = BybitBook()
    var hasData = false
    var data: JSONPlace?
    var reply = BybitReply()
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "topic" {
        topic = BybitTopic(try json.readString())
      } else if key == "type" {
        isSnapshot = try json.readString() == "snapshot"
      } else if key == "cts" {
        matched = try FieldTime(milliseconds: &json)
      } else if key == "data" {
        if let topic {
          try read(topic, &json, &quote, &book, at: time, &output)
          hasData = true
        } else {
          data = json.place
          try json.skipValue()
        }
      } else if try !reply.read(key, &json) {
        try json.skipValue()
      }
    }
    guard let topic else { return answer(reply, &output) }
    if let data {
      let end = json.place
      json.go(to: data)
      try read(topic, &json, &quote, &book, at: time, &output)
      json.go(to: end)
      hasData = true
    }
    if hasData, topic == .best {
      quote.time = matched
      output.emit(quote, at: time)
    } else if hasData, topic == .book {
      output.update(bybit: book, isSnapshot: isSnapshot, matched)
    }
    return topic == .other ? .ignored : topic == .unknown ? .unknown : .data
  }

  private func read(
    _ topic: BybitTopic, _ json: inout JSONScanner, _ quote: inout QuoteFields, _ book: inout BybitBook,
    at time: Timestamp, _ output: inout SessionOutput
  ) throws(JSONError) {
    switch topic {
    case .trades:
      try json.beginArray()
      while try json.nextElement() { try readTrade(&json, at: time, &output) }
    case .best: try quote.read(bybit: &json, symbols)
    case .book: book = try output.readBook(bybit: &json, symbols)
    case .other, .unknown: try json.skipValue()
    }
  }

  /// Block trades are agreed on elsewhere, at prices of their own.
  private func readTrade(
    _ json: inout JSONScanner, at time: Timestamp, _ output: inout SessionOutput
  ) throws(JSONError) {
    var isBlockTrade = false
    let trade = try TradeFields(bybit: &json, symbols, &isBlockTrade)
    if isBlockTrade { output.skipHistory(trade) } else { output.emit(trade, at: time) }
  }

  private mutating func answer(_ reply: BybitReply, _ output: inout SessionOutput) -> FrameKind {
    guard reply.isThere else { return .unknown }
    if reply.operation == "subscribe" || reply.refusal != nil {
      requests.answered(reply.number, refusal: reply.refusal, &output)
    }
    return .control
  }
}
