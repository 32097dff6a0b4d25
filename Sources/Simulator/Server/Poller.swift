internal import CLinux
import Glibc

/// Waits for sockets: the owner of an epoll instance.
final class Poller: Sendable {
  private let descriptor: Int32

  struct Readiness {
    let key: Int
    let canRead: Bool
    let canWrite: Bool
  }

  init() throws(SimulatorError) {
    descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard descriptor >= 0 else { throw SimulatorError("epoll_create1: \(systemReason())") }
  }

  deinit { close(descriptor) }

  func add(_ socket: Int32, key: Int, writing: Bool = false) {
    control(EPOLL_CTL_ADD, socket, key: key, writing: writing)
  }

  func change(_ socket: Int32, key: Int, writing: Bool) { control(EPOLL_CTL_MOD, socket, key: key, writing: writing) }

  func remove(_ socket: Int32) { epoll_ctl(descriptor, EPOLL_CTL_DEL, socket, nil) }

  private func control(_ operation: Int32, _ socket: Int32, key: Int, writing: Bool) {
    var event = epoll_event()
    event.events = EPOLLIN.rawValue | (writing ? EPOLLOUT.rawValue : 0)
    event.data.u64 = UInt64(key)
    epoll_ctl(descriptor, operation, socket, &event)
  }

  /// What is ready, at the latest after so many milliseconds; −1 waits for ever.
  func wait(milliseconds: Int32) -> [Readiness] {
    withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 256) { ready in
      let count = epoll_wait(descriptor, ready.baseAddress, Int32(ready.count), milliseconds)
      return ready.prefix(Int(max(0, count))).map { event in
        let broken = event.events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
        return Readiness(
          key: Int(event.data.u64), canRead: broken || event.events & EPOLLIN.rawValue != 0,
          canWrite: event.events & EPOLLOUT.rawValue != 0)
      }
    }
  }
}

/// Wakes a poller from another thread: the owner of an eventfd.
final class WakeUp: Sendable {
  let descriptor: Int32

  init() throws(SimulatorError) {
    descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    guard descriptor >= 0 else { throw SimulatorError("eventfd: \(systemReason())") }
  }

  deinit { close(descriptor) }

  func signal() { eventfd_write(descriptor, 1) }

  func reset() {
    var count: eventfd_t = 0
    eventfd_read(descriptor, &count)
  }
}

/// What the last system call failed for.
func systemReason() -> String { String(cString: strerror(errno)) }
