package import ArbdFramework
package import ArbdTransport

/// Coinbase Exchange: channels `matches`, `ticker` and `heartbeat`, and the lists of products and currencies.
package struct CoinbaseVenue: SimulatedVenue {
  private struct Product: Sendable {
    let market: SimulatedMarket
    var lastTrade: SimulatedTrade?
    var day: CoinbaseDay?
  }

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
  private var products: [Product] = []
  /// By a market's place in the simulation.
  private var productOf: [Int: Int] = [:]
  private var productNamed: [String: Int] = [:]
  private var clients: [ConnectionID: Client] = [:]
  private var waiting: [(id: ConnectionID, deadline: Timestamp)] = []
  private var matches: Subscribers
  private var tickers: Subscribers
  private var heartbeats: Subscribers
  private var heartbeatCount = 0
  private var nextHeartbeat: Timestamp
  private var messages = CoinbaseMessages()

  /// `markets`: all of the simulation; those of other venues are passed over.
  package init(_ markets: [SimulatedMarket], start: Timestamp) {
    for (place, market) in markets.enumerated() where market.venue == .coinbase {
      productOf[place] = products.count
      productNamed[market.instrument.description] = products.count
      products.append(Product(market: market))
    }
    matches = Subscribers(streams: products.count)
    tickers = matches
    heartbeats = matches
    nextHeartbeat = Timestamp(microseconds: start.microseconds + CoinbaseVenue.heartbeatInterval)
  }

  // MARK: HTTP

  package mutating func refusal(of target: RequestTarget, at time: Timestamp) -> HTTPAnswer? {
    target.path == "/" || target.path.isEmpty ? nil : HTTPAnswer(status: 404, json: "{\"message\":\"NotFound\"}")
  }

  package func answer(_ target: RequestTarget, at time: Timestamp) -> HTTPAnswer {
    CoinbaseREST(markets: products.map(\.market)).answer(target, at: time)
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
    _ control: ControlFrame, _ payload: [UInt8], from id: ConnectionID, at time: Timestamp,
    _ output: inout VenueOutput
  ) {}

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
      let places = entry.products.compactMap { productNamed[$0] }
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
      if let unknown = entry.products.first(where: { productNamed[$0] == nil }) {
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
    switch channel {
    case .matches: matches.add(id, to: product)
    case .ticker: tickers.add(id, to: product)
    case .heartbeat: heartbeats.add(id, to: product)
    case .tickerBatch, .status: break
    }
    if channel == .heartbeat { heartbeatCount += 1 }
  }

  private mutating func leave(_ channel: CoinbaseChannel, _ product: Int, _ id: ConnectionID) {
    switch channel {
    case .matches: matches.remove(id, from: product)
    case .ticker: tickers.remove(id, from: product)
    case .heartbeat: heartbeats.remove(id, from: product)
    case .tickerBatch, .status: break
    }
    if channel == .heartbeat { heartbeatCount -= 1 }
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
    guard let trade = products[product].lastTrade, let day = products[product].day else { return }
    let start = output.bytes.count
    switch channel {
    case .matches: messages.match(trade, products[product].market, isLast: true, &output.bytes)
    case .ticker: messages.ticker(trade, products[product].market, day, &output.bytes)
    case .heartbeat, .tickerBatch, .status: return
    }
    output.publish(from: start, to: [id])
  }

  // MARK: Markets and time

  package mutating func happened(_ event: SimulatedEvent, _ output: inout VenueOutput) {
    guard case .trade(let trade) = event, let place = productOf[trade.market] else { return }
    products[place].lastTrade = trade
    products[place].day = products[place].day ?? CoinbaseDay(trade)
    products[place].day?.add(trade)
    if !matches[place].isEmpty {
      let start = output.bytes.count
      messages.match(trade, products[place].market, isLast: false, &output.bytes)
      output.publish(from: start, to: matches[place])
    }
    if !tickers[place].isEmpty, let day = products[place].day {
      let start = output.bytes.count
      messages.ticker(trade, products[place].market, day, &output.bytes)
      output.publish(from: start, to: tickers[place])
    }
  }

  package var nextTick: Timestamp? {
    let heartbeat = heartbeatCount > 0 ? nextHeartbeat : nil
    guard let deadline = waiting.first?.deadline else { return heartbeat }
    return min(deadline, heartbeat ?? deadline)
  }

  package mutating func tick(at time: Timestamp, _ output: inout VenueOutput) {
    while let first = waiting.first, first.deadline <= time {
      waiting.removeFirst()
      output.close(.policyViolation, "no subscription within 5 seconds", first.id)
    }
    guard nextHeartbeat <= time else { return }
    let missed = (time.microseconds - nextHeartbeat.microseconds) / CoinbaseVenue.heartbeatInterval + 1
    nextHeartbeat = Timestamp(microseconds: nextHeartbeat.microseconds + missed * CoinbaseVenue.heartbeatInterval)
    for (place, product) in products.enumerated() where !heartbeats[place].isEmpty {
      let start = output.bytes.count
      messages.heartbeat(
        product.market, sequence: product.lastTrade?.sequence ?? 0, lastTradeID: product.lastTrade?.tradeID ?? 0,
        at: time, &output.bytes)
      for id in heartbeats[place] { output.send(from: start, to: id) }
    }
  }
}
