import ArbdKafka
import KafkaTestSupport
import Testing

@testable import ArbdFramework

/// Workers whose alerts and offsets go in one transaction, on any brokers.
///
/// What is claimed of real ones is that the topic of alerts, read with `isolation.level=read_committed`, has each alert of
/// an undisturbed run once and no other. The mock forgets offsets that were sent in a transaction, so that a worker begins
/// at the beginning and finds everything again: there the claim is that nothing is missing, and nothing else is there.
struct KafkaTransactionScenarios {
  static let bases = ["BTC", "ETH", "SOL", "ADA", "XRP", "DOT"]

  let trial: KafkaTrial

  init(_ brokers: any KafkaBrokers) throws { trial = try KafkaTrial(4, on: brokers) }

  private func produce(_ seconds: Range<Int>) throws {
    try trial.produce(Self.bases.map { KafkaTrial.prices($0, seconds: seconds) }.interleaved())
  }

  private func expectAllOnce(seconds: Int) async throws {
    let expected = await trial.undisturbed(Self.bases, seconds: seconds).map(KafkaTrial.withoutClock).sorted()
    let lines = try await trial.waitForAlerts(expected.count).map(KafkaTrial.withoutClock).sorted()
    if trial.brokers.isReal {
      #expect(lines == expected)
    } else {
      #expect(Set(lines) == Set(expected))
    }
  }

  private func waitForAlerts(windows: Int) async throws {
    let count = windows * Self.bases.count
    #expect(Set(try await trial.waitForAlerts(count).map(KafkaTrial.withoutClock)).count >= count)
  }

  // MARK: What happens

  func oneWorker() async throws {
    try produce(0..<9)
    let worker = try trial.worker(bases: Self.bases, transactions: "1")
    try await waitForAlerts(windows: 8)
    let summary = await worker.stop()
    #expect(summary.failures.isEmpty)
    try await expectAllOnce(seconds: 9)
    guard trial.brokers.isReal else { return }
    // Ten records a second: the first of the last window is needed again, and all have been read.
    #expect(trial.committedReadUntil() == 90 * Self.bases.count)
    #expect(try trial.committed().compactMap(\.offset).reduce(0, +) == Int64(80 * Self.bases.count))
  }

  func restarts() async throws {
    for second in stride(from: 0, to: 12, by: 3) {
      try produce(second..<second + 3)
      let worker = try trial.worker(bases: Self.bases, transactions: "1")
      try await waitForAlerts(windows: second + 2)
      let summary = await worker.stop()
      #expect(summary.failures.isEmpty)
    }
    try await expectAllOnce(seconds: 12)
  }

  /// Workers come while others are at work, then go one after the other.
  func rebalances() async throws {
    var workers: [KafkaTrial.Worker] = []
    for second in stride(from: 0, to: 9, by: 3) {
      workers.append(try trial.worker(bases: Self.bases, transactions: "\(second)"))
      try produce(second..<second + 3)
      try await waitForAlerts(windows: second + 2)
    }
    let summary = await workers.removeFirst().stop()
    #expect(summary.failures.isEmpty)
    try produce(9..<12)
    try await waitForAlerts(windows: 11)
    for worker in workers {
      let summary = await worker.stop()
      #expect(summary.failures.isEmpty)
    }
    try await expectAllOnce(seconds: 12)
  }

  /// The second run under one id shuts out the first, which says so and ends; what it had not committed is found again.
  func twoWorkersWithOneID() async throws {
    try produce(0..<3)
    let zombie = try trial.worker(bases: Self.bases, transactions: "1")
    try await waitForAlerts(windows: 2)
    let heir = try trial.worker(bases: Self.bases, transactions: "1")
    await heir.waitForPartitions()
    try produce(3..<9)
    if trial.brokers.isReal {
      let summary = await zombie.stop(atOnce: false)
      #expect(summary.end == .failed)
      #expect(summary.failures.first?.contains("another run has taken the transactional_id") == true)
    }
    try await waitForAlerts(windows: 8)
    if !trial.brokers.isReal { _ = await zombie.stop() }
    let summary = await heir.stop()
    #expect(summary.failures.isEmpty)
    try await expectAllOnce(seconds: 9)
  }

