internal import Foundation

/// What waits for one sink: bounded, and never lossy. The core waits while it is full, which the sources feel in turn.
///
/// The core puts from its own thread; one task takes.
final class RecordQueue: @unchecked Sendable {
  private let capacity: Int
  // Everything below is guarded by `condition`.
  private let condition = NSCondition()
  private var records: [Record] = []
  private var isEnded = false
  private var taker: CheckedContinuation<Void, Never>?

  init(capacity: Int) { self.capacity = capacity }

  /// Adds records in order; waits while there is no room. After `end` they are refused: then the sink has failed, and
  /// the run with it.
  func put(_ new: [Record]) {
    condition.lock()
    while records.count >= capacity, !isEnded { condition.wait() }
    if !isEnded { records += new }
    wakeTaker()
    condition.unlock()
  }

  /// No more will be put. What is there can still be taken.
  func end() {
    condition.lock()
    isEnded = true
    condition.broadcast()
    wakeTaker()
    condition.unlock()
  }

  /// All that is there, once there is something; empty when the queue has ended and is drained. One task at a time.
  func take() async -> [Record] {
    while true {
      if let taken = takeNow() { return taken }
      await withCheckedContinuation { continuation in
        condition.withLock {
          if records.isEmpty, !isEnded { taker = continuation } else { continuation.resume() }
        }
      }
    }
  }

  var count: Int { condition.withLock { records.count } }

  /// Nil when there is nothing yet.
  private func takeNow() -> [Record]? {
    condition.withLock {
      guard !records.isEmpty || isEnded else { return nil }
      defer {
        records = []
        condition.broadcast()
      }
      return records
    }
  }

  private func wakeTaker() {
    taker?.resume()
    taker = nil
  }
}
