package import ArbdFramework
package import ArbdTransport

/// Bybit's spot topics `publicTrade`, `orderbook` and `tickers`, and the list of instruments.
package struct BybitVenue: SimulatedVenue {
  package var subscriptionHandling = SubscriptionHandling.heed
  package var withheldSnapshots = 0
  private var markets: ListedMarkets
  private var topics = Topics<BybitTopic>()
  private var books = BookStreams<BybitTopic>(tellsWhatFallsOut: true)
  private var delivery = BookDelivery<BybitTopic>()
  private var attempts = ConnectionAttempts(at: ["/v5/public/spot"], limit: 500, window: 300_000_000)
  /// Clients that ask for nothing for ten minutes, pings among it, are disconnected.
  private var idle = IdleTimes(limit: 600_000_000)

  /// Topics in one request.
  private static let topicsPerRequest = 10

  package init(_ markets: [SimulatedMarket]) {
    self.markets = ListedMarkets(markets, of: .bybit) { ($0.base + $0.quote).uppercased() }
  }

  package mutating func refusal(of target: RequestTarget, at time: Timestamp) -> HTTPAnswer? {
    attempts.refusal(of: target, at: time)
  }

  package func answer(_ target: RequestTarget, at time: Timestamp) -> HTTPAnswer {
    BybitREST(markets: markets.all).answer(target, at: time)
  }

  // MARK: Clients

  package mutating func opened(
    _ id: ConnectionID, _ target: RequestTarget, at time: Timestamp, _ output: inout VenueOutput
  ) { idle.note(id, at: time) }

  package mutating func closed(_ id: ConnectionID) {
    for topic in topics.remove(id) { endIfUnheard(topic) }
    idle.forget(id)
  }

  package mutating func received(
    _ text: [UInt8], from id: ConnectionID, at time: Timestamp, _ output: inout VenueOutput
  ) {
    idle.note(id, at: time)
    guard let request = try? JSONTree(reading: text) else {
      if subscriptionHandling == .ignore { return }
      return answer("error:invalid request", succeeds: false, [], id, &output)
    }
    let operation = request["op"]?.string ?? ""
    if operation == "ping" { return answer("pong", succeeds: true, request, id, &output) }
    if subscriptionHandling == .ignore { return }
    do throws(Refusal) {
      guard operation == "subscribe" || operation == "unsubscribe" else {
        throw Refusal("error:unknown op:\(operation)")
      }
      let names = request["args"]?.strings ?? []
      guard (1...BybitVenue.topicsPerRequest).contains(names.count) else {
        throw Refusal("error:args size must be 1 to \(BybitVenue.topicsPerRequest)")
      }
      if subscriptionHandling == .refuse { throw Refusal("error:subscriptions are refused,topic:\(names[0])") }
      // One wrong name spoils the whole.
      var wanted: [BybitTopic] = []
      for name in names { wanted.append(try topic(name)) }
      if operation == "subscribe" {
        for topic in wanted { topics.join(topic, id) }
      } else {
        for topic in wanted where topics.leave(topic, id) { endIfUnheard(topic) }
      }
      answer(operation, succeeds: true, request, id, &output)
      guard operation == "subscribe" else { return }
      for topic in wanted { greet(topic, id, &output) }
    } catch {
      answer(error.message, succeeds: false, request, id, &output)
    }
  }

  /// Why nothing of a request is done.
  private struct Refusal: Error {
    let message: String

    init(_ message: String) { self.message = message }
  }

  private func topic(_ name: String) throws(Refusal) -> BybitTopic {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard let place = parts.last.flatMap({ markets.place(named: $0) }) else {
      throw Refusal("Invalid symbol :[\(name)]")
    }
    switch (parts.first, parts.count) {
    case ("publicTrade", 2): return .trades(place)
    case ("tickers", 2): return .tickers(place)
    case ("orderbook", 3):
      if let depth = Int(parts[1]), BybitTopic.depths.contains(depth) { return .book(place, depth: depth) }
    default: break
    }
    throw Refusal("error:handler not found,topic:\(name)")
  }

  /// `{"success":true,"ret_msg":"subscribe","conn_id":"2324d924-…","req_id":"1","op":"subscribe"}`
  private func answer(
    _ message: String, succeeds: Bool, _ request: JSONTree, _ id: ConnectionID, _ output: inout VenueOutput
  ) {
    var answer: JSONTree = ["success": .boolean(succeeds), "ret_msg": .string(message)]
    answer["conn_id"] = .string("2324d924-0000-4000-8000-\(100_000_000_000 + id.number)")
    answer["req_id"] = request["req_id"]
    answer["op"] = request["op"] ?? ""
    output.send(answer, to: id)
  }

  private mutating func endIfUnheard(_ topic: BybitTopic) {
    guard topics[topic].isEmpty else { return }
    books.end(topic)
    delivery.forget(topic)
  }

  /// What a new subscription begins with.
  private mutating func greet(_ topic: BybitTopic, _ id: ConnectionID, _ output: inout VenueOutput) {
    let start = output.bytes.count
    switch topic {
    case .trades, .tickers: return
    case .book(let place, let depth):
      let snapshot = depth == 1 ? best(place) : begin(topic, place, depth)
      if depth > 1, withholdsSnapshot() { return }
      BybitMessages.book(snapshot, depth: depth, markets[place], &output.bytes)
    }
    output.publish(from: start, to: [id])
  }

  private mutating func begin(_ topic: BybitTopic, _ place: Int, _ depth: Int) -> BookMessage {
    books.begin(topic, of: place, depth: depth, interval: BybitVenue.interval(depth), markets[place])
  }

  /// Of the books of a depth; microseconds.
  private static func interval(_ depth: Int) -> Int64 { depth == 50 ? 20_000 : depth == 200 ? 100_000 : 200_000 }

  private func best(_ place: Int) -> BookMessage { BookMessage(snapshot: markets[place], atMost: 1) }

  // MARK: Markets and time

  package mutating func happened(_ event: SimulatedEvent, _ output: inout VenueOutput) {
    for news in books.news(before: event, at: markets.place(of: event), markets) { tell(news, &output) }
    guard let place = markets.take(event) else { return }
    let market = markets[place]
    switch event {
    case .trade(let trade):
      publish(.trades(place), &output) { BybitMessages.trade(trade, market, &$0) }
      publish(.tickers(place), &output) { BybitMessages.ticker(market, at: trade.time, &$0) }
    case .quote(let quote):
      if quote.delivery != .muted {
        publish(.book(place, depth: 1), &output) { BybitMessages.book(best(place), depth: 1, market, &$0) }
      }
      books.note(quote, at: place)
    }
  }

  private mutating func tell(_ news: BookStreams<BybitTopic>.News, _ output: inout VenueOutput) {
    guard case .book(_, let depth) = news.topic else { return }
    let start = output.bytes.count
    BybitMessages.book(news.message, depth: depth, markets[news.place], &output.bytes)
    delivery.publish(from: start, news.delivery, news.topic, to: topics[news.topic], &output)
  }

  private func publish(_ topic: BybitTopic, _ output: inout VenueOutput, _ write: (inout [UInt8]) -> Void) {
    let listeners = topics[topic]
    if listeners.isEmpty { return }
    let start = output.bytes.count
    write(&output.bytes)
    output.publish(from: start, to: listeners)
  }

  package var nextTick: Timestamp? { [idle.next, books.next].compactMap { $0 }.min() }

  package mutating func tick(at time: Timestamp, _ output: inout VenueOutput) {
    for news in books.news(at: time, markets) { tell(news, &output) }
    for id in idle.takeOverdue(at: time) { output.close(.normal, "idle for ten minutes", id) }
  }
}
