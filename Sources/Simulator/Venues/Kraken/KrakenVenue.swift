package import ArbdFramework
package import ArbdTransport

/// Kraken's WebSocket API v2: `trade`, `ticker`, `book` and `instrument`, and the lists of pairs and assets.
package struct KrakenVenue: SimulatedVenue {
  package var subscriptionHandling = SubscriptionHandling.heed
  package var withheldSnapshots = 0
  private var markets: ListedMarkets
  private var topics = Topics<KrakenTopic>()
  private var books = BookStreams<KrakenTopic>(tellsWhatFallsOut: false)
  private var delivery = BookDelivery<KrakenTopic>()
  private var messages = KrakenMessages()
  private var attempts = ConnectionAttempts(at: ["/v2", "/v2/"], limit: 150, window: 600_000_000)
  /// Clients that listen to nothing are disconnected after a minute without a request.
  private var idle = IdleTimes(limit: 60_000_000)
  /// Clients that listen to something, and whether they have got anything since the last heartbeat.
  private var hasTraffic: [ConnectionID: Bool] = [:]
  private var nextHeartbeat: Timestamp
  private static let heartbeatInterval: Int64 = 1_000_000

  package init(_ markets: [SimulatedMarket], start: Timestamp) {
    self.markets = ListedMarkets(markets, of: .kraken) { "\($0.base)/\($0.quote)" }
    nextHeartbeat = start
  }

  package mutating func refusal(of target: RequestTarget, at time: Timestamp) -> HTTPAnswer? {
    attempts.refusal(of: target, at: time)
  }

  package func answer(_ target: RequestTarget, at time: Timestamp) -> HTTPAnswer {
    KrakenInstruments(markets: markets.all).answer(target, at: time)
  }

  // MARK: Clients

  package mutating func opened(
    _ id: ConnectionID, _ target: RequestTarget, at time: Timestamp, _ output: inout VenueOutput
  ) {
    idle.note(id, at: time)
    let status: JSONTree = [
      "system": "online", "api_version": "v2", "connection_id": .number(10_000_000 + id.number), "version": "2.0.10",
    ]
    output.send(["channel": "status", "type": "update", "data": [status]], to: id)
  }

  package mutating func closed(_ id: ConnectionID) {
    for topic in topics.remove(id) { endIfUnheard(topic) }
    idle.forget(id)
    hasTraffic[id] = nil
  }

  package mutating func received(
    _ text: [UInt8], from id: ConnectionID, at time: Timestamp, _ output: inout VenueOutput
  ) {
    if topics.topics(of: id).isEmpty { idle.note(id, at: time) }
    do throws(KrakenRequest.Problem) {
      let request = try KrakenRequest(text)
      if request.method == .ping {
        var pong = messages.answer([], to: request.tree, at: time)
        pong["method"] = "pong"
        return output.send(pong, to: id)
      }
      if subscriptionHandling == .ignore { return }
      try perform(request, id, at: time, &output)
    } catch {
      if subscriptionHandling == .ignore { return }
      output.send(["success": false, "error": .string(error.message)], to: id)
    }
  }

  private mutating func perform(
    _ request: KrakenRequest, _ id: ConnectionID, at time: Timestamp, _ output: inout VenueOutput
  ) throws(KrakenRequest.Problem) {
    let channel = try request.channel()
    if channel == .instrument {
      return try perform(request, channel, nil, .instruments, id, at: time, &output)
    }
    guard !request.symbols.isEmpty else { throw KrakenRequest.Problem(message: "Symbol(s) not found") }
    for symbol in request.symbols {
      if let place = markets.place(named: symbol) {
        let topic = try request.topic(channel, at: place)
        try perform(request, channel, symbol, topic, id, at: time, &output)
      } else {
        refuse(request, "Currency pair not supported \(symbol)", symbol, id, at: time, &output)
      }
    }
  }

  /// There is an answer for each symbol.
  private mutating func perform(
    _ request: KrakenRequest, _ channel: KrakenRequest.Channel, _ symbol: String?, _ topic: KrakenTopic,
    _ id: ConnectionID, at time: Timestamp, _ output: inout VenueOutput
  ) throws(KrakenRequest.Problem) {
    if subscriptionHandling == .refuse {
      return refuse(request, "Subscriptions are refused", symbol, id, at: time, &output)
    }
    if request.method == .unsubscribe {
      guard topics.leave(topic, id) else {
        return refuse(request, "Subscription not found", symbol, id, at: time, &output)
      }
      endIfUnheard(topic)
    } else {
      topics.join(topic, id)
    }
    if topics.topics(of: id).isEmpty {
      idle.note(id, at: time)
      hasTraffic[id] = nil
    } else {
      idle.forget(id)
      hasTraffic[id] = true
    }
    let result = request.result(channel, symbol)
    let members: [JSONTree.Member] = [.init("success", true), .init("result", result)]
    output.send(messages.answer(members, to: request.tree, at: time), to: id)
    guard request.method == .subscribe else { return }
    if case .book = topic {
      // A book that nobody was told of cannot be followed either.
      greet(topic, withSnapshot: request.wantsSnapshot(of: channel) && !withholdsSnapshot(), id, &output)
    } else if request.wantsSnapshot(of: channel) {
      greet(topic, withSnapshot: true, id, &output)
    }
  }

  private mutating func refuse(
    _ request: KrakenRequest, _ message: String, _ symbol: String?, _ id: ConnectionID, at time: Timestamp,
    _ output: inout VenueOutput
  ) {
    var members: [JSONTree.Member] = [.init("success", false), .init("error", .string(message))]
    if let symbol { members.append(.init("symbol", .string(symbol))) }
    output.send(messages.answer(members, to: request.tree, at: time), to: id)
  }

  private mutating func endIfUnheard(_ topic: KrakenTopic) {
    guard topics[topic].isEmpty else { return }
    books.end(topic)
    delivery.forget(topic)
  }

  /// What a new subscription begins with.
  private mutating func greet(
    _ topic: KrakenTopic, withSnapshot: Bool, _ id: ConnectionID, _ output: inout VenueOutput
  ) {
    let start = output.bytes.count
    switch topic {
    case .instruments: return output.send(KrakenInstruments(markets: markets.all).message, to: id)
    case .trades(let place):
      let market = markets[place]
      messages.trades(market.trades.suffix(ListedMarket.keptTrades), isSnapshot: true, market, &output.bytes)
    case .ticker(let place, _):
      guard let quote = markets[place].quote else { return }
      messages.ticker(quote.top, at: quote.time, isSnapshot: true, markets[place], &output.bytes)
    case .book(let place, let depth):
      let snapshot = books.begin(topic, of: place, depth: depth, markets[place])
      guard withSnapshot else { return }
      messages.book(snapshot, markets[place], &output.bytes)
    }
    output.publish(from: start, to: [id])
  }

  // MARK: Markets and time

  package mutating func happened(_ event: SimulatedEvent, _ output: inout VenueOutput) {
    guard let place = markets.take(event) else { return }
    let market = markets[place]
    switch event {
    case .trade(let trade):
      publish(.trades(place), &output) { $0.trades([trade], isSnapshot: false, market, &$1) }
      publish(.ticker(place, onTrades: true), &output) {
        $0.ticker(trade.top, at: trade.time, isSnapshot: false, market, &$1)
      }
    case .quote(let quote):
      if quote.delivery != .muted {
        publish(.ticker(place, onTrades: false), &output) {
          $0.ticker(quote.top, at: quote.time, isSnapshot: false, market, &$1)
        }
      }
      books.note(quote, at: place)
      for news in books.news(at: quote.time, markets) { tell(news, &output) }
    }
  }

  private mutating func publish(
    _ topic: KrakenTopic, _ output: inout VenueOutput, _ write: (inout KrakenMessages, inout [UInt8]) -> Void
  ) {
    let listeners = topics[topic]
    if listeners.isEmpty { return }
    let start = output.bytes.count
    write(&messages, &output.bytes)
    output.publish(from: start, to: listeners)
    for id in listeners { hasTraffic[id] = true }
  }

  private mutating func tell(_ news: BookStreams<KrakenTopic>.News, _ output: inout VenueOutput) {
    let listeners = topics[news.topic]
    let start = output.bytes.count
    messages.book(news.message, markets[news.place], &output.bytes)
    delivery.publish(from: start, news.delivery, news.topic, to: listeners, &output)
    if news.delivery != .muted { for id in listeners { hasTraffic[id] = true } }
  }

  package var nextTick: Timestamp? {
    guard let next = idle.next else { return hasTraffic.isEmpty ? nil : nextHeartbeat }
    return hasTraffic.isEmpty ? next : min(next, nextHeartbeat)
  }

  package mutating func tick(at time: Timestamp, _ output: inout VenueOutput) {
    for id in idle.takeOverdue(at: time) { output.close(.normal, "idle for a minute", id) }
    guard nextHeartbeat <= time else { return }
    let missed = (time.microseconds - nextHeartbeat.microseconds) / KrakenVenue.heartbeatInterval + 1
    nextHeartbeat = Timestamp(microseconds: nextHeartbeat.microseconds + missed * KrakenVenue.heartbeatInterval)
    for id in hasTraffic.keys.sorted(by: { $0.number < $1.number }) {
      if hasTraffic[id] == false { output.send(["channel": "heartbeat"], to: id) }
      hasTraffic[id] = false
    }
  }
}
