internal import ArbdFramework
internal import ArbdTransport

/// Who may open a WebSocket: at the venue's path, and not too often. The simulator knows no addresses: all clients count
/// together.
struct ConnectionAttempts: Sendable {
  private let paths: Set<String>
  private var attempts: RollingWindow

  /// `window`: microseconds.
  init(at paths: Set<String>, limit: Int, window: Int64) {
    self.paths = paths
    attempts = RollingWindow(limit: limit, length: window)
  }

  mutating func refusal(of target: RequestTarget, at time: Timestamp) -> HTTPAnswer? {
    guard paths.contains(target.path) else { return HTTPAnswer(404, body: "no WebSocket here\n") }
    return attempts.count(at: time.microseconds) ? nil : HTTPAnswer(429, body: "too many attempts to connect\n")
  }
}
