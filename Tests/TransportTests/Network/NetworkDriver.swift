import ArbdFramework
import ArbdTransport
import Testing

/// Runs a loop on the test's thread and writes down what it tells.
struct NetworkDriver {
  enum Heard: Equatable {
    case connected(Int32)
    case text(Int32, String)
    case binary(Int32, byteCount: Int)
    case disconnected(Int32, String)
    case response(Int32, request: Int, status: Int, body: String)
  }

  let loop: NetworkLoop
  private(set) var heard: [Heard] = []
  private(set) var outcomes: [NetworkOutcome] = []
  private var batch = InputBatch()

  /// `environment`: instead of the process's, in which proxies are named.
  init(environment: [String: String] = [:]) throws { loop = try NetworkLoop(variable: { environment[$0] }) }

  /// Waits until the condition holds; an issue when it does not come to that.
  mutating func wait(
    _ sourceLocation: SourceLocation = #_sourceLocation, until condition: (borrowing NetworkDriver) -> Bool
  ) {
    let deadline = ContinuousClock.now + .seconds(60)
    while !condition(self) {
      guard ContinuousClock.now < deadline else {
        Issue.record("it did not come to that: \(outcomes), \(heard.count) events", sourceLocation: sourceLocation)
        return
      }
      step(atMost: .milliseconds(200))
    }
  }

  mutating func step(atMost time: Duration) {
    batch.removeAll()
    loop.wait(atMost: time, into: &batch, &outcomes)
    for event in batch.events {
      switch event {
      case .connected(let id, _): heard.append(.connected(id.index))
      case .frame(let id, let range, _): heard.append(.text(id.index, batch.text(range)))
      case .binaryFrame(let id, let count, _): heard.append(.binary(id.index, byteCount: count))
      case .disconnected(let id, let reason, _): heard.append(.disconnected(id.index, batch.text(reason)))
      case .response(let id, let request, let status, let body, _):
        heard.append(.response(id.index, request: request, status: status, body: batch.text(body)))
      case .record, .status, .tick, .alert, .released, .resumed, .rebuilt:
        Issue.record("not an event of the network: \(event)")
      }
    }
  }

  var texts: [String] {
    heard.compactMap { if case .text(_, let text) = $0 { text } else { nil } }
  }

  var failure: NetworkFailure? {
    for case .failed(_, let failure) in outcomes { return failure }
    for case .unanswered(_, _, let failure) in outcomes { return failure }
    return nil
  }

  var closeReason: String? {
    for case .closed(_, _, let reason) in outcomes { return reason }
    return nil
  }
}

extension ConnectionID {
  static let first = ConnectionID(index: 1)
}
