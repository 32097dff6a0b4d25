internal import ArbdFramework

/// Puts the records of several partitions into one order, that of their receive times, as far as they are there: a
/// partition that has more to come holds the others up, one that has been read to its end does not.
///
/// Without it, whatever partition is fetched first after a pause would move the clock past everything in the others.
struct PartitionMerge {
  struct Record: Sendable {
    enum Content: Sendable {
      case event(MarketEvent)
      case alert([UInt8])
      case unreadable
    }

    let offset: Int64
    let content: Content
    /// What it is ordered by.
    let time: Timestamp
  }

  private struct Queue {
    var records: [Record] = []
    var head = 0
    var isAtEnd = false
    var isPaused = false

    var count: Int { records.count - head }
    var time: Timestamp? { head < records.count ? records[head].time : nil }

    mutating func removeFirst() -> Record {
      defer {
        head += 1
        if head > 512, head * 2 > records.count {
          records.removeFirst(head)
          head = 0
        }
      }
      return records[head]
    }
  }

  /// With so many records waiting, a partition is to be paused until half of them are gone.
  static let pauseCount = 4_096

  /// By the partition's number here; nil where it was given up.
  private var queues: [Queue?] = []

  var isEmpty: Bool { queues.allSatisfy { ($0?.count ?? 0) == 0 } }

  mutating func add(_ partition: Int) {
    while queues.count <= partition { queues.append(nil) }
    queues[partition] = Queue()
  }

  /// What waits of it is dropped.
  mutating func remove(_ partition: Int) { queues[partition] = nil }

  mutating func append(_ record: Record, to partition: Int) {
    queues[partition]?.records.append(record)
    queues[partition]?.isAtEnd = false
  }

  /// Everything that is in the partition for now has been read.
  mutating func reachedEnd(_ partition: Int) { queues[partition]?.isAtEnd = true }

  /// The partitions that hold the others up: there is nothing of them, and they are not at their end.
  var awaited: [Int] {
    queues.indices.filter { queues[$0].map { $0.count == 0 && !$0.isAtEnd } ?? false }
  }

  /// Takes records out in order, at most so many, until one must be waited for; `waits` false: until there are none.
  mutating func take(_ limit: Int, waits: Bool = true, _ body: (_ partition: Int, Record) throws -> Void) rethrows {
    var left = limit
    while left > 0, let (partition, bound) = earliest(waits: waits) {
      repeat {
        guard let record = queues[partition]?.removeFirst() else { return }
        left -= 1
        try body(partition, record)
      } while left > 0 && queues[partition]?.time.map { (time: Timestamp) in time <= bound } ?? false
    }
  }

  /// The partition with the earliest record, and up to which time its records come before those of all others.
  private func earliest(waits: Bool) -> (partition: Int, bound: Timestamp)? {
    var first: (partition: Int, time: Timestamp)?
    var second = Timestamp(microseconds: .max)
    for (partition, queue) in queues.enumerated() {
      guard let queue else { continue }
      guard let time = queue.time else {
        if waits, !queue.isAtEnd { return nil }
        continue
      }
      guard let known = first else {
        first = (partition, time)
        continue
      }
      if time < known.time { first = (partition, time) }
      second = min(second, max(time, known.time))
    }
    // A tie goes to the one that was met first; behind it the other has its turn.
    return first.map { ($0.partition, second) }
  }

  /// The partitions that are to be paused, and those that are to go on, since the last call.
  mutating func takePauses() -> (paused: [Int], resumed: [Int]) {
    var pauses: (paused: [Int], resumed: [Int]) = ([], [])
    for partition in queues.indices {
      guard let queue = queues[partition] else { continue }
      if !queue.isPaused, queue.count >= PartitionMerge.pauseCount {
        queues[partition]?.isPaused = true
        pauses.paused.append(partition)
      } else if queue.isPaused, queue.count < PartitionMerge.pauseCount / 2 {
        queues[partition]?.isPaused = false
        pauses.resumed.append(partition)
      }
    }
    return pauses
  }
}
