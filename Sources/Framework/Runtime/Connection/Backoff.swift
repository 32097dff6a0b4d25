/// Delays between attempts: exponential with full jitter, which spreads clients that failed together better than a delay
/// with a little noise does.
package struct Backoff: Sendable, Equatable {
  package let base: Duration
  package let cap: Duration
  package private(set) var failures = 0

  package init(base: Duration, cap: Duration) {
    self.base = base
    self.cap = cap
  }

  package mutating func reset() { failures = 0 }

  /// The delay after one more failure: anything from zero to `base`, doubled for each failure before this one, at most
  /// `cap`.
  package mutating func next(using random: inout some RandomNumberGenerator) -> Duration {
    let ceiling = base.doubled(failures, atMost: cap)
    if failures < 32 { failures += 1 }
    return Duration.random(from: .zero, to: ceiling, using: &random)
  }

  /// The delay after a failure that a new attempt will hardly mend: between half of the cap and all of it.
  package mutating func nextAtCap(using random: inout some RandomNumberGenerator) -> Duration {
    if failures < 32 { failures += 1 }
    return Duration.random(from: cap / 2, to: cap, using: &random)
  }
}

/// Lets something happen at growing intervals: at once, then after `base`, twice that, and so on up to `cap`. When it was
/// not asked for during two intervals, it begins anew.
struct GrowingInterval: Sendable, Equatable {
  let base: Duration
  let cap: Duration
  private var last: Instant?
  private var interval = Duration.zero

  init(base: Duration, cap: Duration) {
    self.base = base
    self.cap = cap
  }

  func admits(at now: Instant) -> Bool {
    guard let last else { return true }
    return now - last >= interval
  }

  mutating func happened(at now: Instant) {
    let isCalm = last.map { now - $0 >= max(interval, base) * 2 } ?? true
    interval = isCalm ? base : min(interval * 2, cap)
    last = now
  }
}
