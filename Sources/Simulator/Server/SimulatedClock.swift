internal import Dispatch

/// Simulated time: nanoseconds since the start, running `speed` times as fast as the system's monotonic clock.
struct SimulatedClock {
  private let origin: Int64
  private let speed: Double

  init(speed: Double) {
    self.speed = speed
    origin = SimulatedClock.system
  }

  private static var system: Int64 { Int64(truncatingIfNeeded: DispatchTime.now().uptimeNanoseconds) }

  var now: Int64 {
    let elapsed = SimulatedClock.system - origin
    return speed == 1 ? elapsed : Int64(min(Double(elapsed) * speed, 9e18))
  }

  /// How long a poll may last that must end at `time`: whole milliseconds, rounded up, so that events a few microseconds
  /// apart are sent together.
  func milliseconds(until time: Int64) -> Int32 {
    let wait = Double(time - now) / speed / 1e6
    return wait <= 0 ? 0 : Int32(min(wait.rounded(.up), 60_000))
  }
}
