public import ArbdFramework
internal import Glibc

extension Timestamp {
  /// By the wall clock.
  public static var now: Timestamp {
    var time = timespec()
    guard clock_gettime(CLOCK_REALTIME, &time) == 0 else { return Timestamp(microseconds: 0) }
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
  }
}

/// Passing time on a thread of one's own.
public enum Pause {
  public static func wait(_ duration: Duration) {
    _ = poll(nil, 0, Int32(clamping: max(1, Int64((duration / .milliseconds(1)).rounded(.up)))))
  }
}
