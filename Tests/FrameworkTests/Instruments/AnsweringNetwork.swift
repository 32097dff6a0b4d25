import Foundation
import Synchronization

@testable import ArbdFramework

/// A network that answers requests as a test says, one after the other; the last answer stays.
final class AnsweringNetwork: Network, Sendable {
  enum Answer: Sendable {
    case response(status: Int, String)
    case failure(String)
    case silence
  }

  private struct State {
    var answers: [Answer]
    var requests: [HTTPRequest] = []
    var open: [(ConnectionID, Int)] = []
    var isAwake = false
  }

  private let state: Mutex<State>
  private let condition = NSCondition()
  var readableSince: Timestamp? { nil }

  init(_ answers: Answer...) { state = Mutex(State(answers: answers)) }

  var requests: [HTTPRequest] { state.withLock { $0.requests } }

  func fetch(_ request: HTTPRequest, for connection: ConnectionID, number: Int) {
    state.withLock { state in
      state.requests.append(request)
      state.open.append((connection, number))
    }
  }

  func wait(atMost limit: Duration, into batch: inout InputBatch, _ outcomes: inout [NetworkOutcome]) {
    let (open, answers) = state.withLock { state in
      defer { state.open = [] }
      return (
        state.open, state.open.map { _ in state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0] }
      )
    }
    for ((connection, number), answer) in zip(open, answers) {
      switch answer {
      case .response(let status, let text):
        let body = batch.store(Array(text.utf8).span.bytes)
        batch.append(
          .response(connection, request: number, status: status, body: body, at: Timestamp(microseconds: 0)))
      case .failure(let reason):
        outcomes.append(.unanswered(connection, request: number, NetworkFailure(.response, reason)))
      case .silence: break
      }
    }
    guard open.isEmpty else { return }
    condition.lock()
    defer { condition.unlock() }
    let end = Date(timeIntervalSinceNow: min(limit, .seconds(10)) / .seconds(1))
    while !state.withLock({ $0.isAwake }), condition.wait(until: end) {}
    state.withLock { $0.isAwake = false }
  }

  var wake: @Sendable () -> Void {
    { [self] in
      state.withLock { $0.isAwake = true }
      condition.lock()
      condition.broadcast()
      condition.unlock()
    }
  }

  func open(_ connection: ConnectionID, _ request: WebSocketRequest) {}
  func send(_ connection: ConnectionID, text: String) {}
  func ping(_ connection: ConnectionID) {}
  func close(_ connection: ConnectionID, reason: String) {}
  func received(_ connection: ConnectionID) -> UInt64 { 0 }
}

/// A venue whose list is lines of symbols, a `!` in front of those that are halted.
struct ListedAdapter: ExchangeAdapter {
  static let summary = "A venue with a list."
  static let venue = VenueDescriptor(
    id: "tiny", endpoint: "wss://tiny.example", rest: "https://tiny.example", feeds: [.trades: "trades"],
    streamsPerConnection: 10, messageInterval: .milliseconds(100))

  let instruments: [Instrument]
  let channels: [Channel] = [.trades]

  init(options: MarketDataOptions, context: PluginContext) { instruments = options.instruments }

  func symbol(for instrument: Instrument) -> String { "\(instrument.base)/\(instrument.quote)" }
  func makeSession(for plan: ConnectionPlan) -> TinySession { TinySession(symbols: SymbolTable(plan.subscriptions)) }

  static var instrumentsPath: String? { "/instruments" }

  static func readInstruments(_ json: inout JSONScanner) throws(JSONError) -> [InstrumentListing] {
    var found: [InstrumentListing] = []
    try json.beginArray()
    while try json.nextElement() {
      let name = try json.readString().string
      let isHalted = name.hasPrefix("!")
      guard let instrument = Instrument(isHalted ? String(name.dropFirst()) : name) else { continue }
      found.append(
        InstrumentListing(symbol: name, instrument: instrument, status: isHalted ? .halted("halt") : .trading))
    }
    return found
  }
}
