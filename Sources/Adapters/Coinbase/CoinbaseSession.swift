public import ArbdFramework

/// A conversation with Coinbase Exchange: trades from `matches`, what is missing of them from `heartbeat`, books from
/// `level2_batch`, or from `level2` with a key.
public struct CoinbaseSession: JSONSession {
  public let symbols: SymbolTable
  public let bookRules: BookRules
  private let credentials: CoinbaseCredentials?
  /// Of what came last.
  private var now = Timestamp(microseconds: 0)

  init(plan: ConnectionPlan, depth: Int = 50, _ credentials: CoinbaseCredentials? = nil) {
    symbols = SymbolTable(plan.subscriptions)
    bookRules = BookRules(depth: depth, giveQuotes: true)
    self.credentials = credentials
  }

  // MARK: What is asked for

  /// The venue hangs up on a client that has asked for nothing within five seconds.
  public mutating func connected(at time: Timestamp, _ output: inout SessionOutput) {
    now = time
    subscribe(symbols.subscriptions, &output)
  }

  public mutating func subscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    request("subscribe", subscriptions, &output)
  }

  public mutating func unsubscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    request("unsubscribe", subscriptions, &output)
  }

  /// `{"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches","heartbeat"]}`
  private func request(_ type: String, _ subscriptions: [Subscription], _ output: inout SessionOutput) {
    let products = subscriptions.filter { $0.channel == .trades }.map(\.symbol)
    let books = Set(subscriptions.filter { $0.channel != .trades }.map(\.symbol)).sorted()
    if !products.isEmpty { output.send(message(type, products, ["matches", "heartbeat"])) }
    if !books.isEmpty { output.send(message(type, books, [bookFeed])) }
  }

  private func message(_ type: String, _ products: [String], _ channels: [String]) -> JSONTree {
    var message: JSONTree = [
      "type": .string(type), "product_ids": .strings(products), "channels": .strings(channels),
    ]
    for (key, value) in credentials?.signature(at: now) ?? [] { message[key] = .string(value) }
    return message
  }

  private var bookFeed: String { credentials == nil ? "level2_batch" : "level2" }

  // MARK: What comes

  public mutating func read(
    _ json: inout JSONScanner, at time: Timestamp, _ output: inout SessionOutput
  ) throws(JSONError) -> FrameKind {
    now = time
    let start = json.place
    let type = try CoinbaseMessageType(&json)
    json.go(to: start)
    switch type {
    case .match: output.emit(try TradeFields(coinbase: &json, symbols), at: time)
    case .lastMatch:
      // The newest trade from before the subscription.
      output.skipHistory(try TradeFields(coinbase: &json, symbols))
      return .ignored
    case .snapshot, .changes: try output.readBook(coinbase: &json, symbols, isSnapshot: type == .snapshot)
    case .heartbeat:
      try output.readHeartbeat(coinbase: &json, symbols)
      return .control
    case .subscriptions:
      try output.readSubscriptions(coinbase: &json, symbols)
      return .control
    case .error:
      report(try CoinbaseError(&json), &output)
      return .control
    case .otherChannel, .unknown:
      try json.skipValue()
      return type == .unknown ? .unknown : .ignored
    }
    return .data
  }

  /// A refusal names the product only in its text.
  private func report(_ error: CoinbaseError, _ output: inout SessionOutput) {
    for word in error.text.split(whereSeparator: { $0 == " " || $0 == "," }) {
      guard let place = symbols.place(of: String(word)) else { continue }
      for channel in Channel.allCases { output.refuse(channel, at: place, message: error.text) }
      return
    }
    output.perform(.venueError(error.text))
  }
}
