internal import Synchronization

/// Carries what a source has opened from `open` to `run`, which are called on different threads.
final class Slot<Value: Sendable>: Sendable {
  private let slot = Mutex<Value?>(nil)

  var value: Value? { slot.withLock { $0 } }

  func put(_ value: Value?) { slot.withLock { $0 = value } }

  func take() -> Value? {
    slot.withLock { value in
      defer { value = nil }
      return value
    }
  }
}
