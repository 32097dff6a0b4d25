import ArbdAdapters
import ArbdKafka
import Foundation
import KafkaTestSupport
import Logging
import Testing

@testable import ArbdFramework

/// Runs that read from librdkafka's mock cluster.
@Suite(.timeLimit(.minutes(5)), .serialized) struct KafkaSourceTests {
  @Test func recordsGoThroughDetectorsInTheOrderOfTheirTimes() async throws {
    let trial = try KafkaTrial(partitions: 2)
    try trial.produce(KafkaTrial.prices(seconds: 0..<8))
    let worker = try trial.worker()
    await worker.wait(for: 7)
    let summary = await worker.stop()
    #expect(summary.failures.isEmpty)
    #expect(worker.windows("BTC") == [0, 1, 2, 3, 4, 5, 6])
  }

  @Test func whatCannotBeReadIsCountedAndSkipped() async throws {
    let trial = try KafkaTrial(partitions: 1)
    try trial.produce(["nonsense", "{}"] + KafkaTrial.prices(seconds: 0..<4) + ["[]"])
    let worker = try trial.worker()
    await worker.wait(for: 3)
    let summary = await worker.stop()
    #expect(summary.sources.first?.counts["undecodable_records"] == 3)
    #expect(worker.windows("BTC") == [0, 1, 2])
  }

  @Test func aRestartBuildsOpenWindowsAgainAndFiresNoneTwice() async throws {
    let trial = try KafkaTrial(partitions: 1)
    try trial.produce(KafkaTrial.prices(seconds: 0..<5))
    let first = try trial.worker()
    await first.wait(for: 4)
    _ = await first.stop()
    #expect(first.windows("BTC") == [0, 1, 2, 3])
    try trial.produce(KafkaTrial.prices(seconds: 5..<9))
    let second = try trial.worker()
    await second.wait(for: 4)
    _ = await second.stop()
    #expect(second.windows("BTC") == [4, 5, 6, 7])
    // Window 4 began before the restart: its prices are those of all its records.
    let whole = try KafkaTrial(partitions: 1)
    try whole.produce(KafkaTrial.prices(seconds: 0..<9))
    let undisturbed = try whole.worker()
    await undisturbed.wait(for: 8)
    _ = await undisturbed.stop()
    #expect(first.lines + second.lines == undisturbed.lines)
  }

  @Test func offsetsGoBackToTheFirstRecordOfTheOldestOpenWindow() async throws {
    let trial = try KafkaTrial(partitions: 1)
    try trial.produce(KafkaTrial.prices(seconds: 0..<5))
    let worker = try trial.worker()
    await worker.wait(for: 4)
    _ = await worker.stop()
    let committed = try #require(try trial.committed().first)
    // Ten records a second; windows 0 to 3 have fired, the first record of window 4 is number 40.
    #expect(committed.offset == 40)
    let metadata = String(decoding: committed.metadata, as: UTF8.self)
    #expect(metadata.contains("\"read_until\":50"))
    #expect(metadata.contains("\"fired_until_us\":{\"BTC\":\(KafkaTrial.start + 4_000_000)}"), "\(metadata)")
  }

  @Test func whileASinkRefusesAlertsNothingIsCommitted() async throws {
    let trial = try KafkaTrial(partitions: 1)
    try trial.produce(KafkaTrial.prices(seconds: 0..<5))
    let worker = try trial.worker(isSinkDown: true)
    await worker.waitForAttempts(20)
    #expect(try trial.committed().first?.offset ?? 0 == 0)
    worker.setSinkUp()
    await worker.wait(for: 4)
    _ = await worker.stop()
    #expect(try trial.committed().first?.offset == 40)
  }

  @Test func whenAWorkerJoinsOpenWindowsGoOverWithTheirPartitions() async throws {
    let trial = try KafkaTrial(partitions: 4)
    let bases = ["BTC", "ETH", "SOL", "ADA", "XRP", "DOT"]
    try trial.produce(bases.map { KafkaTrial.prices($0, seconds: 0..<4) }.interleaved())
    let first = try trial.worker(bases: bases)
    await first.wait(for: 3 * bases.count)
    // The mock takes no commits once a rebalance has begun, as brokers do until all have joined.
    await KafkaTrial.wait { trial.committedReadUntil() == 40 * bases.count }
    let second = try trial.worker(bases: bases)
    await second.waitForPartitions()
    try trial.produce(bases.map { KafkaTrial.prices($0, seconds: 4..<9) }.interleaved())
    await KafkaTrial.wait { first.lines.count + second.lines.count >= 8 * bases.count }
    _ = await first.stop()
    _ = await second.stop()
    // Both had something to do, and what they found together is what one alone would have found.
    #expect(!second.lines.isEmpty && first.lines.count > 3 * bases.count)
    for base in bases { #expect((first.windows(base) + second.windows(base)).sorted() == Array(0..<8), "\(base)") }
    let whole = try KafkaTrial(partitions: 1)
    try whole.produce(bases.map { KafkaTrial.prices($0, seconds: 0..<9) }.interleaved())
    let undisturbed = try whole.worker(bases: bases)
    await undisturbed.wait(for: 8 * bases.count)
    _ = await undisturbed.stop()
    #expect(
      Set((first.lines + second.lines).map(KafkaTrial.withoutClock))
        == Set(undisturbed.lines.map(KafkaTrial.withoutClock)))
  }

  @Test func brokersThatVanishAndReturnLoseNothing() async throws {
    let trial = try KafkaTrial(partitions: 1)
    try trial.produce(KafkaTrial.prices(seconds: 0..<4))
    let worker = try trial.worker()
    await worker.wait(for: 3)
    trial.setDown()
    trial.setUp()
    try trial.produce(KafkaTrial.prices(seconds: 4..<9))
    await worker.wait(for: 8)
    let summary = await worker.stop()
    #expect(summary.failures.isEmpty)
    #expect(worker.windows("BTC") == [0, 1, 2, 3, 4, 5, 6, 7])
  }

  @Test func whatBrokersRefuseForAWhileIsAskedAgain() async throws {
    let trial = try KafkaTrial(partitions: 2, brokers: 3)
    try trial.produce(KafkaTrial.prices(seconds: 0..<4))
    trial.refuse(.findCoordinator, .coordinatorIsLoading, .notCoordinator)
    trial.refuse(.joinGroup, .notCoordinator, .coordinatorIsLoading)
    trial.refuse(.fetch, .notLeader, .timedOut)
    trial.refuse(.metadata, .timedOut)
    let worker = try trial.worker()
    await worker.wait(for: 3)
    trial.moveCoordinator(to: 2)
    trial.refuse(.heartbeat, .notCoordinator)
    trial.refuse(.fetch, .notLeader)
    try trial.produce(KafkaTrial.prices(seconds: 4..<9))
    await worker.wait(for: 8)
    let summary = await worker.stop()
    #expect(summary.failures.isEmpty)
    #expect(Set(worker.windows("BTC")) == Set(0..<8))
    // The mock keeps commits by group, whichever broker coordinates.
    #expect(trial.committedReadUntil() == 90)
  }

  @Test func withoutABrokerTheRunDoesNotBegin() async throws {
    let trial = try KafkaTrial(partitions: 1)
    trial.setDown()
    let worker = try trial.worker(timeout: .milliseconds(500), startup: .error)
    let summary = await worker.stop(atOnce: false)
    #expect(summary.end == .failed)
    #expect(summary.failures.first?.contains("no answer from Kafka") == true)
  }

  @Test func aBrokerThatIsAbsentAtTheStartIsWaitedFor() async throws {
    let trial = try KafkaTrial(partitions: 1)
    try trial.produce(KafkaTrial.prices(seconds: 0..<4))
    trial.setDown()
    let worker = try trial.worker(timeout: .milliseconds(500))
    await KafkaTrial.wait { worker.fault != nil }
    #expect(worker.fault?.contains("no answer from Kafka") == true)
    trial.setUp()
    await worker.wait(for: 3)
    #expect(worker.fault == nil)
    let summary = await worker.stop()
    #expect(summary.failures.isEmpty)
    #expect(worker.windows("BTC") == [0, 1, 2])
  }

  @Test func aTopicThatIsRefusedIsReadWhenItIsNot() async throws {
    let trial = try KafkaTrial(partitions: 1)
    try trial.produce(KafkaTrial.prices(seconds: 0..<4))
    trial.setTopic(.topicNotAuthorised)
    let worker = try trial.worker()
    await KafkaTrial.wait { worker.isRunning }
    trial.setTopic(nil)
    await worker.wait(for: 3)
    let summary = await worker.stop()
    #expect(summary.failures.isEmpty)
    #expect(worker.windows("BTC") == [0, 1, 2])
  }

  /// Somebody who only looks joins no group: those at work keep their partitions.
  @Test func whoInspectsASourceIsNoMember() async throws {
    let trial = try KafkaTrial(partitions: 3)
    let worker = try trial.worker()
    await worker.waitForPartitions()
    #expect(try worker.inspect() == "1 topics with 3 partitions")
    #expect(worker.partitions == 3)
    _ = await worker.stop()
  }

  /// The callback has asked, and nobody has answered it.
  @Test func aMemberCanLeaveInTheMiddleOfARebalance() throws {
    let trial = try KafkaTrial(partitions: 1)
    var consumer: KafkaConsumer? = try trial.consumer()
    try consumer?.subscribe(to: [trial.topics.prices])
    var isAssigned = false
    for _ in 0..<600 where !isAssigned {
      if case .assigned = consumer?.next(milliseconds: 100, { _ in }) { isAssigned = true }
    }
    #expect(isAssigned)
    // Returns; else the suite's time limit ends it.
    consumer = nil
  }

  @Test func alertsOfOtherRunsGoToTheSinks() async throws {
    let trial = try KafkaTrial(partitions: 1)
    try trial.produce(KafkaTrial.prices(seconds: 0..<5))
    let detector = try trial.worker()
    await detector.wait(for: 4)
    _ = await detector.stop()
    try trial.produce(detector.lines, to: "alerts")
    let deliverer = try trial.worker(reads: .alerts)
    await deliverer.wait(for: 4)
    _ = await deliverer.stop()
    #expect(deliverer.lines == detector.lines)
    #expect(try trial.committed(of: "alerts").first?.offset == 4)
  }

  /// librdkafka leaves the group for whoever does not poll for so long; all that was read would be read again.
  @Test func whoWaitsForASinkStaysAMember() async throws {
    let trial = try KafkaTrial(partitions: 1)
    try trial.produce(KafkaTrial.prices(seconds: 0..<2))
    let detector = try trial.worker()
    await detector.wait(for: 1)
    _ = await detector.stop()
    let alert = try #require(detector.lines.first)
    // More than the queue, the core and the way to it hold, and less than the mock keeps.
    let lines = (0..<9_500).map { alert.replacing("\"detector\":\"BTC\"", with: "\"detector\":\"d\($0)\"") }
    try trial.produce(lines, to: "alerts")
    let deliverer = try trial.worker(
      reads: .alerts, isSinkDown: true, queue: 1_000, properties: ["max.poll.interval.ms": "6500"])
    await deliverer.waitForAttempts(1)
    try await Task.sleep(for: .seconds(8))
    deliverer.setSinkUp()
    await deliverer.wait(for: lines.count)
    _ = await deliverer.stop()
    let delivered = deliverer.lines
    #expect(delivered.count == lines.count)
    #expect(Set(delivered).count == lines.count)
  }

  @Test(.enabled(if: Kcat.isThere, "skipped: needs kcat"))
  func whatKcatWritesIsRead() async throws {
    let trial = try KafkaTrial(partitions: 1)
    try trial.produceByKcat(KafkaTrial.prices(seconds: 0..<4))
    let worker = try trial.worker()
    await worker.wait(for: 3)
    _ = await worker.stop()
    #expect(worker.windows("BTC") == [0, 1, 2])
  }
}
