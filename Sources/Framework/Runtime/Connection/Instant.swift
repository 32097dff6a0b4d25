/// A moment on the run's own clock, which no one sets: how long after the start of the run. For time-outs and intervals;
/// what is recorded or shown carries a `Timestamp`.
struct Instant: Sendable, Hashable, Comparable {
  let sinceStart: Duration

  init(sinceStart: Duration) { self.sinceStart = sinceStart }

  static let start = Instant(sinceStart: .zero)

  static func < (left: Instant, right: Instant) -> Bool { left.sinceStart < right.sinceStart }

  static func + (instant: Instant, duration: Duration) -> Instant {
    Instant(sinceStart: instant.sinceStart + duration)
  }

  static func - (instant: Instant, duration: Duration) -> Instant {
    Instant(sinceStart: instant.sinceStart - duration)
  }

  static func - (left: Instant, right: Instant) -> Duration { left.sinceStart - right.sinceStart }

  var roundedUpToMinutes: Instant { Instant(sinceStart: .seconds((sinceStart.components.seconds / 60 + 1) * 60)) }
}

extension Duration {
  /// Evenly drawn, both ends included; `lowest` when the range is empty.
  static func random(
    from lowest: Duration, to highest: Duration, using random: inout some RandomNumberGenerator
  ) -> Duration {
    guard lowest < highest else { return lowest }
    return lowest + (highest - lowest) * (Double(UInt32.random(in: 0 ... .max, using: &random)) / Double(UInt32.max))
  }

  /// Twice as long for each of `times`, at most `limit`.
  func doubled(_ times: Int, atMost limit: Duration) -> Duration {
    guard times < 24 else { return limit }
    return min(self * (1 << max(0, times)), limit)
  }

  /// To a tenth of a second, or where that is nothing to a millisecond, for log lines.
  var rough: String {
    if self > .zero, self < .milliseconds(100) { return "\(wholeMicroseconds / 1_000) ms" }
    let tenths = (components.seconds * 10) + components.attoseconds / 100_000_000_000_000_000
    return tenths % 10 == 0 || tenths >= 600 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
  }
}
