import ArbdFramework
import Testing

@testable import ArbdAdapters

@Suite struct OffsetMarksTests {
  /// Events 10, 20, 30… at offsets 100, 101, 102….
  private func marks(_ count: Int, capacity: Int = OffsetMarks.capacity) -> OffsetMarks {
    var marks = OffsetMarks(next: 100, capacity: capacity)
    for number in 0..<count { marks.append(event: UInt64(number + 1) * 10, offset: Int64(100 + number)) }
    return marks
  }

  @Test(arguments: [(0, 100), (10, 100), (11, 101), (20, 101), (25, 102), (50, 104), (51, 105), (900, 105)])
  func theFirstRecordThatIsNeededIsFound(event: UInt64, offset: Int64) {
    #expect(marks(5).offset(from: event) == offset)
    #expect(marks(5).offset(from: event, roundsUp: true) == offset)
  }

  @Test func beforeTheFirstRecordItIsWhereReadingBegan() {
    #expect(OffsetMarks(next: 7).offset(from: 3) == 7)
    #expect(OffsetMarks().offset(from: 3) == nil)
  }

  @Test func whatWasSkippedIsNotNeeded() {
    var marks = marks(2)
    marks.skip(offset: 102)
    #expect(marks.offset(from: 11) == 101)
    #expect(marks.offset(from: 21) == 103)
  }

  @Test func forgettingChangesNothingThatIsAskedForLater() {
    for start in stride(from: UInt64(1), through: 1_010, by: 7) {
      var forgetful = marks(100)
      forgetful.forget(before: start)
      for event in start..<1_020 { #expect(forgetful.offset(from: event) == marks(100).offset(from: event)) }
      if start > 400 { break }
    }
  }

  @Test func withMoreThanItKeepsItGoesBackFurtherNeverLess() {
    let exact = marks(1_000)
    let thinned = marks(1_000, capacity: 16)
    for event in stride(from: UInt64(0), to: 10_020, by: 3) {
      guard let wanted = exact.offset(from: event), let lower = thinned.offset(from: event),
        let upper = thinned.offset(from: event, roundsUp: true)
      else {
        Issue.record("no offset for \(event)")
        return
      }
      #expect(lower <= wanted && wanted - lower <= 256 && upper >= wanted, "event \(event)")
    }
    #expect(thinned.offset(from: 10_001) == 1_100)
  }
}

@Suite struct PartitionMergeTests {
  private func record(_ time: Int64, offset: Int64 = 0) -> PartitionMerge.Record {
    let time = Timestamp(microseconds: time)
    return PartitionMerge.Record(offset: offset, content: .event(.clock(time)), time: time)
  }

  private func take(_ merge: inout PartitionMerge, _ limit: Int = 100, waits: Bool = true) -> [String] {
    var taken: [String] = []
    merge.take(limit, waits: waits) { taken.append("\($0):\($1.time.microseconds)") }
    return taken
  }

  private func merge(_ queues: [[Int64]]) -> PartitionMerge {
    var merge = PartitionMerge()
    for (partition, times) in queues.enumerated() {
      merge.add(partition)
      for time in times { merge.append(record(time), to: partition) }
    }
    return merge
  }

  @Test func recordsComeInTheOrderOfTheirTimes() {
    var merge = merge([[1, 4, 5], [2, 3, 9]])
    #expect(take(&merge) == ["0:1", "1:2", "1:3", "0:4", "0:5"])
    // More may come of the first.
    #expect(merge.awaited == [0])
    merge.append(record(7), to: 0)
    merge.reachedEnd(0)
    #expect(take(&merge) == ["0:7", "1:9"])
  }

  @Test func aPartitionAtItsEndHoldsNobodyUp() {
    var merge = merge([[], [1, 2]])
    #expect(take(&merge).isEmpty)
    merge.reachedEnd(0)
    #expect(take(&merge) == ["1:1", "1:2"])
    merge.append(record(3), to: 0)
    #expect(take(&merge).isEmpty)
    #expect(take(&merge, waits: false) == ["0:3"])
  }

  @Test func whatIsGivenUpIsForgotten() {
    var merge = merge([[1], [2]])
    merge.remove(0)
    #expect(take(&merge) == ["1:2"])
    merge.append(record(3), to: 0)
    #expect(merge.isEmpty)
  }

  @Test func withinAPartitionTheOrderIsKept() {
    var merge = merge([[5, 1, 9], [4, 6]])
    merge.reachedEnd(0)
    merge.reachedEnd(1)
    #expect(take(&merge) == ["1:4", "0:5", "0:1", "1:6", "0:9"])
  }

  @Test func onlySoManyAreTaken() {
    var merge = merge([[1, 2, 3], [9]])
    #expect(take(&merge, 2) == ["0:1", "0:2"])
  }

  @Test func aPartitionThatIsFarAheadIsPaused() {
    var merge = merge([[], []])
    for time in 0..<PartitionMerge.pauseCount { merge.append(record(Int64(time)), to: 0) }
    #expect(merge.takePauses() == ([0], []))
    #expect(merge.takePauses() == ([], []))
    merge.reachedEnd(1)
    _ = take(&merge, PartitionMerge.pauseCount)
    #expect(merge.takePauses() == ([], [0]))
  }
}

@Suite struct CommittedProgressTests {
  private let sample = CommittedProgress(
    firedUntil: ["btc": Timestamp(microseconds: 1_700_000_010_000_000), "a \"b\"": Timestamp(microseconds: -1_000)],
    readUntil: 5_120, clock: Timestamp(microseconds: 1_700_000_011_000_000))

  @Test func whatIsWrittenIsRead() {
    let (bytes, leftOut) = sample.encoded
    #expect(leftOut == 0)
    #expect(CommittedProgress(bytes) == sample)
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == #"{"v":1,"read_until":5120,"clock_us":1700000011000000,"fired_until_us":{"a \"b\"":-1000,"#
        + #""btc":1700000010000000}}"#)
  }

  @Test func nothingIsNoProgress() {
    #expect(CommittedProgress([])?.firedUntil == [:])
  }

  @Test(arguments: [
    "x", "{}", "{\"v\":2}", "{\"v\":1,\"clock_us\":99007199254740993000}", "{\"v\":1,\"fired_until_us\":{\"a\":\"b\"}}",
    "{\"v\":1,\"fired_until_us\":{\"a\":9223372036854775807}}", "[1]", "{\"v\":1",
  ])
  func whatOthersWroteIsNotTaken(text: String) {
    #expect(CommittedProgress(Array(text.utf8)) == nil)
  }

  @Test func whatHasNoRoomIsLeftOutAndCounted() throws {
    var many = sample
    for number in 0..<500 { many.firedUntil["detector \(number)"] = Timestamp(microseconds: 1_700_000_000_000_000) }
    let (bytes, leftOut) = many.encoded
    #expect(bytes.count <= CommittedProgress.capacity && leftOut > 0)
    #expect(try #require(CommittedProgress(bytes)).firedUntil.count == many.firedUntil.count - leftOut)
  }
}
