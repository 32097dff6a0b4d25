/// Keeps below rate limits by remembering when things happened, for as long as the longest window.
struct RateWindow: Sendable, Equatable {
  /// A tenth below what is allowed: for others at the same address, and because the other side counts arrivals.
  private let limits: [RateLimit]
  /// Oldest first, no more than the greatest limit needs.
  private(set) var times: [Instant] = []

  init(_ limits: [RateLimit]) {
    self.limits = limits.map { RateLimit(max(1, $0.count * 9 / 10), per: $0.window) }
  }

  var longestWindow: Duration { limits.map(\.window).max() ?? .zero }

  /// The first moment from `now` on at which one more is allowed.
  func earliest(at now: Instant) -> Instant {
    var earliest = now
    for limit in limits where times.count >= limit.count {
      earliest = max(earliest, times[times.count - limit.count] + limit.window)
    }
    return earliest
  }

  mutating func record(at now: Instant) {
    guard let most = limits.map(\.count).max() else { return }
    times.append(max(now, times.last ?? now))
    if times.count > most { times.removeFirst(times.count - most) }
  }
}
