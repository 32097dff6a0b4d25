public import ArbdFramework

/// A conversation with OKX's public channels `trades`, `bbo-tbt` and `books`.
public struct OKXSession: JSONSession {
  public let symbols: SymbolTable
  /// The venue shows the best 400 levels and tells what comes into view and what goes.
  public let bookRules = BookRules(depth: 400, cut: .exact)

  /// Arguments in one request; 64 KB of them are allowed.
  static let argumentsPerRequest = 100

  init(plan: ConnectionPlan) { symbols = SymbolTable(plan.subscriptions) }

  // MARK: What is asked for

  /// `{"op":"subscribe","args":[{"channel":"trades","instId":"BTC-USDT"}]}`
  public mutating func subscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    request("subscribe", subscriptions, &output)
  }

  public mutating func unsubscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    request("unsubscribe", subscriptions, &output)
  }

  private func request(_ operation: String, _ subscriptions: [Subscription], _ output: inout SessionOutput) {
    for part in subscriptions.parts(of: OKXSession.argumentsPerRequest) {
      let arguments = part.map { subscription -> JSONTree in
        let feed = OKXAdapter.venue.feeds[subscription.channel] ?? ""
        return ["channel": .string(feed), "instId": .string(subscription.symbol)]
      }
      output.send(["op": .string(operation), "args": .array(arguments)])
    }
  }

  // MARK: What comes

  /// The answer to a ping is a text of its own, and no JSON.
  public mutating func receive(
    _ frame: RawSpan, at time: Timestamp, _ output: inout SessionOutput
  ) throws(SessionError) -> FrameKind {
    if frame.byteCount == 4, frame.isText("pong") { return .control }
    return try receiveJSON(frame, at: time, &output)
  }

  /// Data is `{"arg":{"channel":…,"instId":…},"data":[…]}`, with an `action` for books; all else is an `event`.
  public mutating func read(
    _ json: inout JSONScanner, at time: Timestamp, _ output: inout SessionOutput
  ) throws(JSONError) -> FrameKind {
    var argument = OKXArgument()
    var event = OKXEvent()
    var isSnapshot: Bool?
    var data: JSONPlace?
    var kind = FrameKind.unknown
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "arg" {
        argument = try OKXArgument(&json, symbols)
      } else if key == "action" {
        isSnapshot = try json.readString() == "snapshot"
      } else if key == "data", argument.isKnown, argument.feed != .book || isSnapshot != nil {
        kind = try read(argument, isSnapshot: isSnapshot, &json, at: time, &output)
      } else if key == "data" {
        data = json.place
        try json.skipValue()
      } else if try !event.read(key, &json) {
        try json.skipValue()
      }
    }
    if event.isThere { return answer(event, argument, &output) }
    guard let data, kind == .unknown else { return kind }
    // Another order of members than the venue's.
    let end = json.place
    json.go(to: data)
    kind = try read(argument, isSnapshot: isSnapshot, &json, at: time, &output)
    json.go(to: end)
    return kind
  }

  private mutating func read(
    _ argument: OKXArgument, isSnapshot: Bool?, _ json: inout JSONScanner, at time: Timestamp,
    _ output: inout SessionOutput
  ) throws(JSONError) -> FrameKind {
    guard argument.feed != .other else {
      try json.skipValue()
      return argument.isKnown ? .ignored : .unknown
    }
    if argument.feed == .book, isSnapshot == nil { output.fail(.missingField, "action") }
    try json.beginArray()
    while try json.nextElement() {
      switch argument.feed {
      case .trades: output.emit(try TradeFields(okx: &json, at: argument.place), at: time)
      case .quotes: output.emit(try QuoteFields(okx: &json, at: argument.place), at: time)
      case .book: try output.readBook(okx: &json, at: argument.place, isSnapshot: isSnapshot ?? false)
      case .other: try json.skipValue()
      }
    }
    return .data
  }

  private func answer(_ event: OKXEvent, _ argument: OKXArgument, _ output: inout SessionOutput) -> FrameKind {
    switch event.name {
    case "subscribe":
      if let channel = argument.channel { output.acknowledge(channel, at: argument.place) }
    case "error":
      // It names the channel and the instrument in its text alone.
      if let (channel, place) = event.subject(among: symbols) {
        output.refuse(channel, at: place, message: event.text)
      } else {
        output.perform(.venueError(event.text))
      }
    case "notice":
      // 64008: the connection is closed within a minute.
      if event.code == "64008" { output.perform(.closing) } else { output.perform(.venueError(event.text)) }
    case "unsubscribe", "channel-conn-count", "login": break
    default: return .unknown
    }
    return .control
  }

  /// Signed CRC-32 over the best 25 levels a side, bid and ask in turn, `price:size` with the venue's digits. Since June
  /// 2026 the venue sends 0 instead, which is not compared.
  public func checksum(of book: borrowing OrderBook, at place: Int) -> UInt32? {
    var text: [UInt8] = []
    for rank in 0..<25 {
      for side in [BookSide.bid, .ask] {
        guard let level = book.level(side, rank) else { continue }
        if !text.isEmpty { text.append(UInt8(ascii: ":")) }
        text.append(decimal: level.price)
        text.append(UInt8(ascii: ":"))
        text.append(decimal: level.size)
      }
    }
    return Checksum.crc32(text)
  }
}
