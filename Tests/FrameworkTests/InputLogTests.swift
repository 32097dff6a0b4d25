import Foundation
import Synchronization
import Testing

@testable import ArbdFramework

/// Driven by real threads; only the order is looked at, which must not depend on theirs.
@Suite(.timeLimit(.minutes(5))) struct InputLogTests {
  @Test(arguments: 0..<40)
  func lanesMergeByReceiveTimeThenByLane(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let log = InputLog(markets: MarketTable())
    let lanes = (0..<random.number(1...4)).map { _ in random.times() }
    for times in lanes {
      let size = random.number(1...20)
      let writer = log.addLane(pace: .maximum)
      inThread {
        var rest = times[...]
        while !rest.isEmpty {
          try writer.append(ticks: Array(rest.prefix(size)))
          rest = rest.dropFirst(size)
        }
        log.end(writer)
      }
    }
    #expect(read(log).events == merged(lanes), "seed \(seed)")
  }

  @Test func aPacedLaneKeepsItsPlace() throws {
    let log = InputLog(markets: MarketTable())
    let paced = log.addLane(pace: .realTime(factor: 1e9))
    let quick = log.addLane(pace: .maximum)
    try paced.append(ticks: [1, 3, 3, 1_000_000])
    try quick.append(ticks: [0, 3, 500_000, 1_000_000])
    for writer in [paced, quick] { log.end(writer) }
    let expected = [(1, 0), (0, 1), (0, 3), (0, 3), (1, 3), (1, 500_000), (0, 1_000_000), (1, 1_000_000)]
    #expect(read(log).events == expected.map { Read(lane: $0.0, time: Int64($0.1)) })
  }

  @Test func anEmptyLogHasEnded() {
    let log = InputLog(markets: MarketTable())
    let lane = log.addLane(pace: .maximum)
    log.end(lane)
    #expect(read(log) == Reading(events: [], end: "ended"))
    #expect(read(InputLog(markets: MarketTable())) == Reading(events: [], end: "ended"))
  }

  @Test func aFailedLaneIsReadToItsLastEvent() throws {
    let log = InputLog(markets: MarketTable())
    let writer = log.addLane(pace: .maximum)
    try writer.append(ticks: [1, 2])
    try writer.append(ticks: [3])
    log.end(writer, failure: Broken())
    #expect(read(log) == Reading(events: [1, 2, 3].map { Read(lane: 0, time: $0) }, end: "failed Broken()"))
  }

  @Test func aWriterBeyondTheDepthWaitsAndStopWakesIt() {
    let log = InputLog(markets: MarketTable())
    let writer = log.addLane(pace: .maximum)
    let progress = Milestones()
    let isTurnedAway = Mutex(false)
    let thread = inThread {
      do {
        for time in 0..<Int64(1_000) {
          try writer.append(ticks: [time])
          progress.advance()
        }
      } catch is InputLog.Stopped {
        isTurnedAway.withLock { $0 = true }
      }
    }
    progress.wait(for: 4)
    log.stop()
    thread.wait()
    #expect(progress.count == 4)
    #expect(isTurnedAway.withLock { $0 })
    #expect(throws: InputLog.Stopped.self) { try writer.append(ticks: [1]) }
  }

  @Test func aWriterIsNeverFurtherAheadThanTheDepth() {
    let log = InputLog(markets: MarketTable())
    let writer = log.addLane(pace: .maximum)
    let progress = Milestones()
    inThread {
      for time in 0..<Int64(300) {
        try writer.append(ticks: [time])
        progress.advance()
      }
      log.end(writer)
    }
    var reader = InputReader(log)
    var taken = 0
    while case .events(_, let range) = reader.next() {
      taken += range.count
      #expect(progress.count <= taken + 4)
    }
    #expect(taken == 300)
  }

  @Test func stopWakesAWaitingReader() {
    let log = InputLog(markets: MarketTable())
    _ = log.addLane(pace: .maximum)
    let end = Mutex("")
    let thread = inThread { end.withLock { $0 = read(log).end } }
    log.stop()
    thread.wait()
    #expect(end.withLock { $0 } == "stopped")
  }

  @Test func stopIsHeededBeforeWhatIsThere() throws {
    let log = InputLog(markets: MarketTable())
    let writer = log.addLane(pace: .maximum)
    try writer.append(ticks: [1])
    log.stop()
    #expect(read(log) == Reading(events: [], end: "stopped"))
  }

  @Test func attentionComesOnceAndBeforeEvents() throws {
    let log = InputLog(markets: MarketTable())
    let writer = log.addLane(pace: .maximum)
    try writer.append(ticks: [1])
    log.end(writer)
    log.requestAttention()
    log.requestAttention()
    var reader = InputReader(log)
    #expect(reader.next().name == "attention")
    #expect(reader.next().name == "events")
    #expect(reader.next().name == "ended")
  }

  @Test func usedBatchesComeBackEmpty() throws {
    let log = InputLog(markets: MarketTable())
    let writer = log.addLane(pace: .maximum)
    var large = InputBatch()
    for time in 0..<Int64(500) { large.append(.tick(Timestamp(microseconds: time))) }
    #expect(try writer.append(large).events.capacity == 0)
    try writer.append(ticks: [1_000])
    var reader = InputReader(log)
    // The second turn is done with the first batch.
    for _ in 0..<2 { #expect(reader.next().name == "events") }
    var next = InputBatch()
    next.append(.tick(Timestamp(microseconds: 2_000)))
    let recycled = try writer.append(next)
    #expect(recycled.events.isEmpty && recycled.bytes.isEmpty && recycled.events.capacity >= 500)
  }

  @Test func anEmptyBatchIsGivenBackAndNotRead() throws {
    let log = InputLog(markets: MarketTable())
    let writer = log.addLane(pace: .maximum)
    for _ in 0..<100 { _ = try writer.append(InputBatch()) }
    try writer.append(ticks: [1])
    log.end(writer)
    #expect(read(log).events == [Read(lane: 0, time: 1)])
  }

  @Test func whatSourcesCountIsKeptByLane() {
    let log = InputLog(markets: MarketTable())
    let (one, other) = (log.addLane(pace: .maximum), log.addLane(pace: .maximum))
    one.count("skipped")
    one.count("skipped")
    other.count("lines")
    #expect(log.sourceCounts == [["skipped": 2], ["lines": 1]])
  }
}

// MARK: - Reading

private struct Read: Equatable {
  let lane: Int
  let time: Int64
}

private struct Reading: Equatable {
  var events: [Read]
  var end: String
}

private struct Broken: Error {}

/// Everything that the log has, and how it ended.
private func read(_ log: InputLog) -> Reading {
  var reader = InputReader(log)
  var events: [Read] = []
  while true {
    let turn = reader.next()
    guard case .events(let lane, let range) = turn else { return Reading(events: events, end: turn.name) }
    let batch = reader.batch(of: lane)
    events += range.map { Read(lane: lane, time: batch.events[$0].receiveTime.microseconds) }
  }
}

extension InputReader.Turn {
  fileprivate var name: String {
    switch self {
    case .events: "events"
    case .attention: "attention"
    case .progress: "progress"
    case .nothing: "nothing"
    case .ended: "ended"
    case .stopped: "stopped"
    case .failed(let error): "failed \(error)"
    }
  }
}

/// One at a time: always the head with the smallest time, the first lane among equals.
private func merged(_ lanes: [[Int64]]) -> [Read] {
  var rest = lanes.map { $0[...] }
  var merged: [Read] = []
  while true {
    var best: Read?
    for (lane, times) in rest.enumerated() {
      guard let time = times.first else { continue }
      if let found = best, found.time <= time { continue }
      best = Read(lane: lane, time: time)
    }
    guard let best else { return merged }
    rest[best.lane].removeFirst()
    merged.append(best)
  }
}

extension InputLog.Writer {
  fileprivate func append(ticks times: [Int64]) throws {
    var batch = InputBatch()
    for time in times { batch.append(.tick(Timestamp(microseconds: time))) }
    _ = try append(batch)
  }
}

extension SeededRandom {
  /// Receive times with many ties; now and then one goes back, as a venue's clock may.
  fileprivate mutating func times() -> [Int64] {
    var time: Int64 = 0
    return (0..<number(0...150)).map { _ in
      time += Int64(number(0...3))
      return chance(5) ? time - 4 : time
    }
  }
}

// MARK: - Threads

/// A count that can be waited for.
final class Milestones: @unchecked Sendable {
  private let condition = NSCondition()
  private var value = 0

  var count: Int { condition.withLock { value } }

  func advance() {
    condition.withLock {
      value += 1
      condition.broadcast()
    }
  }

  func wait(for count: Int) {
    condition.lock()
    while value < count { condition.wait() }
    condition.unlock()
  }

  func wait() { wait(for: 1) }
}

/// Runs `work` in a thread of its own; what is given back can be waited for.
@discardableResult
func inThread(_ work: @escaping @Sendable () throws -> Void) -> Milestones {
  let end = Milestones()
  Thread.detachNewThread {
    do { try work() } catch { Issue.record("\(error)") }
    end.advance()
  }
  return end
}
