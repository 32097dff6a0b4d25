/// What Binance allows, and when it loses patience. Times are microseconds of simulated time.
package struct BinanceLimits: Sendable {
  /// Messages of a client, pings and pongs among them, in any second.
  package var messagesPerSecond = 5
  package var streamsPerConnection = 1_024
  /// Attempts to connect in `attemptWindow`, over all clients: the simulator knows no addresses.
  package var connectionAttempts = 300
  package var attemptWindow: Int64 = 300_000_000
  package var pingInterval: Int64 = 20_000_000
  /// From a ping on.
  package var pongTimeout: Int64 = 60_000_000
  package var lifetime: Int64 = 86_400_000_000
  /// How long before the end of a lifetime the client is told. The venue leaves it open.
  package var shutdownNotice: Int64 = 10_000_000

  package init() {}
}

/// Moments of the recent past, as many as a limit allows in a window that moves along.
struct RollingWindow: Sendable {
  let limit: Int
  let length: Int64
  private var moments: [Int64] = []

  init(limit: Int, length: Int64) {
    self.limit = limit
    self.length = length
  }

  /// Counts one more; false when that is one too many.
  mutating func count(at moment: Int64) -> Bool {
    moments.removeAll { $0 <= moment - length }
    guard moments.count < limit else { return false }
    moments.append(moment)
    return true
  }
}
