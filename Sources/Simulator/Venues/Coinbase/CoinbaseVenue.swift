package import ArbdFramework
package import ArbdTransport

/// Coinbase Exchange: channels `matches`, `ticker`, `heartbeat`, `level2` and `level2_batch`, and the lists of products and
/// currencies.
package struct CoinbaseVenue: SimulatedVenue {
  private struct Client: Sendable {
    let deadline: Timestamp
    /// In the order in which channels were first named.
    var channels: [(channel: CoinbaseChannel, products: [Int])] = []
    var hasSubscribed = false
  }

  /// A client that has not subscribed by then is disconnected.
  private static let subscribeDeadline: Int64 = 5_000_000
  private static let heartbeatInterval: Int64 = 1_000_000

  package var subscriptionHandling = SubscriptionHandling.heed
  package var withheldSnapshots = 0
  private var products: ListedMarkets
  private var clients: [ConnectionID: Client] = [:]
  private var waiting: [(id: ConnectionID, deadline: Timestamp)] = []
  private var listeners: [CoinbaseChannel: Subscribers] = [:]
  private struct BookTopic: Hashable, Sendable {
    let channel: CoinbaseChannel
    let product: Int
  }

  /// Of `level2_batch`; microseconds.
  private static let batchInterval: Int64 = 50_000

  private var books = BookStreams<BookTopic>(tellsWhatFallsOut: true)
  private var delivery = BookDelivery<BookTopic>()
  private var heartbeatCount = 0
  private var nextHeartbeat: Timestamp
  private var messages = CoinbaseMessages()

  /// `markets`: all of the simulation; those of other venues are passed over.
  package init(_ markets: [SimulatedMarket], start: Timestamp) {
    products = ListedMarkets(markets, of: .coinbase) { $0.description }
    for channel in CoinbaseChannel.allCases { listeners[channel] = Subscribers(streams: products.all.count) }
    nextHeartbeat = Timestamp(microseconds: start.microseconds + CoinbaseVenue.heartbeatInterval)
  }

  // MARK: HTTP

  package mutating func refusal(of target: RequestTarget, at time: Timestamp) -> HTTPAnswer? {
    target.path == "/" || target.path.isEmpty ? nil : HTTPAnswer(status: 404, json: "{\"message\":\"NotFound\"}")
  }

  package func answer(_ target: RequestTarget, at time: Timestamp) -> HTTPAnswer {
    CoinbaseREST(markets: products.all.map(\.market)).answer(target, at: time)
  }

  // MARK: Clients

  package mutating func opened(
    _ id: ConnectionID, _ target: RequestTarget, at time: Timestamp, _ output: inout VenueOutput
  ) {
    let deadline = Timestamp(microseconds: time.microseconds + CoinbaseVenue.subscribeDeadline)
    clients[id] = Client(deadline: deadline)
    waiting.append((id, deadline))
  }

  package mutating func closed(_ id: ConnectionID) {
    guard let client = clients.removeValue(forKey: id) else { return }
    waiting.removeAll { $0.id == id }
    for (channel, products) in client.channels {
      for product in products { leave(channel, product, id) }
    }
  }

  package mutating func received(
    _ text: [UInt8], from id: ConnectionID, at time: Timestamp, _ output: inout VenueOutput
  ) {
    if subscriptionHandling == .ignore { return }
    let start = output.bytes.count
    do throws(CoinbaseRequest.Problem) {
      let request = try CoinbaseRequest(text)
      if subscriptionHandling == .refuse {
        CoinbaseMessages.error("Failed to subscribe", reason: "subscriptions are refused", &output.bytes)
      } else {
        return perform(request, id, &output)
      }
    } catch {
      let (message, reason) = CoinbaseVenue.explain(error)
      CoinbaseMessages.error(message, reason: reason, &output.bytes)
    }
    output.send(from: start, to: id)
  }

  private static func explain(_ problem: CoinbaseRequest.Problem) -> (message: String, reason: String?) {
    switch problem {
    case .notJSON: ("Malformed JSON", nil)
    case .unknownType: ("Invalid message", "type must be subscribe or unsubscribe")
    case .noChannels: ("Failed to subscribe", "channels must be provided")
    }
  }

  private mutating func perform(_ request: CoinbaseRequest, _ id: ConnectionID, _ output: inout VenueOutput) {
    guard var client = clients[id] else { return }
    let start = output.bytes.count
    if let reason = problem(request) {
      CoinbaseMessages.error("Failed to \(request.kind.rawValue)", reason: reason, &output.bytes)
      return output.send(from: start, to: id)
    }
    if request.kind == .subscribe, !client.hasSubscribed {
      client.hasSubscribed = true
      waiting.removeAll { $0.id == id }
    }
    var added: [(CoinbaseChannel, Int)] = []
    for entry in request.channels {
      guard let channel = CoinbaseChannel(rawValue: entry.name) else { continue }
      let places = entry.products.compactMap { products.place(named: $0) }
      switch request.kind {
      case .subscribe: added += subscribe(&client, channel, places, id)
      case .unsubscribe: unsubscribe(&client, channel, places, all: entry.products.isEmpty, id)
      }
    }
    clients[id] = client
    acknowledge(client, id, &output)
    for (channel, product) in added { greet(channel, product, id, &output) }
  }

  /// Why nothing of the request can be done. As at the venue, one wrong name spoils the whole.
  private func problem(_ request: CoinbaseRequest) -> String? {
    for entry in request.channels {
      if CoinbaseChannel.privateNames.contains(entry.name) {
        return "\(entry.name) channel requires authentication"
      }
      guard let channel = CoinbaseChannel(rawValue: entry.name) else { return "\(entry.name) is not a valid channel" }
      if request.kind == .subscribe, channel.isPrivate, !request.isSigned {
        return "\(entry.name) channel requires authentication"
      }
      if let unknown = entry.products.first(where: { products.place(named: $0) == nil }) {
        return "\(unknown) is not a valid product"
      }
      if request.kind == .subscribe, entry.products.isEmpty, channel != .status {
        return "product_ids must be provided for the \(entry.name) channel"
      }
    }
    return nil
  }

  private mutating func subscribe(
    _ client: inout Client, _ channel: CoinbaseChannel, _ places: [Int], _ id: ConnectionID
  ) -> [(CoinbaseChannel, Int)] {
    var added: [(CoinbaseChannel, Int)] = []
    if !client.channels.contains(where: { $0.channel == channel }) { client.channels.append((channel, [])) }
    guard let entry = client.channels.firstIndex(where: { $0.channel == channel }) else { return [] }
    var known = Set(client.channels[entry].products)
    for place in places where known.insert(place).inserted {
      client.channels[entry].products.append(place)
      join(channel, place, id)
      added.append((channel, place))
    }
    return added
  }

  private mutating func unsubscribe(
    _ client: inout Client, _ channel: CoinbaseChannel, _ places: [Int], all: Bool, _ id: ConnectionID
  ) {
    guard let entry = client.channels.firstIndex(where: { $0.channel == channel }) else { return }
    let leaving = Set(all ? client.channels[entry].products : places)
    for place in client.channels[entry].products where leaving.contains(place) { leave(channel, place, id) }
    client.channels[entry].products.removeAll { leaving.contains($0) }
    if client.channels[entry].products.isEmpty { client.channels.remove(at: entry) }
  }

  private mutating func join(_ channel: CoinbaseChannel, _ product: Int, _ id: ConnectionID) {
    listeners[channel]?.add(id, to: product)
    if channel == .heartbeat { heartbeatCount += 1 }
  }

  private mutating func leave(_ channel: CoinbaseChannel, _ product: Int, _ id: ConnectionID) {
    listeners[channel]?.remove(id, from: product)
    if channel == .heartbeat { heartbeatCount -= 1 }
    guard channel.isBook, listeners(to: channel, of: product).isEmpty else { return }
    let topic = BookTopic(channel: channel, product: product)
    books.end(topic)
    delivery.forget(topic)
  }

  private func listeners(to channel: CoinbaseChannel, of product: Int) -> [ConnectionID] {
    listeners[channel]?[product] ?? []
  }

  /// All subscriptions of the connection, not only the new ones.
  private func acknowledge(_ client: Client, _ id: ConnectionID, _ output: inout VenueOutput) {
    let start = output.bytes.count
    let channels = client.channels.map { channel, places in
      CoinbaseRequest.Channel(
        name: channel.rawValue, products: places.map { products[$0].market.instrument.description })
    }
    CoinbaseMessages.subscriptions(channels, &output.bytes)
    output.send(from: start, to: id)
  }

  /// What a new subscription begins with.
  private mutating func greet(
    _ channel: CoinbaseChannel, _ product: Int, _ id: ConnectionID, _ output: inout VenueOutput
  ) {
    let (market, start) = (products[product], output.bytes.count)
    switch channel {
    case .matches:
      guard let trade = market.trades.last else { return }
      messages.match(trade, market.market, isLast: true, &output.bytes)
    case .ticker:
      guard let trade = market.trades.last, let day = market.day else { return }
      messages.ticker(trade, market.market, day, &output.bytes)
    case .level2, .level2Batch:
      let topic = BookTopic(channel: channel, product: product)
      let interval = channel == .level2 ? 0 : CoinbaseVenue.batchInterval
      let snapshot = books.begin(topic, of: product, interval: interval, market)
      if withholdsSnapshot() { return }
      messages.book(snapshot, market.market, &output.bytes)
    case .heartbeat, .tickerBatch, .status: return
    }
    output.publish(from: start, to: [id])
  }

  // MARK: Markets and time

  package mutating func happened(_ event: SimulatedEvent, _ output: inout VenueOutput) {
    for news in books.news(before: event, at: products.place(of: event), products) { tell(news, &output) }
    guard let place = products.take(event) else { return }
    let product = products[place]
    switch event {
    case .trade(let trade):
      publish(.matches, place, &output) { $0.match(trade, product.market, isLast: false, &$1) }
      guard let day = product.day else { return }
      publish(.ticker, place, &output) { $0.ticker(trade, product.market, day, &$1) }
    case .quote(let quote):
      books.note(quote, at: place)
      for news in books.news(at: quote.time, products) { tell(news, &output) }
    }
  }

  private mutating func tell(_ news: BookStreams<BookTopic>.News, _ output: inout VenueOutput) {
    let start = output.bytes.count
    messages.book(news.message, products[news.place].market, &output.bytes)
    let listeners = listeners(to: news.topic.channel, of: news.place)
    delivery.publish(from: start, news.delivery, news.topic, to: listeners, &output)
  }

  private mutating func publish(
    _ channel: CoinbaseChannel, _ product: Int, _ output: inout VenueOutput,
    _ write: (inout CoinbaseMessages, inout [UInt8]) -> Void
  ) {
    let listeners = listeners(to: channel, of: product)
    if listeners.isEmpty { return }
    let start = output.bytes.count
    write(&messages, &output.bytes)
    output.publish(from: start, to: listeners)
  }

  package var nextTick: Timestamp? {
    let heartbeat = heartbeatCount > 0 ? nextHeartbeat : nil
    return [heartbeat, waiting.first?.deadline, books.next].compactMap { $0 }.min()
  }

  package mutating func tick(at time: Timestamp, _ output: inout VenueOutput) {
    for news in books.news(at: time, products) { tell(news, &output) }
    while let first = waiting.first, first.deadline <= time {
      waiting.removeFirst()
      output.close(.policyViolation, "no subscription within 5 seconds", first.id)
    }
    guard nextHeartbeat <= time else { return }
    let missed = (time.microseconds - nextHeartbeat.microseconds) / CoinbaseVenue.heartbeatInterval + 1
    nextHeartbeat = Timestamp(microseconds: nextHeartbeat.microseconds + missed * CoinbaseVenue.heartbeatInterval)
    for (place, product) in products.all.enumerated() {
      let listeners = listeners(to: .heartbeat, of: place)
      if listeners.isEmpty { continue }
      let start = output.bytes.count
      messages.heartbeat(
        product.market, sequence: product.trades.last?.sequence ?? 0, lastTradeID: product.trades.last?.tradeID ?? 0,
        at: time, &output.bytes)
      for id in listeners { output.send(from: start, to: id) }
    }
  }
}
