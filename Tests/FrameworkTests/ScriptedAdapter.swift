import Logging

@testable import ArbdFramework

/// A venue whose frames say what shall become of them: `trade BTC-USD 100`, `quote BTC-USD 99 101`, or a word.
struct ScriptedAdapter: ExchangeAdapter {
  static let venue = VenueDescriptor(
    id: "scripted", endpoint: "", feeds: [.trades: "trades", .quotes: "quotes"], streamsPerConnection: 1,
    messageInterval: .zero,
    connectionLifetime: nil)
  static let summary = "Does as its frames say."

  let options: MarketDataOptions

  init(options: MarketDataOptions, context: PluginContext) { self.options = options }

  init(_ instruments: [String]) {
    var options = MarketDataOptions()
    options.instruments = instruments.compactMap { Instrument($0) }
    self.options = options
  }

  var instruments: [Instrument] { options.instruments }
  var channels: [Channel] { options.channels }
  func symbol(for instrument: Instrument) -> String { "\(instrument)" }
  func makeSession(for plan: ConnectionPlan) -> ScriptedSession { ScriptedSession(plan: plan) }
}

struct ScriptedSession: ExchangeSession {
  let symbols: SymbolTable
  private let subscriptions: [Subscription]
  /// Since this session began; a fresh one begins at 0.
  private var frames = 0

  init(plan: ConnectionPlan) {
    symbols = SymbolTable(plan.subscriptions)
    subscriptions = plan.subscriptions
  }

  mutating func receive(
    _ frame: RawSpan, at time: Timestamp, _ output: inout SessionOutput
  ) throws(SessionError) -> FrameKind {
    frames += 1
    let words = frame.string(0..<frame.byteCount).split(separator: " ").map(String.init)
    switch words.first {
    case "trade": output.emit(try trade(words, time))
    case "trades":
      output.emit(try trade(words, time))
      output.emit(try trade(words, time, isSecond: true))
    case "quote": output.emit(try quote(words, time))
    case "repeat": output.skipDuplicate()
    case "gap": output.perform(.missing(symbols.markets[0], count: 3))
    case "late": output.recover()
    case "ack": output.perform(.acknowledged(subscriptions[0]))
    case "refuse": output.perform(.refused(subscriptions[0], message: "no"))
    case "error": output.perform(.venueError("on strike"))
    case "closing": output.perform(.closing)
    case "ignored": return .ignored
    case "unknown": return .unknown
    // Data from a fresh session only.
    case "first?": return frames == 1 ? .data : .control
    default: throw SessionError(.malformedJSON, offset: 0)
    }
    return ["trade", "trades", "quote", "repeat", "gap", "late"].contains(words.first) ? .data : .control
  }

  mutating func response(
    _ request: Int, status: Int, _ body: RawSpan, at time: Timestamp, _ output: inout SessionOutput
  ) throws(SessionError) {
    guard status == 200 else { throw SessionError(.badValue) }
    output.emit(try trade(["trade", body.string(0..<body.byteCount), "\(request)"], time))
  }

  mutating func tick(at time: Timestamp, _ output: inout SessionOutput) throws(SessionError) {
    if frames == 13 { throw SessionError(.badTime) }
  }

  mutating func subscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    output.perform(.send("subscribe"))
  }

  mutating func unsubscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {}

  /// A fourth word is the id; without it, each has its own.
  private func trade(_ words: [String], _ time: Timestamp, isSecond: Bool = false) throws(SessionError) -> Trade {
    let id = words.count > 3 ? UInt64(words[3]) : nil
    return Trade(
      market: try market(words), side: .buy, price: quantity(words[2]), size: quantity("1"),
      id: TradeID(id ?? UInt64(1_000_000 + 2 * frames + (isSecond ? 1 : 0))), eventTime: time, receiveTime: time)
  }

  private func quote(_ words: [String], _ time: Timestamp) throws(SessionError) -> Quote {
    Quote(
      market: try market(words), bid: quantity(words[2]), bidSize: .missing, ask: quantity(words[3]),
      askSize: .missing, eventTime: time, receiveTime: time)
  }

  private func market(_ words: [String]) throws(SessionError) -> MarketID {
    guard let place = symbols.place(of: words[1]) else { throw SessionError(.badValue, field: "symbol") }
    return symbols.markets[place]
  }
}

func quantity(_ text: String) -> Quantity {
  let bytes = Array(text.utf8)
  return Quantity(text: bytes.span.bytes)
}

let silentLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
