package import ArbdFramework
package import ArbdTransport

/// Coinbase Advanced Trade: channels `market_trades`, `level2`, `ticker` and `heartbeats`, and the list of products. All
/// messages of a connection are numbered, whatever they are about.
package struct CoinbaseAdvancedVenue: SimulatedVenue {
  private struct Client: Sendable {
    var sequence: Int64 = 0
    var messages = RollingWindow(limit: 8, length: 1_000_000)
  }

  private struct Stream: Hashable, Sendable {
    let client: ConnectionID
    let topic: CoinbaseAdvancedTopic
  }

  /// A second, and the quarter of one in which trades are gathered; microseconds.
  private static let heartbeatInterval: Int64 = 1_000_000
  private static let tradeInterval: Int64 = 250_000

  package var subscriptionHandling = SubscriptionHandling.heed
  package var withheldSnapshots = 0
  private var products: ListedMarkets
  private var clients: [ConnectionID: Client] = [:]
  private var topics = Topics<CoinbaseAdvancedTopic>()
  private var delivery = BookDelivery<Stream>()
  private var messages = CoinbaseAdvancedMessages()
  private var attempts = ConnectionAttempts(at: ["", "/"], limit: 8, window: 1_000_000)
  /// A client that has not subscribed after five seconds is disconnected.
  private var idle = IdleTimes(limit: 5_000_000)
  /// By product: trades that have not been told.
  private var gathered: [Int: [SimulatedTrade]] = [:]
  private var nextTrades: Timestamp?
  private var nextHeartbeat: Timestamp
  private var heartbeats: Int64 = 0
  private var events: [UInt8] = []

  package init(_ markets: [SimulatedMarket], start: Timestamp) {
    products = ListedMarkets(markets, of: .coinbaseAdvanced) { $0.description }
    nextHeartbeat = start
  }

  package mutating func refusal(of target: RequestTarget, at time: Timestamp) -> HTTPAnswer? {
    attempts.refusal(of: target, at: time)
  }

  package func answer(_ target: RequestTarget, at time: Timestamp) -> HTTPAnswer {
    CoinbaseAdvancedREST(markets: products.all).answer(target, at: time)
  }

  // MARK: Clients

  package mutating func opened(
    _ id: ConnectionID, _ target: RequestTarget, at time: Timestamp, _ output: inout VenueOutput
  ) {
    clients[id] = Client()
    idle.note(id, at: time)
  }

  package mutating func closed(_ id: ConnectionID) {
    for topic in topics.remove(id) { delivery.forget(Stream(client: id, topic: topic)) }
    clients[id] = nil
    idle.forget(id)
  }

  package mutating func received(
    _ text: [UInt8], from id: ConnectionID, at time: Timestamp, _ output: inout VenueOutput
  ) {
    if subscriptionHandling == .ignore { return }
    guard clients[id]?.messages.count(at: time.microseconds) ?? false else {
      return refuse("rate limit exceeded", id, &output)
    }
    guard let request = try? JSONTree(reading: text) else { return refuse("malformed message", id, &output) }
    let type = request["type"]?.string ?? ""
    guard type == "subscribe" || type == "unsubscribe" else { return refuse("unknown type \(type)", id, &output) }
    let name = request["channel"]?.string ?? ""
    guard let channel = CoinbaseAdvancedChannel(rawValue: name) else {
      return refuse("channel \(name) is not valid", id, &output)
    }
    if subscriptionHandling == .refuse { return refuse("subscriptions are refused", id, &output) }
    let names = request["product_ids"]?.strings ?? []
    if let unknown = names.first(where: { products.place(named: $0) == nil }) {
      return refuse("\(unknown) is not a valid product", id, &output)
    }
    let places: [Int?] = channel == .heartbeats ? [nil] : names.map { products.place(named: $0) }
    guard !places.isEmpty else { return refuse("product_ids must be provided for \(name)", id, &output) }
    idle.forget(id)
    // What a subscription begins with comes before its acknowledgement.
    for place in places {
      let topic = CoinbaseAdvancedTopic(channel: channel, place: place)
      if type == "unsubscribe" {
        topics.leave(topic, id)
        delivery.forget(Stream(client: id, topic: topic))
      } else {
        topics.join(topic, id)
        greet(topic, id, at: time, &output)
      }
    }
    acknowledge(id, at: time, &output)
  }

  private func refuse(_ message: String, _ id: ConnectionID, _ output: inout VenueOutput) {
    output.send(["type": "error", "message": .string(message)], to: id)
  }

  /// All subscriptions of the connection: `{"subscriptions":{"level2":["BTC-USD"],"market_trades":["BTC-USD"]}}`
  private mutating func acknowledge(_ id: ConnectionID, at time: Timestamp, _ output: inout VenueOutput) {
    var lists: JSONTree = .object([])
    for channel in CoinbaseAdvancedChannel.allCases {
      let own = topics.topics(of: id).filter { $0.channel == channel }
      if own.isEmpty { continue }
      lists[channel.rawValue] = .strings(own.compactMap { $0.place.map { products[$0].symbol } })
    }
    events.removeAll(keepingCapacity: true)
    events.append(tree: ["subscriptions": lists])
    let start = output.bytes.count
    write("subscriptions", id, at: time, &output)
    output.send(from: start, to: id)
  }

  private mutating func greet(
    _ topic: CoinbaseAdvancedTopic, _ id: ConnectionID, at time: Timestamp, _ output: inout VenueOutput
  ) {
    guard let place = topic.place else { return }
    let product = products[place]
    events.removeAll(keepingCapacity: true)
    switch topic.channel {
    case .trades:
      let history = product.trades.suffix(ListedMarket.keptTrades)
      if history.isEmpty { return }
      messages.trades(history, isSnapshot: true, product, &events)
    case .level2:
      if withholdsSnapshot() { return }
      messages.book(BookMessage(snapshot: product), product, &events)
    case .ticker, .tickerBatch:
      CoinbaseAdvancedMessages.ticker(product, isSnapshot: true, withBest: topic.channel == .ticker, &events)
    case .heartbeats, .status: return
    }
    let start = output.bytes.count
    write(topic.channel.nameInData, id, at: time, &output)
    output.publish(from: start, to: [id])
  }

  /// Writes `events` as the client's next message.
  private mutating func write(_ channel: String, _ id: ConnectionID, at time: Timestamp, _ output: inout VenueOutput) {
    let number = clients[id]?.sequence ?? 0
    clients[id]?.sequence = number + 1
    messages.envelope(channel, number, at: time, events: events, &output.bytes)
  }

  // MARK: Markets and time

  package mutating func happened(_ event: SimulatedEvent, _ output: inout VenueOutput) {
    guard let place = products.take(event) else { return }
    switch event {
    case .trade(let trade):
      if !topics[CoinbaseAdvancedTopic(channel: .trades, place: place)].isEmpty {
        gathered[place, default: []].append(trade)
        nextTrades =
          nextTrades ?? Timestamp(microseconds: trade.time.microseconds + CoinbaseAdvancedVenue.tradeInterval)
      }
      let product = products[place]
      publish(.ticker, place, nil, at: trade.time, &output) {
        CoinbaseAdvancedMessages.ticker(product, isSnapshot: false, withBest: true, &$1)
      }
    case .quote(let quote):
      let product = products[place]
      publish(.level2, place, quote.delivery, at: quote.time, &output) { $0.book(BookMessage(quote), product, &$1) }
    }
  }

  private mutating func publish(
    _ channel: CoinbaseAdvancedChannel, _ place: Int, _ delivery: SimulatedQuote.Delivery?, at time: Timestamp,
    _ output: inout VenueOutput, _ writeEvent: (inout CoinbaseAdvancedMessages, inout [UInt8]) -> Void
  ) {
    let topic = CoinbaseAdvancedTopic(channel: channel, place: place)
    let listeners = topics[topic]
    if listeners.isEmpty { return }
    events.removeAll(keepingCapacity: true)
    writeEvent(&messages, &events)
    for id in listeners {
      let start = output.bytes.count
      write(channel.nameInData, id, at: time, &output)
      if let delivery {
        self.delivery.publish(from: start, delivery, Stream(client: id, topic: topic), to: [id], &output)
      } else {
        output.publish(from: start, to: [id])
      }
    }
  }

  package var nextTick: Timestamp? {
    let heartbeat = topics[CoinbaseAdvancedTopic(channel: .heartbeats, place: nil)].isEmpty ? nil : nextHeartbeat
    return [idle.next, nextTrades, heartbeat].compactMap { $0 }.min()
  }

  package mutating func tick(at time: Timestamp, _ output: inout VenueOutput) {
    for id in idle.takeOverdue(at: time) { output.close(.policyViolation, "no subscription within 5 seconds", id) }
    if let nextTrades, nextTrades <= time { tellTrades(at: time, &output) }
    guard nextHeartbeat <= time else { return }
    let missed = (time.microseconds - nextHeartbeat.microseconds) / CoinbaseAdvancedVenue.heartbeatInterval + 1
    nextHeartbeat = Timestamp(
      microseconds: nextHeartbeat.microseconds + missed * CoinbaseAdvancedVenue.heartbeatInterval)
    heartbeats += 1
    for id in topics[CoinbaseAdvancedTopic(channel: .heartbeats, place: nil)] {
      events.removeAll(keepingCapacity: true)
      messages.heartbeat(heartbeats, at: time, &events)
      let start = output.bytes.count
      write("heartbeats", id, at: time, &output)
      output.send(from: start, to: id)
    }
  }

  private mutating func tellTrades(at time: Timestamp, _ output: inout VenueOutput) {
    nextTrades = nil
    let all = gathered
    gathered = [:]
    for (place, trades) in all.sorted(by: { $0.key < $1.key }) {
      let product = products[place]
      publish(.trades, place, nil, at: time, &output) { $0.trades(trades, isSnapshot: false, product, &$1) }
    }
  }
}
