@testable import ArbdFramework

/// A connection, its venue and a manual clock: drives the one with the other as the live loop does, and writes down what
/// the connection wanted, a line each.
final class ConnectionScript {
  var connection: Connection
  var venue: ScriptedVenue
  var budget: ConnectionBudget
  private(set) var now = Instant.start
  /// Such as `12.0 open first`.
  private(set) var lines: [String] = []
  var keepsLines = true
  private(set) var opens: [Instant] = []
  private(set) var sends: [(slot: ConnectionSlot, at: Instant)] = []
  private(set) var outputCount = 0
  private(set) var steps = 0
  /// Called after every step.
  var check: () -> Void = {}
  private var random: SeededRandom
  private var nextTick = Instant.start

  init(
    _ markets: Int = 2, channels: [Channel] = [.trades], venue: VenueDescriptor = .scripted(), seed: UInt64 = 1,
    policy change: (inout ConnectionPolicy) -> Void = { _ in }
  ) {
    let subscriptions = (0..<markets).flatMap { market in channels.map { Subscription.scripted(market, $0) } }
    var policy = ConnectionPolicy(venue)
    change(&policy)
    connection = Connection(ConnectionPlan(subscriptions: subscriptions), policy)
    self.venue = ScriptedVenue(subscriptions)
    budget = ConnectionBudget(venue)
    random = SeededRandom(seed: seed)
  }

  /// Started, and live.
  static func live(
    _ markets: Int = 2, channels: [Channel] = [.trades], venue: VenueDescriptor = .scripted(), seed: UInt64 = 1,
    policy change: (inout ConnectionPolicy) -> Void = { _ in }
  ) -> ConnectionScript {
    let script = ConnectionScript(markets, channels: channels, venue: venue, seed: seed, policy: change)
    script.tell(.start)
    script.run(for: .seconds(5))
    script.forget()
    return script
  }

  func forget() {
    lines = []
    opens = []
    sends = []
  }

  func forgetSends() {
    sends = []
    opens = opens.suffix(100)
  }

  func tell(_ input: ConnectionInput) {
    connection.receive(input, at: now)
    if case .opened(let slot) = input {
      // What a session does first.
      let all = connection.plan.subscriptions.indices.map(String.init).joined(separator: ",")
      connection.receive(.action(slot, .send("+" + all)), at: now)
    }
    advance()
  }

  func run(for duration: Duration) {
    let end = now + duration
    while true {
      let next = [connection.deadline, venue.nextArrival, nextTick].compactMap { $0 }.min() ?? end
      guard next <= end else { break }
      now = max(now, next)
      steps += 1
      if now >= nextTick {
        venue.tick(at: now)
        nextTick = now + .seconds(1)
      }
      while let input = venue.takeArrival(by: now) { tell(input) }
      advance()
      check()
    }
    now = end
  }

  private func advance() {
    connection.advance(to: now, venue.activity, &budget, using: &random)
    var outputs = connection.takeOutputs()
    while !outputs.isEmpty {
      for output in outputs { perform(output) }
      connection.advance(to: now, venue.activity, &budget, using: &random)
      outputs = connection.takeOutputs()
    }
  }

  private func perform(_ output: ConnectionOutput) {
    outputCount += 1
    if keepsLines { lines.append("\(now.sinceStart.rough.dropLast(2)) \(output.line)") }
    switch output {
    case .open(let slot):
      opens.append(now)
      venue.open(slot, at: now)
    case .close(let slot, _): venue.close(slot, at: now)
    case .send(let slot, let text):
      sends.append((slot, now))
      venue.receive(text, slot, at: now)
    case .ping(let slot):
      sends.append((slot, now))
      venue.ping(slot)
    case .subscribe(let slot, let subscriptions): ask("+", subscriptions, slot)
    case .unsubscribe(let slot, let subscriptions): ask("-", subscriptions, slot)
    case .status, .log: break
    }
  }

  private func ask(_ sign: String, _ subscriptions: [Subscription], _ slot: ConnectionSlot) {
    let places = subscriptions.compactMap { connection.place(of: $0).map(String.init) }
    connection.receive(.action(slot, .send(sign + places.joined(separator: ","))), at: now)
  }

  // MARK: Asking what happened

  /// Lines that contain all of `words`.
  func lines(_ words: String...) -> [String] { lines.filter { line in words.allSatisfy(line.contains) } }

  /// The second of the first such line.
  func second(_ words: String...) -> Double? {
    let line = lines.first { line in words.allSatisfy(line.contains) }
    return line.flatMap { Double($0.prefix { $0 != " " }) }
  }
}

extension ConnectionOutput {
  var line: String {
    switch self {
    case .open(let slot): "open \(slot)"
    case .close(let slot, let reason): "close \(slot): \(reason)"
    case .send(let slot, let text): "send \(slot) \(text)"
    case .ping(let slot): "ping \(slot)"
    case .subscribe(let slot, let subscriptions):
      "subscribe \(slot) \(subscriptions.map { "\($0)" }.joined(separator: ", "))"
    case .unsubscribe(let slot, let subscriptions):
      "unsubscribe \(slot) \(subscriptions.map { "\($0)" }.joined(separator: ", "))"
    case .status(let slot, let subscription, let state, let reason):
      "status \(slot) \(subscription.map { "\($0)" } ?? "all") \(state.rawValue): \(reason)"
    case .log(let level, let text): "\(level) \(text)"
    }
  }
}

extension Subscription {
  /// A market that is called after its number: M0-USD, M1-USD, …
  static func scripted(_ market: Int, _ channel: Channel = .trades) -> Subscription {
    Subscription(
      market: MarketID(index: Int32(market)), instrument: Instrument(base: "M\(market)", quote: "USD"),
      symbol: "M\(market)-USD", channel: channel)
  }
}

extension VenueDescriptor {
  static func scripted(
    streams: Int = 100, messageInterval: Duration = .milliseconds(100), lifetime: Duration? = nil,
    attempts: [RateLimit] = [], messages: [RateLimit] = [], keepalive: Keepalive = .ping(every: .seconds(15)),
    staleAfter: Duration = .seconds(60)
  ) -> VenueDescriptor {
    VenueDescriptor(
      id: "scripted", endpoint: "ws://scripted", feeds: [.trades: "trades", .quotes: "quotes"],
      streamsPerConnection: streams,
      messageInterval: messageInterval, connectionLifetime: lifetime, attemptLimits: attempts,
      messageLimits: messages, keepalive: keepalive, staleAfter: StaleLimits(trades: staleAfter, quotes: staleAfter))
  }
}
