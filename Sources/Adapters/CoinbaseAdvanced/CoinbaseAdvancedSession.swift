public import ArbdFramework

/// A conversation with Coinbase Advanced Trade: trades from `market_trades`, books from `level2`, and `heartbeats`, without
/// which the venue closes quiet channels.
public struct CoinbaseAdvancedSession: JSONSession {
  public let symbols: SymbolTable
  public let bookRules: BookRules
  /// Of the last message: the venue numbers all of a connection's one by one.
  private var lastMessage: Int64?
  /// Trades of a message, which come newest first.
  private var trades: [TradeFields] = []

  init(plan: ConnectionPlan, depth: Int = 50) {
    symbols = SymbolTable(plan.subscriptions)
    bookRules = BookRules(depth: depth, giveQuotes: true)
  }

  // MARK: What is asked for

  /// The venue hangs up on a client that has asked for nothing within five seconds.
  public mutating func connected(at time: Timestamp, _ output: inout SessionOutput) {
    output.send(["type": "subscribe", "channel": "heartbeats"])
    subscribe(symbols.subscriptions, &output)
  }

  /// One channel in a message: `{"type":"subscribe","product_ids":["BTC-USD"],"channel":"market_trades"}`
  public mutating func subscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    request("subscribe", subscriptions, &output)
  }

  public mutating func unsubscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    request("unsubscribe", subscriptions, &output)
  }

  private func request(_ type: String, _ subscriptions: [Subscription], _ output: inout SessionOutput) {
    for isTrades in [true, false] {
      let products = Set(subscriptions.filter { ($0.channel == .trades) == isTrades }.map(\.symbol)).sorted()
      guard !products.isEmpty else { continue }
      output.send([
        "type": .string(type), "product_ids": .strings(products), "channel": isTrades ? "market_trades" : "level2",
      ])
    }
  }

  // MARK: What comes

  /// `{"channel":…,"client_id":"","timestamp":…,"sequence_num":0,"events":[…]}`, or `{"type":"error","message":"…"}`.
  public mutating func read(
    _ json: inout JSONScanner, at time: Timestamp, _ output: inout SessionOutput
  ) throws(JSONError) -> FrameKind {
    var channel: CoinbaseAdvancedChannel?
    var number: Int64?
    var events: JSONPlace?
    var (isError, message, isFollowed) = (false, "", false)
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "channel" {
        channel = CoinbaseAdvancedChannel(try json.readString())
      } else if key == "sequence_num" {
        number = try json.readInteger()
      } else if key == "events" {
        // What is missing in front of them has to be known first.
        if let channel, let number {
          follow(number, &output)
          isFollowed = true
          try read(channel, &json, at: time, &output)
        } else {
          events = json.place
          try json.skipValue()
        }
      } else if key == "type" {
        isError = try json.readString() == "error"
      } else if key == "message" {
        message = try json.readString().string
      } else {
        try json.skipValue()
      }
    }
    if let number, !isFollowed { follow(number, &output) }
    if let events, let channel {
      let end = json.place
      json.go(to: events)
      try read(channel, &json, at: time, &output)
      json.go(to: end)
    }
    if isError {
      output.perform(.venueError(message))
      return .control
    }
    switch channel {
    case .trades, .book: return .data
    case .heartbeats, .subscriptions: return .control
    case .other: return .ignored
    case .unknown, nil: return .unknown
    }
  }

  /// A message that is missing may have been about any book.
  private mutating func follow(_ number: Int64, _ output: inout SessionOutput) {
    if let lastMessage, number != lastMessage &+ 1 { output.loseBooks(reason: "a message is missing") }
    lastMessage = number
  }

  private mutating func read(
    _ channel: CoinbaseAdvancedChannel, _ json: inout JSONScanner, at time: Timestamp, _ output: inout SessionOutput
  ) throws(JSONError) {
    switch channel {
    case .trades:
      try json.beginArray()
      while try json.nextElement() { try readTrades(&json, at: time, &output) }
    case .book:
      try json.beginArray()
      while try json.nextElement() { try output.readBook(coinbaseAdvanced: &json, symbols) }
    case .subscriptions:
      try json.beginArray()
      while try json.nextElement() { try output.readSubscriptions(coinbaseAdvanced: &json, symbols) }
    case .heartbeats:
      try json.skipValue()
      output.heartbeat()
    case .other, .unknown: try json.skipValue()
    }
  }

  /// `{"type":"update","trades":[…]}`: of a quarter of a second, newest first; `snapshot` is what was there before.
  private mutating func readTrades(
    _ json: inout JSONScanner, at time: Timestamp, _ output: inout SessionOutput
  ) throws(JSONError) {
    var isSnapshot = false
    trades.removeAll(keepingCapacity: true)
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "type" {
        isSnapshot = try json.readString() == "snapshot"
      } else if key == "trades" {
        try json.beginArray()
        while try json.nextElement() { trades.append(try TradeFields(coinbaseAdvanced: &json, symbols)) }
      } else {
        try json.skipValue()
      }
    }
    // Turned round, unless the venue does other than usual: sorting takes memory.
    let isUsual = zip(trades, trades.dropFirst()).allSatisfy { $0.number ?? 0 >= $1.number ?? 0 }
    if !isUsual { trades.sort { $0.number ?? 0 > $1.number ?? 0 } }
    for place in trades.indices.reversed() {
      if isSnapshot { output.skipHistory(trades[place]) } else { output.emit(trades[place], at: time) }
    }
  }
}
