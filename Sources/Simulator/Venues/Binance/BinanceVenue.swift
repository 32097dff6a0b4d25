package import ArbdFramework
package import ArbdTransport

/// Binance's spot market streams: `trade`, `aggTrade`, `bookTicker` and `depth`, raw and combined; snapshots of books, and the
/// list of symbols.
package struct BinanceVenue: SimulatedVenue {
  package var subscriptionHandling = SubscriptionHandling.heed
  package var withheldSnapshots = 0
  private let limits: BinanceLimits
  private var markets: ListedMarkets
  /// By place in `markets`.
  private let symbols: [BinanceSymbol]
  /// By the name in streams.
  private var symbolNamed: [String: Int] = [:]
  private var clients: [ConnectionID: BinanceClient] = [:]
  /// By symbol, channel and format.
  private var subscribers: Subscribers
  private struct DepthTopic: Hashable, Sendable {
    let symbol: Int
    let channel: BinanceChannel
  }

  private var books = BookStreams<DepthTopic>(tellsWhatFallsOut: true)
  /// By stream, as `subscribers`.
  private var delivery = BookDelivery<Int>()
  private var attempts: RollingWindow
  /// No client wants anything before.
  private var wakeUp: Timestamp?

  /// `markets`: all of the simulation; those of other venues are passed over.
  package init(_ markets: [SimulatedMarket], limits: BinanceLimits = BinanceLimits()) {
    self.limits = limits
    self.markets = ListedMarkets(markets, of: .binance, symbol: BinanceSymbol.name)
    symbols = self.markets.all.map { BinanceSymbol($0.market) }
    for (place, symbol) in symbols.enumerated() { symbolNamed[symbol.name.lowercased()] = place }
    subscribers = Subscribers(streams: symbols.count * BinanceVenue.streamsPerSymbol)
    attempts = RollingWindow(limit: limits.connectionAttempts, length: limits.attemptWindow)
  }

  // MARK: HTTP

  package mutating func refusal(of target: RequestTarget, at time: Timestamp) -> HTTPAnswer? {
    guard BinanceAddress(target) != nil else { return HTTPAnswer(status: 404, json: "") }
    guard attempts.count(at: time.microseconds) else {
      return HTTPAnswer(status: 429, json: "{\"code\":-1003,\"msg\":\"Too many connection attempts.\"}")
    }
    return nil
  }

  package mutating func answer(_ target: RequestTarget, at time: Timestamp) -> HTTPAnswer {
    if target.path == "/api/v3/depth", withholdsSnapshot() {
      return HTTPAnswer(
        status: 503, json: "{\"code\":-1001,\"msg\":\"Internal error; unable to process your request.\"}")
    }
    return BinanceREST(symbols: symbols, markets: markets.all).answer(target, at: time)
  }

  // MARK: Clients

  package mutating func opened(
    _ id: ConnectionID, _ target: RequestTarget, at time: Timestamp, _ output: inout VenueOutput
  ) {
    guard let address = BinanceAddress(target) else { return }
    var client = BinanceClient(address.format, limits, at: time)
    wake(at: client.nextTick(limits))
    // Without a word to the client, as a URL is no request.
    for stream in address.streams.prefix(limits.streamsPerConnection) where client.add(stream) {
      join(stream, client.format, id)
    }
    clients[id] = client
  }

  package mutating func closed(_ id: ConnectionID) {
    guard let client = clients.removeValue(forKey: id) else { return }
    for stream in client.streams { leave(stream, client.format, id) }
  }

  package mutating func received(
    _ control: ControlFrame, _ payload: [UInt8], from id: ConnectionID, at time: Timestamp,
    _ output: inout VenueOutput
  ) {
    guard count(id, at: time, &output) else { return }
    // A pong that answers nothing is allowed, and keeps nothing alive.
    if control == .pong, clients[id]?.unanswered?.payload == payload { clients[id]?.unanswered = nil }
  }

  package mutating func received(
    _ text: [UInt8], from id: ConnectionID, at time: Timestamp, _ output: inout VenueOutput
  ) {
    guard count(id, at: time, &output), subscriptionHandling != .ignore, var client = clients[id] else { return }
    let start = output.bytes.count
    do throws(BinanceRequest.Problem) {
      let request = try BinanceRequest(text)
      let result = try perform(request, &client, id)
      clients[id] = client
      BinanceMessages.result(result, id: request.id, &output.bytes)
    } catch {
      BinanceMessages.error(error, &output.bytes)
    }
    output.send(from: start, to: id)
  }

  private mutating func count(_ id: ConnectionID, at time: Timestamp, _ output: inout VenueOutput) -> Bool {
    guard clients[id]?.countMessage(at: time) == false else { return true }
    output.close(.policyViolation, "Too many requests", id)
    return false
  }

  /// The result, as JSON.
  private mutating func perform(
    _ request: BinanceRequest, _ client: inout BinanceClient, _ id: ConnectionID
  ) throws(BinanceRequest.Problem) -> [UInt8] {
    switch request.method {
    case .subscribe:
      if subscriptionHandling == .refuse {
        throw BinanceRequest.Problem(
          code: 2, message: "Invalid request: subscriptions are refused", id: request.id)
      }
      let added = Set(request.params).subtracting(client.streams)
      guard client.streams.count + added.count <= limits.streamsPerConnection else {
        throw BinanceRequest.Problem(code: 2, message: "Invalid request: too many streams", id: request.id)
      }
      for stream in request.params where client.add(stream) { join(stream, client.format, id) }
    case .unsubscribe:
      for stream in request.params where client.remove(stream) { leave(stream, client.format, id) }
    case .list:
      var list: [UInt8] = []
      list.append("[")
      for (number, stream) in client.streams.enumerated() {
        if number > 0 { list.append(",") }
        list.append(jsonString: stream)
      }
      list.append("]")
      return list
    case .setProperty, .getProperty: return try property(request, &client, id)
    }
    return Array("null".utf8)
  }

  private mutating func property(
    _ request: BinanceRequest, _ client: inout BinanceClient, _ id: ConnectionID
  ) throws(BinanceRequest.Problem) -> [UInt8] {
    guard request.params.first == "combined" else {
      throw BinanceRequest.Problem(code: 0, message: "Unknown property", id: request.id)
    }
    if request.method == .getProperty { return Array((client.format.isCombined ? "true" : "false").utf8) }
    guard let value = request.value else {
      throw BinanceRequest.Problem(code: 1, message: "Invalid value type: expected Boolean", id: request.id)
    }
    for stream in client.streams { leave(stream, client.format, id) }
    client.format.isCombined = value
    for stream in client.streams { join(stream, client.format, id) }
    return Array("null".utf8)
  }

  // MARK: Streams

  private static let streamsPerSymbol = BinanceChannel.allCases.count * BinanceFormat.all.count

  private static func number(_ symbol: Int, _ channel: BinanceChannel, _ format: BinanceFormat) -> Int {
    (symbol * BinanceChannel.allCases.count + channel.place) * BinanceFormat.all.count + format.number
  }

  /// Nil for what nobody publishes: such a stream is taken note of and stays silent, as one in upper case does.
  private func topic(_ stream: String) -> (symbol: Int, channel: BinanceChannel)? {
    let parts = stream.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let symbol = symbolNamed[String(parts[0])],
      let channel = BinanceChannel(rawValue: String(parts[1]))
    else { return nil }
    return (symbol, channel)
  }

  private mutating func join(_ stream: String, _ format: BinanceFormat, _ id: ConnectionID) {
    guard let (symbol, channel) = topic(stream) else { return }
    subscribers.add(id, to: BinanceVenue.number(symbol, channel, format))
    guard let interval = channel.interval else { return }
    books.begin(
      DepthTopic(symbol: symbol, channel: channel), of: symbol, interval: interval, markets[symbol])
  }

  private mutating func leave(_ stream: String, _ format: BinanceFormat, _ id: ConnectionID) {
    guard let (symbol, channel) = topic(stream) else { return }
    let number = BinanceVenue.number(symbol, channel, format)
    subscribers.remove(id, from: number)
    if subscribers[number].isEmpty { delivery.forget(number) }
    guard channel.interval != nil else { return }
    let isHeard = BinanceFormat.all.contains { !subscribers[BinanceVenue.number(symbol, channel, $0)].isEmpty }
    if !isHeard { books.end(DepthTopic(symbol: symbol, channel: channel)) }
  }

  package mutating func happened(_ event: SimulatedEvent, _ output: inout VenueOutput) {
    for news in books.news(before: event, at: markets.place(of: event), markets) { tell(news, &output) }
    guard let symbol = markets.take(event) else { return }
    switch event {
    case .trade(let trade):
      publish(symbol, .trade, .sent, &output) { BinanceMessages.trade(trade, $0, $1, &$2) }
      publish(symbol, .aggTrade, .sent, &output) { BinanceMessages.aggregateTrade(trade, $0, $1, &$2) }
    case .quote(let quote):
      books.note(quote, at: symbol)
      guard quote.delivery != .muted else { return }
      publish(symbol, .bookTicker, .sent, &output) { BinanceMessages.bookTicker(quote, $0, $1, &$2) }
    }
  }

  private mutating func tell(_ news: BookStreams<DepthTopic>.News, _ output: inout VenueOutput) {
    publish(news.place, news.topic.channel, news.delivery, &output) {
      BinanceMessages.depth(news.message, news.topic.channel, $0, $1, &$2)
    }
  }

  @inline(__always)
  private mutating func publish(
    _ symbol: Int, _ channel: BinanceChannel, _ delivery: SimulatedQuote.Delivery, _ output: inout VenueOutput,
    _ write: (BinanceSymbol, BinanceFormat, inout [UInt8]) -> Void
  ) {
    for format in BinanceFormat.all {
      let number = BinanceVenue.number(symbol, channel, format)
      let list = subscribers[number]
      if list.isEmpty { continue }
      let start = output.bytes.count
      write(symbols[symbol], format, &output.bytes)
      self.delivery.publish(from: start, delivery, number, to: list, &output)
    }
  }

  // MARK: Time

  package var nextTick: Timestamp? { clients.isEmpty ? nil : [wakeUp, books.next].compactMap { $0 }.min() }

  private mutating func wake(at time: Timestamp) { wakeUp = min(wakeUp ?? time, time) }

  package mutating func tick(at time: Timestamp, _ output: inout VenueOutput) {
    for news in books.news(at: time, markets) { tell(news, &output) }
    guard let due = wakeUp, due <= time else { return }
    wakeUp = nil
    for id in clients.keys.sorted(by: { $0.number < $1.number }) {
      guard var client = clients[id] else { continue }
      if client.nextTick(limits) <= time { look(after: &client, id, at: time, &output) }
      wake(at: max(client.nextTick(limits), Timestamp(microseconds: time.microseconds + 1)))
      clients[id] = client
    }
  }

  private func look(
    after client: inout BinanceClient, _ id: ConnectionID, at time: Timestamp, _ output: inout VenueOutput
  ) {
    if let ping = client.unanswered, time.microseconds - ping.since.microseconds >= limits.pongTimeout {
      return output.close(.policyViolation, "Pong timeout", id)
    }
    if client.ends <= time { return output.close(.goingAway, "connection lifetime", id) }
    let start = output.bytes.count
    if !client.hasNotice, client.ends.microseconds - limits.shutdownNotice <= time.microseconds {
      client.hasNotice = true
      BinanceMessages.serverShutdown(client.format, at: time, &output.bytes)
      output.send(from: start, to: id)
    }
    guard client.nextPing <= time else { return }
    client.nextPing = Timestamp(microseconds: time.microseconds + limits.pingInterval)
    let pingStart = output.bytes.count
    output.bytes.append(integer: time.microseconds / 1_000)
    // The oldest ping without a pong counts; a pong has to answer the latest.
    client.unanswered = (client.unanswered?.since ?? time, Array(output.bytes[pingStart...]))
    output.ping(from: pingStart, to: id)
  }
}

/// What a URL says: `/ws`, `/ws/btcusdt@trade/…`, `/stream`, `/stream?streams=btcusdt@trade/…`.
struct BinanceAddress {
  let format: BinanceFormat
  let streams: [String]

  init?(_ target: RequestTarget) {
    let parts = target.path.split(separator: "/").map(String.init)
    // Clients number their connections by a last part that names no stream; it harms nothing.
    guard let first = parts.first, first == "ws" || first == "stream" else { return nil }
    let isCombined = first == "stream"
    let unit = target["timeUnit"]?.uppercased()
    format = BinanceFormat(isCombined: isCombined, hasMicroseconds: unit == "MICROSECOND")
    let named = isCombined ? (target["streams"] ?? "").split(separator: "/").map(String.init) : Array(parts.dropFirst())
    streams = named.filter { $0.contains("@") }
  }
}
