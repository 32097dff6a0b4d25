import Synchronization

@testable import ArbdFramework

/// A clock that moves when a test says so.
final class ManualTime: Sendable {
  private let elapsed = Mutex(Duration.zero)

  var now: Duration { elapsed.withLock { $0 } }
  func move(_ step: Duration) { elapsed.withLock { $0 += step } }

  /// Microseconds since the test's own epoch.
  var stamp: Timestamp { Timestamp(microseconds: 1_700_000_000_000_000 + now / .microseconds(1)) }
}

extension Duration {
  static func / (left: Duration, right: Duration) -> Int64 { Int64((left / right) as Double) }
}

/// A network on which happens what a test writes into it. Waiting moves the clock.
final class ScriptedNetwork: Network {
  /// What was asked of it, as `open 0`, `send 0 +BTC/USD`, `close 0`.
  private(set) var calls: [String] = []
  private let time: ManualTime
  private var events: [(inout InputBatch, inout [NetworkOutcome]) -> Void] = []
  private var counts: [ConnectionID: UInt64] = [:]
  private(set) var readableSince: Timestamp?

  init(_ time: ManualTime) { self.time = time }

  @discardableResult
  func takeCalls() -> [String] {
    defer { calls = [] }
    return calls
  }

  // MARK: What happens

  func opens(_ connection: ConnectionID) {
    events.append { [time] batch, outcomes in
      batch.append(.connected(connection, at: time.stamp))
      outcomes.append(.opened(connection))
    }
  }

  func fails(_ connection: ConnectionID, _ reason: String) {
    events.append { _, outcomes in outcomes.append(.failed(connection, NetworkFailure(.connect, reason))) }
  }

  func brings(_ text: String, over connection: ConnectionID) {
    events.append { [self] batch, _ in
      let bytes = Array(text.utf8)
      batch.append(.frame(connection, batch.store(bytes.span.bytes), at: time.stamp))
      counts[connection, default: 0] += 1
    }
  }

  /// The answer to a request, and what its status asks for.
  func answers(_ connection: ConnectionID, _ number: Int, status: Int, retryAfter: Duration?) {
    events.append { [time] batch, outcomes in
      let body = batch.store(RawSpan())
      batch.append(.response(connection, request: number, status: status, body: body, at: time.stamp))
      outcomes.append(.throttled(connection, status: status, retryAfter: retryAfter))
    }
  }

  func drops(_ connection: ConnectionID, _ reason: String) {
    events.append { [time] batch, outcomes in
      let bytes = Array(reason.utf8)
      batch.append(.disconnected(connection, reason: batch.store(bytes.span.bytes), at: time.stamp))
      outcomes.append(.closed(connection, code: nil, reason: reason))
    }
  }

  // MARK: Network

  func open(_ connection: ConnectionID, _ request: WebSocketRequest) { calls.append("open \(connection.index)") }
  func send(_ connection: ConnectionID, text: String) { calls.append("send \(connection.index) \(text)") }
  func ping(_ connection: ConnectionID) { calls.append("ping \(connection.index)") }
  func close(_ connection: ConnectionID, reason: String) {
    calls.append("close \(connection.index)")
    drops(connection, reason)
  }
  func fetch(_ request: HTTPRequest, for connection: ConnectionID, number: Int) {
    calls.append("fetch \(connection.index) \(number) \(request.url)")
  }
  func received(_ connection: ConnectionID) -> UInt64 { counts[connection, default: 0] }
  var wake: @Sendable () -> Void { {} }

  func wait(atMost limit: Duration, into batch: inout InputBatch, _ outcomes: inout [NetworkOutcome]) {
    readableSince = nil
    if events.isEmpty { return time.move(limit) }
    readableSince = time.stamp
    for event in events { event(&batch, &outcomes) }
    events = []
  }
}
