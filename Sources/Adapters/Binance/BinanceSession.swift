public import ArbdFramework

/// A conversation with Binance's market streams: `trade`, `bookTicker`, and `depth` on a snapshot that is asked for.
public struct BinanceSession: JSONSession {
  public let symbols: SymbolTable
  public let bookRules: BookRules
  private var requests = RequestLedger()

  /// Streams in one request: five messages a second are allowed, however long.
  static let streamsPerRequest = 200
  /// Levels a side in a snapshot.
  static let snapshotLevels = 1_000

  init(plan: ConnectionPlan, depth: Int = 50) {
    symbols = SymbolTable(plan.subscriptions)
    bookRules = BookRules(snapshots: .requested, depth: min(depth, BinanceSession.snapshotLevels))
  }

  // MARK: What is asked for

  /// `{"method":"SUBSCRIBE","params":["btcusdt@trade","btcusdt@bookTicker"],"id":1}`
  public mutating func subscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    request("SUBSCRIBE", subscriptions, &output) { requests, part in requests.number(for: part) }
  }

  public mutating func unsubscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    request("UNSUBSCRIBE", subscriptions, &output) { requests, _ in requests.number() }
  }

  private mutating func request(
    _ method: String, _ subscriptions: [Subscription], _ output: inout SessionOutput,
    _ number: (inout RequestLedger, [Subscription]) -> Int64
  ) {
    for part in subscriptions.parts(of: BinanceSession.streamsPerRequest) {
      let streams = part.map(BinanceSession.stream)
      output.send([
        "method": .string(method), "params": .strings(streams), "id": .number(Int(number(&requests, part))),
      ])
    }
  }

  static func stream(_ subscription: Subscription) -> String {
    let feed =
      switch subscription.channel {
      case .trades: "trade"
      case .quotes: "bookTicker"
      case .book: "depth@100ms"
      }
    return "\(subscription.symbol.lowercased())@\(feed)"
  }

  public func snapshotPath(at place: Int) -> String? {
    "/api/v3/depth?symbol=\(symbols.symbols[place])&limit=\(BinanceSession.snapshotLevels)"
  }

  // MARK: What comes

  /// An event as it is, or wrapped: `{"stream":"btcusdt@trade","data":{…}}`; or the answer to a request.
  public mutating func read(
    _ json: inout JSONScanner, at time: Timestamp, _ output: inout SessionOutput
  ) throws(JSONError) -> FrameKind {
    guard try json.nextIsObject() else {
      try json.skipValue()
      return .unknown
    }
    let start = json.place
    try json.beginObject()
    var kind: FrameKind?
    var reply = BinanceReply()
    while let key = try json.nextKey() {
      if key == "data" {
        kind = try readEvent(&json, at: time, &output)
      } else if key == "e" || key == "u" || key == "lastUpdateId" {
        json.go(to: start)
        return try readEvent(&json, at: time, &output)
      } else if key == "stream" {
        kind = kind ?? .unknown
        _ = try json.readString()
      } else if try !reply.read(key, &json) {
        try json.skipValue()
      }
    }
    if let kind { return kind }
    guard reply.isThere else { return .unknown }
    requests.answered(reply.id, refusal: reply.refusal, &output)
    return .control
  }

  private mutating func readEvent(
    _ json: inout JSONScanner, at time: Timestamp, _ output: inout SessionOutput
  ) throws(JSONError) -> FrameKind {
    guard try json.nextIsObject() else {
      try json.skipValue()
      return .ignored
    }
    let start = json.place
    let kind = try BinanceEvent(&json)
    json.go(to: start)
    switch kind {
    case .trade: output.emit(try TradeFields(binance: &json, symbols), at: time)
    case .quote: output.emit(try QuoteFields(binance: &json, symbols), at: time)
    case .depth: try output.readDepth(binance: &json, symbols)
    case .shutdown, .other, .unknown:
      try json.skipValue()
      if kind == .shutdown { output.perform(.closing) }
      return kind == .shutdown ? .control : kind == .other ? .ignored : .unknown
    }
    return .data
  }

  public mutating func readSnapshot(
    _ json: inout JSONScanner, at place: Int, _ time: Timestamp, _ output: inout SessionOutput
  ) throws(JSONError) {
    try output.readSnapshot(binance: &json, at: place, levels: BinanceSession.snapshotLevels)
  }
}
