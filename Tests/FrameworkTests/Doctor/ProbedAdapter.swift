@testable import ArbdFramework

/// A venue that says `ack BTC-USD`, `refuse BTC-USD`, `trade BTC-USD OFFSET` (event time − receive time, in
/// microseconds), `error` or `heartbeat`.
struct ProbedAdapter: ExchangeAdapter {
  static let summary = "A venue for probes."
  static let venue = VenueDescriptor(
    id: "probed", endpoint: "wss://feed.probed.example/stream?key=secret", feeds: [.trades: "trades"],
    streamsPerConnection: 2,
    messageInterval: .milliseconds(100), connectionLifetime: nil, attemptLimits: [RateLimit(2, per: .seconds(60))])

  let instruments: [Instrument]
  var channels: [Channel] { [.trades] }

  init(options: MarketDataOptions, context: PluginContext) { instruments = options.instruments }

  init(_ instruments: [String]) { self.instruments = instruments.compactMap { Instrument($0) } }

  func symbol(for instrument: Instrument) -> String { "\(instrument)" }
  func makeSession(for plan: ConnectionPlan) -> ProbedSession { ProbedSession(plan.subscriptions) }
}

struct ProbedSession: ExchangeSession {
  let symbols: SymbolTable
  private let subscriptions: [Subscription]

  init(_ subscriptions: [Subscription]) {
    self.subscriptions = subscriptions
    symbols = SymbolTable(subscriptions)
  }

  mutating func receive(
    _ frame: RawSpan, at time: Timestamp, _ output: inout SessionOutput
  ) throws(SessionError) -> FrameKind {
    let words = frame.string(0..<frame.byteCount).split(separator: " ").map(String.init)
    let subject = subscriptions.first { words.count > 1 && $0.symbol == words[1] }
    switch (words.first, subject) {
    case ("ack", let subject?): output.perform(.acknowledged(subject))
    case ("refuse", let subject?): output.perform(.refused(subject, message: "not listed"))
    case ("error", _): output.perform(.venueError("on strike"))
    case ("heartbeat", _): output.heartbeat()
    case ("trade", let subject?):
      let offset = words.count > 2 ? Int64(words[2]) ?? 0 : 0
      output.emit(
        Trade(
          market: subject.market, side: .buy, price: quantity("100"), size: quantity("1"), id: TradeID(1),
          eventTime: Timestamp(microseconds: time.microseconds + offset), receiveTime: time))
      return .data
    default: throw SessionError(.malformedJSON, offset: 0)
    }
    return .control
  }

  mutating func subscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    for subscription in subscriptions { output.perform(.send("+\(subscription.symbol)")) }
  }

  mutating func unsubscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {}
}

/// A probe with a manual clock.
struct ProbeScript {
  var probe: Probe
  var now = Instant.start
  var budget = ConnectionBudget(ProbedAdapter.venue)
  /// What the network knows, of every socket.
  var particulars: SocketParticulars?
  private(set) var outputs: [Probe.Output] = []

  static let wallClock = Timestamp(microseconds: 1_800_000_000_000_000)

  init(_ instruments: [String] = ["BTC-USD"], endpoint: String? = nil) {
    var options = LiveOptions()
    options.endpoint = endpoint
    let source = LiveSource(name: "sources[0] probed", adapter: ProbedAdapter(instruments), options: options)
    probe = Probe(
      source, firstID: 0, markets: MarketTable(), timeout: .seconds(10), offsetLimit: .seconds(2))
    advance()
  }

  mutating func advance(by time: Duration = .zero) {
    now = now + time
    let known = particulars
    outputs += probe.advance(to: now, &budget) { _ in known }
  }

  mutating func open(_ socket: Int32 = 0) {
    if particulars == nil { particulars = SocketParticulars() }
    particulars?.address = "192.0.2.1:443"
    take { $0.append(.connected(ConnectionID(index: socket), at: Self.wallClock)) }
    advance()
  }

  mutating func receive(_ frames: String..., over socket: Int32 = 0) {
    for frame in frames {
      let bytes = Array(frame.utf8)
      take { $0.append(.frame(ConnectionID(index: socket), $0.store(bytes.span.bytes), at: Self.wallClock)) }
    }
    advance()
  }

  private mutating func take(_ fill: (inout InputBatch) -> Void) {
    var batch = InputBatch()
    fill(&batch)
    for place in batch.events.indices { probe.take(batch, place, at: now) }
  }

  mutating func fail(_ failure: NetworkFailure, _ socket: Int32 = 0) {
    probe.take(.failed(ConnectionID(index: socket), failure))
    advance()
  }

  /// All pings are answered, each after so long.
  mutating func pong(after time: Duration = .milliseconds(20)) {
    for _ in 0..<3 {
      now = now + time
      particulars?.pongs += 1
      advance()
    }
  }

  var findings: [Finding] { probe.findings(now: Self.wallClock) }

  /// By check: the mark and the text.
  var report: [String: String] {
    Dictionary(uniqueKeysWithValues: findings.map { ($0.check, "\($0.verdict) \($0.text)") })
  }
}
