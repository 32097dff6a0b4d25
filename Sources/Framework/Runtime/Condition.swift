internal import Glibc

/// A lock, and a condition that threads wait for under it.
///
/// A wait with an end is measured by the clock that nobody sets (`CLOCK_MONOTONIC`). Foundation's `NSCondition` measures by
/// the wall clock, and would sleep for an hour when that is set back by one.
package final class Condition: @unchecked Sendable {
  // Unchecked: the pointers never change, and what they lead to is made for several threads.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  package init() {
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  package func lock() { pthread_mutex_lock(mutex) }
  package func unlock() { pthread_mutex_unlock(mutex) }

  package func withLock<Result>(_ body: () throws -> Result) rethrows -> Result {
    lock()
    defer { unlock() }
    return try body()
  }

  /// Wakes all who wait. With or without the lock.
  package func broadcast() { pthread_cond_broadcast(condition) }

  /// Waits for a broadcast, or wakes without one. Under the lock, which others may have meanwhile.
  package func wait() { pthread_cond_wait(condition, mutex) }

  /// The same, until then at most. False when the time is over.
  package func wait(until deadline: ContinuousClock.Instant) -> Bool {
    let left = (deadline - .now).components
    guard left.seconds >= 0, left.attoseconds >= 0 else { return false }
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    var end = time.words
    // A day is as good as for ever, and no sum overflows.
    end.seconds += Int(min(left.seconds, 86_400))
    end.nanoseconds += Int(left.attoseconds / 1_000_000_000)
    if end.nanoseconds >= 1_000_000_000 { end = (end.seconds + 1, end.nanoseconds - 1_000_000_000) }
    time.words = end
    return pthread_cond_timedwait(condition, mutex, &time) != ETIMEDOUT || .now < deadline
  }
}

extension timespec {
  /// Its members by their place: to which module their names belong is not the same in debug and release builds, where
  /// headers of other libraries have them as well.
  fileprivate var words: (seconds: Int, nanoseconds: Int) {
    get { unsafeBitCast(self, to: (seconds: Int, nanoseconds: Int).self) }
    set { self = unsafeBitCast(newValue, to: timespec.self) }
  }
}
