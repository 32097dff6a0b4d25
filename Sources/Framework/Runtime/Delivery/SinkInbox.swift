internal import Foundation

/// What waits for one sink: records in memory, bounded, and the news of alerts in a journal. Alerts are never dropped;
/// what becomes of market data that has no room is for the policy to say.
///
/// The core puts from its own thread; one task takes. Unchecked: everything mutable is guarded by `condition`.
final class SinkInbox: @unchecked Sendable {
  let capacity: Int
  private let policy: OverflowPolicy
  private let condition = Condition()
  /// Those before `head` have been taken.
  private var records: [Record] = []
  private var head = 0
  private var announcedPosition: Int64 = 0
  private var readPosition: Int64 = 0
  private var drops: UInt64 = 0
  private var isEnded = false
  private var waiter: (count: Int, number: Int, continuation: CheckedContinuation<Void, Never>)?
  private var lastWaiter = 0

  init(capacity: Int, policy: OverflowPolicy) {
    self.capacity = capacity
    self.policy = policy
  }

  var count: Int { condition.withLock { records.count - head } }

  /// Market data that there was no room for.
  var dropped: UInt64 { condition.withLock { drops } }

  // MARK: The core

  /// Adds records in order. After `end` they are refused: then the sink has failed, and the run with it.
  func put(_ new: [Record]) {
    condition.lock()
    for record in new {
      makeRoom(for: record)
      guard !isEnded else { break }
      if records.count - head < capacity || record.kind == .alert { records.append(record) } else { drop(record) }
    }
    wake()
    condition.unlock()
  }

  /// The journal can be read up to here.
  func announce(_ position: Int64) {
    condition.lock()
    announcedPosition = max(announcedPosition, position)
    wake()
    condition.unlock()
  }

  /// No more will be put. What is there can still be taken.
  func end() {
    condition.lock()
    isEnded = true
    condition.broadcast()
    wake()
    condition.unlock()
  }

  private func makeRoom(for record: Record) {
    guard records.count - head >= capacity, !isEnded else { return }
    if policy == .dropOldest { dropOldest(capacity / 8) }
    guard policy == .wait || record.kind == .alert else { return }
    while records.count - head >= capacity, !isEnded {
      // The sink shall take what is there before more can come.
      wake()
      condition.wait()
    }
  }

  private func dropOldest(_ most: Int) {
    var left = most
    // Mostly there is no alert among them: then they are left behind as if they had been taken.
    while left > 0, head < records.count, records[head].kind != .alert {
      drop(records[head])
      head += 1
      left -= 1
    }
    if head > records.count / 2 { removeTaken() }
    guard left > 0 else { return }
    records = records[head...].filter { record in
      guard left > 0, record.kind != .alert else { return true }
      left -= 1
      drop(record)
      return false
    }
    head = 0
  }

  private func removeTaken() {
    records.removeFirst(head)
    head = 0
  }

  /// A report of how the run is doing is no loss: the next one says it too.
  private func drop(_ record: Record) { if record.kind != .status { drops += 1 } }

  // MARK: The sink

  /// Returns once there is something to take, and then as soon as there is a full batch or `wait` is over; false when
  /// there is nothing and nothing will come.
  func hasMore(batch: Int, wait: Duration) async -> Bool {
    await waitFor(1, nil)
    if wait > .zero { await waitFor(min(batch, capacity), wait) }
    return condition.withLock { available > 0 }
  }

  /// Whether there is that much to take, or nothing more to wait for.
  func hasMore(batch: Int) -> Bool {
    condition.withLock { available >= min(batch, capacity) || (isEnded && available > 0) }
  }

  /// There is nothing to take, and nothing will come.
  var isFinished: Bool { condition.withLock { isEnded && available <= 0 } }

  /// At most so many records.
  func take(_ limit: Int) -> [Record] {
    condition.withLock {
      let end = min(records.count, head + limit)
      let taken = Array(records[head..<end])
      head = end
      if head > records.count / 2 { removeTaken() }
      if !taken.isEmpty { condition.broadcast() }
      return taken
    }
  }

  func takeAll() -> [Record] { take(Int(Int32.max)) }

  /// The sink's cursor: what the journal has behind it is still to be taken.
  func read(upTo position: Int64) { condition.withLock { readPosition = position } }

  private var available: Int { records.count - head + Int(max(0, announcedPosition - readPosition)) }

  private func waitFor(_ count: Int, _ limit: Duration?) async {
    await withCheckedContinuation { continuation in
      let number: Int? = condition.withLock {
        guard available < count, !isEnded else { return nil }
        lastWaiter += 1
        waiter = (count, lastWaiter, continuation)
        return lastWaiter
      }
      guard let number else { return continuation.resume() }
      guard let limit else { return }
      DispatchQueue.global().asyncAfter(deadline: .now() + limit / .seconds(1)) {
        self.condition.withLock { if self.waiter?.number == number { self.resumeWaiter() } }
      }
    }
  }

  private func wake() {
    if let waiter, available >= waiter.count || isEnded { resumeWaiter() }
  }

  private func resumeWaiter() {
    waiter?.continuation.resume()
    waiter = nil
  }
}
