internal import Foundation

/// The core's end of an `InputLog`: hands out the lanes' events as one sequence, each when it is due. One thread owns it.
struct InputReader {
  /// What the core shall do next.
  enum Turn {
    /// Read events `range` of the lane's current batch.
    case events(lane: Int, Range<Int>)
    /// Nothing to read for now; something else wants the core's attention.
    case attention
    /// A source wants to know how far it is.
    case progress
    /// Nothing to read before so many seconds have passed, unless a source brings something. For a caller that does not
    /// want to wait here.
    case nothing(forSeconds: Double)
    /// All lanes have ended.
    case ended
    case stopped
    /// A source failed, and all events up to its last have been read.
    case failed(any Error)
  }

  /// What is held of one lane.
  private struct Head {
    let pace: InputLog.Pace
    var batch: InputBatch?
    var next = 0
    var hasEnded = false

    var holdsEvents: Bool { batch.map { next < $0.events.count } ?? false }
    var time: Timestamp? { batch.map { $0.events[next].receiveTime } }
  }

  private enum Supply {
    case ready, starved
    case failed(any Error)
  }

  /// Seconds. Foundation cannot wait for a date beyond 2262, and it costs nothing to look again after an hour.
  private static let longestWait = 3_600.0

  private let log: InputLog
  private var heads: [Head]
  /// Ties receive times to real time for the lanes that are paced: those of the first event read.
  private var origin: (event: Timestamp, instant: ContinuousClock.Instant)?

  init(_ log: InputLog) {
    self.log = log
    heads = log.condition.withLock { log.lanes.map { Head(pace: $0.pace) } }
  }

  /// The batch that the last turn named.
  func batch(of lane: Int) -> InputBatch { heads[lane].batch ?? InputBatch() }

  /// The next stretch of events that may be read. Waits for it, or says that there is none.
  mutating func next(waits: Bool = true) -> Turn {
    log.condition.lock()
    defer { log.condition.unlock() }
    while true {
      if log.isStopped { return .stopped }
      if log.wantsAttention {
        log.wantsAttention = false
        return .attention
      }
      if log.wantsProgress {
        log.wantsProgress = false
        return .progress
      }
      switch refill() {
      case .failed(let error): return .failed(error)
      case .starved:
        // A lane that has nothing yet may still bring the earliest event.
        guard waits else { return .nothing(forSeconds: InputReader.longestWait) }
        log.condition.wait()
      case .ready:
        guard let lane = earliestLane() else { return .ended }
        switch takeDue(of: lane) {
        case .events(let range): return .events(lane: lane, range)
        case .early(let seconds):
          let wait = min(seconds, InputReader.longestWait)
          guard waits else { return .nothing(forSeconds: wait) }
          _ = log.condition.wait(until: .now + .seconds(wait))
        }
      }
    }
  }

  /// Takes a batch for every lane whose last one is used up.
  private mutating func refill() -> Supply {
    var supply = Supply.ready
    for lane in heads.indices where !heads[lane].hasEnded {
      if heads[lane].holdsEvents { continue }
      // Taken, not copied: a batch that two hold would be allocated anew when it is emptied.
      if let used = heads[lane].batch.take() { recycle(used, lane) }
      if !log.lanes[lane].waiting.isEmpty {
        heads[lane].batch = log.lanes[lane].waiting.removeFirst()
        heads[lane].next = 0
        log.condition.broadcast()
      } else if log.lanes[lane].hasEnded {
        if let failure = log.lanes[lane].failure { return .failed(failure) }
        heads[lane].hasEnded = true
      } else {
        supply = .starved
      }
    }
    return supply
  }

  private func recycle(_ used: consuming InputBatch, _ lane: Int) {
    var batch = used
    batch.removeAll()
    log.lanes[lane].free.append(batch)
  }

  private func earliestLane() -> Int? {
    var earliest: (lane: Int, time: Timestamp)?
    for lane in heads.indices {
      guard let time = heads[lane].time else { continue }
      if let earliest, earliest.time <= time { continue }
      earliest = (lane, time)
    }
    return earliest?.lane
  }

  private enum Due {
    case events(Range<Int>)
    /// None is due before so many seconds have passed.
    case early(Double)
  }

  /// The events of the lane that are due and come before every other lane's.
  private mutating func takeDue(of lane: Int) -> Due {
    guard let batch = heads[lane].batch else { return .early(0) }
    let start = heads[lane].next
    let horizon = horizon(of: lane, first: batch.events[start].receiveTime)
    var end = start
    while end < batch.events.count {
      let time = batch.events[end].receiveTime
      guard time <= horizon.due, comesFirst(time, in: lane) else { break }
      end += 1
    }
    guard end > start else { return .early(horizon.wait) }
    heads[lane].next = end
    return .events(start..<end)
  }

  /// Whether no other lane has an event before one at `time` in this lane.
  private func comesFirst(_ time: Timestamp, in lane: Int) -> Bool {
    for other in heads.indices where other != lane {
      guard let theirs = heads[other].time else { continue }
      if theirs < time || (theirs == time && other < lane) { return false }
    }
    return true
  }

  /// Up to which receive time the lane's events are due, and in how many seconds the first of them will be.
  private mutating func horizon(of lane: Int, first: Timestamp) -> (due: Timestamp, wait: Double) {
    guard case .realTime(let factor) = heads[lane].pace else { return (Timestamp(microseconds: .max), 0) }
    let now = ContinuousClock.now
    let (event, instant) = origin ?? (first, now)
    origin = (event, instant)
    // Twice what a receive time can be, for those from one end of their range to the other.
    let elapsed = min((now - instant) / .microseconds(1) * factor, 2e16)
    let due = Timestamp(microseconds: event.microseconds + Int64(elapsed))
    return (due, Double(first.microseconds - due.microseconds) / 1e6 / factor)
  }
}
