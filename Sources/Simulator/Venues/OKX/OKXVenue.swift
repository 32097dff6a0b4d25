package import ArbdFramework
package import ArbdTransport

/// OKX's public channels `trades`, `bbo-tbt`, `books`, `books5` and `tickers`, and the list of instruments.
package struct OKXVenue: SimulatedVenue {
  package var subscriptionHandling = SubscriptionHandling.heed
  package var withheldSnapshots = 0
  private var markets: ListedMarkets
  private var topics = Topics<OKXTopic>()
  private var books = BookStreams<OKXTopic>(tellsWhatFallsOut: true)
  private var delivery = BookDelivery<OKXTopic>()
  private var attempts = ConnectionAttempts(at: ["/ws/v5/public", "/ws/v5/business"], limit: 3, window: 1_000_000)
  /// Clients that have neither asked for nor got anything for half a minute are disconnected.
  private var idle = IdleTimes(limit: 30_000_000)
  /// Of `books`; microseconds.
  private static let bookInterval: Int64 = 100_000
  /// Requests to subscribe or unsubscribe in an hour.
  private var requests: [ConnectionID: RollingWindow] = [:]

  package init(_ markets: [SimulatedMarket]) {
    self.markets = ListedMarkets(markets, of: .okx) { $0.description }
  }

  package mutating func refusal(of target: RequestTarget, at time: Timestamp) -> HTTPAnswer? {
    attempts.refusal(of: target, at: time)
  }

  package func answer(_ target: RequestTarget, at time: Timestamp) -> HTTPAnswer {
    OKXREST(markets: markets.all).answer(target, at: time)
  }

  // MARK: Clients

  package mutating func opened(
    _ id: ConnectionID, _ target: RequestTarget, at time: Timestamp, _ output: inout VenueOutput
  ) {
    idle.note(id, at: time)
    requests[id] = RollingWindow(limit: 480, length: 3_600_000_000)
  }

  package mutating func closed(_ id: ConnectionID) {
    for topic in topics.remove(id) { endIfUnheard(topic) }
    idle.forget(id)
    requests[id] = nil
  }

  package mutating func received(
    _ text: [UInt8], from id: ConnectionID, at time: Timestamp, _ output: inout VenueOutput
  ) {
    idle.note(id, at: time)
    // No JSON, and neither is the answer.
    if text.elementsEqual("ping".utf8) {
      let start = output.bytes.count
      output.bytes.append("pong")
      return output.send(from: start, to: id)
    }
    if subscriptionHandling == .ignore { return }
    guard let request = try? JSONTree(reading: text), let operation = request["op"]?.string,
      let arguments = request["args"]?.elements
    else { return refuse(nil, "60012", "Invalid request: \(String(decoding: text, as: UTF8.self))", id, &output) }
    guard operation == "subscribe" || operation == "unsubscribe" else {
      return refuse(request, "60019", "Invalid op: \(operation)", id, &output)
    }
    guard requests[id]?.count(at: time.microseconds) ?? false else {
      return refuse(request, "60014", "Requests too frequent", id, &output)
    }
    for argument in arguments {
      perform(argument, isSubscription: operation == "subscribe", request, id, &output)
    }
  }

  private mutating func perform(
    _ argument: JSONTree, isSubscription: Bool, _ request: JSONTree, _ id: ConnectionID, _ output: inout VenueOutput
  ) {
    let (name, symbol) = (argument["channel"]?.string ?? "", argument["instId"]?.string ?? "")
    guard let channel = OKXChannel(rawValue: name), let place = markets.place(named: symbol) else {
      let subject = "channel:\(name),instId:\(symbol)"
      return refuse(
        request, "60018", "Wrong URL or \(subject) doesn't exist. Please use the correct URL, channel and parameters.",
        id, &output)
    }
    if subscriptionHandling == .refuse {
      return refuse(
        request, "60018", "Wrong URL or channel:\(name),instId:\(symbol) doesn't exist: subscriptions are refused.", id,
        &output)
    }
    let topic = OKXTopic(channel: channel, place: place)
    if isSubscription {
      topics.join(topic, id)
    } else {
      topics.leave(topic, id)
      endIfUnheard(topic)
    }
    var event: JSONTree = ["event": isSubscription ? "subscribe" : "unsubscribe", "arg": argument]
    event["connId"] = .string(OKXVenue.name(of: id))
    event["id"] = request["id"]
    output.send(event, to: id)
    if isSubscription { greet(topic, id, &output) }
  }

  private func refuse(
    _ request: JSONTree?, _ code: String, _ message: String, _ id: ConnectionID, _ output: inout VenueOutput
  ) {
    var event: JSONTree = ["event": "error", "code": .string(code), "msg": .string(message)]
    event["connId"] = .string(OKXVenue.name(of: id))
    event["id"] = request?["id"]
    output.send(event, to: id)
  }

  private static func name(of id: ConnectionID) -> String {
    var bytes: [UInt8] = []
    bytes.append(hexadecimal: UInt64(id.number) &* 0x9E37_79B9, digits: 8)
    return String(decoding: bytes, as: UTF8.self)
  }

  private mutating func endIfUnheard(_ topic: OKXTopic) {
    guard topics[topic].isEmpty else { return }
    books.end(topic)
    delivery.forget(topic)
  }

  /// What a new subscription begins with.
  private mutating func greet(_ topic: OKXTopic, _ id: ConnectionID, _ output: inout VenueOutput) {
    let market = markets[topic.place]
    let start = output.bytes.count
    switch topic.channel {
    case .trades: return
    case .tickers: OKXMessages.ticker(market, &output.bytes)
    case .best, .books5: OKXMessages.best(topic.channel, market, &output.bytes)
    case .books:
      let snapshot = books.begin(
        topic, of: topic.place, depth: topic.channel.depth, interval: OKXVenue.bookInterval, market)
      if withholdsSnapshot() { return }
      OKXMessages.book(snapshot, market, &output.bytes)
    }
    output.publish(from: start, to: [id])
  }

  // MARK: Markets and time

  package mutating func happened(_ event: SimulatedEvent, _ output: inout VenueOutput) {
    for news in books.news(before: event, at: markets.place(of: event), markets) { tell(news, &output) }
    guard let place = markets.take(event) else { return }
    let market = markets[place]
    switch event {
    case .trade(let trade):
      publish(.trades, place, trade.time, &output) { OKXMessages.trade(trade, market, &$0) }
      publish(.tickers, place, trade.time, &output) { OKXMessages.ticker(market, &$0) }
    case .quote(let quote):
      books.note(quote, at: place)
      guard quote.delivery != .muted else { return }
      publish(.best, place, quote.time, &output) { OKXMessages.best(.best, market, &$0) }
      publish(.books5, place, quote.time, &output) { OKXMessages.best(.books5, market, &$0) }
    }
  }

  private mutating func tell(_ news: BookStreams<OKXTopic>.News, _ output: inout VenueOutput) {
    let listeners = topics[news.topic]
    let start = output.bytes.count
    OKXMessages.book(news.message, markets[news.place], &output.bytes)
    delivery.publish(from: start, news.delivery, news.topic, to: listeners, &output)
    if news.delivery != .muted { for id in listeners { idle.note(id, at: news.message.time) } }
  }

  private mutating func publish(
    _ channel: OKXChannel, _ place: Int, _ time: Timestamp, _ output: inout VenueOutput,
    _ write: (inout [UInt8]) -> Void
  ) {
    let listeners = topics[OKXTopic(channel: channel, place: place)]
    if listeners.isEmpty { return }
    let start = output.bytes.count
    write(&output.bytes)
    output.publish(from: start, to: listeners)
    for id in listeners { idle.note(id, at: time) }
  }

  package var nextTick: Timestamp? { [idle.next, books.next].compactMap { $0 }.min() }

  package mutating func tick(at time: Timestamp, _ output: inout VenueOutput) {
    for news in books.news(at: time, markets) { tell(news, &output) }
    for id in idle.takeOverdue(at: time) {
      output.close(CloseCode(rawValue: 4004), "No data received in 30s.", id)
    }
  }
}