  /// The brokers that lead a partition of prices and that of alerts die, one after the other.
  func leadersAreKilled() async throws {
    try produce(0..<3)
    let workers = try ["1", "2"].map { try trial.worker(bases: Self.bases, transactions: $0) }
    try await waitForAlerts(windows: 2)
    var second = 3
    for topic in [trial.topics.prices, trial.topics.alerts] {
      let killed = try #require(try trial.brokers.killLeader(of: topic, partition: 0))
      try produce(second..<second + 3)
      second += 3
      try await waitForAlerts(windows: second - 1)
      try killed.revive()
      // One broker at a time: with two of three gone nothing can be acknowledged.
      if trial.brokers.isReal, RealCluster.reviveCommand == nil { break }
    }
    for worker in workers {
      let summary = await worker.stop()
      #expect(summary.failures.isEmpty)
    }
    try await expectAllOnce(seconds: second)
  }
}

/// The same on the mock: that it works at all, and that nothing is missing.
@Suite(.serialized, .timeLimit(.minutes(5))) struct KafkaTransactionMockTests {
  private func scenarios(brokers: Int32 = 1) throws -> KafkaTransactionScenarios {
    try KafkaTransactionScenarios(try #require(MockCluster(brokers: brokers)))
  }

  @Test func whatAWorkerFindsIsInTheTopic() async throws { try await scenarios().oneWorker() }
  @Test func aRestartLosesNothing() async throws { try await scenarios().restarts() }
  @Test func workersThatComeAndGoLoseNothing() async throws { try await scenarios().rebalances() }
  @Test func aSecondWorkerWithTheSameIDLosesNothing() async throws { try await scenarios().twoWorkersWithOneID() }
  @Test func killedLeadersLoseNothing() async throws { try await scenarios(brokers: 3).leadersAreKilled() }

  // MARK: Errors, which the mock gives on request

  typealias Fault = (request: MockCluster.Request, answers: [MockCluster.Answer])

  private func run(_ faults: [Fault]) async throws -> (lines: [String], summary: RunSummary) {
    let trial = try KafkaTrial(partitions: 1)
    try trial.produce(KafkaTrial.prices(seconds: 0..<5))
    for (request, answers) in faults { for answer in answers { trial.refuse(request, answer) } }
    let worker = try trial.worker(transactions: "1")
    let lines = try await trial.waitForAlerts(4)
    return (lines, await worker.stop())
  }

  /// Whatever is answered for a while, the same alerts and offsets are committed in the end.
  @Test(
    arguments: [
      [(.initProducerID, [.coordinatorIsLoading, .notCoordinator])],
      [(.addPartitionsToTransaction, [.concurrentTransactions, .coordinatorIsLoading])],
      [(.addOffsetsToTransaction, [.coordinatorIsLoading])],
      [(.addOffsetsToTransaction, [.groupNotAuthorised])],
      [(.transactionalOffsetCommit, [.coordinatorIsLoading, .notCoordinator])],
      [(.transactionalOffsetCommit, [.groupNotAuthorised])],
      [(.endTransaction, [.coordinatorIsLoading, .notCoordinator])],
      [(.produce, [.notLeader, .timedOut])],
    ] as [[Fault]])
  func whatPassesIsTriedAgain(faults: [Fault]) async throws {
    let (lines, summary) = try await run(faults)
    #expect(summary.failures.isEmpty)
    // The mock shows aborted records to everybody.
    #expect(Set(lines).count == 4)
  }

  @Test(
    arguments: [
      [(.endTransaction, [.producerFenced])], [(.transactionalOffsetCommit, [.invalidProducerEpoch])],
      [(.addPartitionsToTransaction, [.producerFenced])],
    ] as [[Fault]])
  func whoIsShutOutEnds(faults: [Fault]) async throws {
    let trial = try KafkaTrial(partitions: 1)
    try trial.produce(KafkaTrial.prices(seconds: 0..<5))
    for (request, answers) in faults { for answer in answers { trial.refuse(request, answer) } }
    let worker = try trial.worker(transactions: "1")
    let summary = await worker.stop(atOnce: false)
    #expect(summary.end == .failed)
    #expect(
      summary.failures.first?.contains("another run has taken the transactional_id") == true, "\(summary.failures)")
  }

  @Test func alertsOfAGroupThatHasChangedAreDroppedWithTheirOffsets() async throws {
    let trial = try KafkaTrial(partitions: 1)
    try trial.produce(KafkaTrial.prices(seconds: 0..<3))
    trial.refuse(.transactionalOffsetCommit, .illegalGeneration)
    let worker = try trial.worker(transactions: "1")
    await KafkaTrial.wait { worker.partitions > 0 }
    try trial.produce(KafkaTrial.prices(seconds: 3..<6))
    let summary = await worker.stop()
    #expect(summary.failures.isEmpty)
    // The mock's group has not changed, so nobody has told the source: nothing goes on as if all were well.
    #expect(summary.sinks.first?.counts.delivered == 0)
  }
}
