import ArbdAdapters
import KafkaTestSupport
import Testing

@testable import ArbdFramework

/// What the mock cannot show: brokers that keep their data, take commits while a rebalance is under way, and choose new
/// leaders.
///
///     ARBD_KAFKA_BROKERS=localhost:9092 swift test --filter KafkaBrokerTests
@Suite(.enabled(if: RealCluster.isNamed, "\(RealCluster.reason)"), .timeLimit(.minutes(5)), .serialized)
struct KafkaBrokerTests {
  private static let bases = ["BTC", "ETH", "SOL", "ADA", "XRP", "DOT"]

  /// Every window of every base once, with the prices of all its records, however the partitions went about.
  private func expectAllOnce(_ trial: KafkaTrial, _ workers: [KafkaTrial.Worker], seconds: Int) async throws {
    let lines = workers.flatMap(\.lines)
    #expect(Set(lines).count == lines.count)
    let expected = await trial.undisturbed(Self.bases, seconds: seconds)
    #expect(lines.map(KafkaTrial.withoutClock).sorted() == expected.map(KafkaTrial.withoutClock).sorted())
  }

  @Test func aRestartLosesAndRepeatsNothing() async throws {
    let trial = try KafkaTrial(real: 4)
    var workers: [KafkaTrial.Worker] = []
    for second in stride(from: 0, to: 12, by: 3) {
      try trial.produce(Self.bases.map { KafkaTrial.prices($0, seconds: second..<second + 3) }.interleaved())
      let worker = try trial.worker(bases: Self.bases)
      workers.append(worker)
      await KafkaTrial.wait { workers.flatMap(\.lines).count >= (second + 2) * Self.bases.count }
      _ = await worker.stop()
    }
    try await expectAllOnce(trial, workers, seconds: 12)
  }

  /// Unlike on the mock, nobody waits for commits before the group changes.
  @Test func workersThatComeAndGoLoseAndRepeatNothing() async throws {
    let trial = try KafkaTrial(real: 4)
    var workers: [KafkaTrial.Worker] = []
    for second in stride(from: 0, to: 12, by: 3) {
      workers.append(try trial.worker(bases: Self.bases))
      try trial.produce(Self.bases.map { KafkaTrial.prices($0, seconds: second..<second + 3) }.interleaved())
      await KafkaTrial.wait { workers.flatMap(\.lines).count >= (second + 2) * Self.bases.count }
    }
    for worker in workers { _ = await worker.stop() }
    try await expectAllOnce(trial, workers, seconds: 12)
  }

  @Test func alertsGoThroughATopicToTheSinks() async throws {
    let trial = try KafkaTrial(real: 1)
    try trial.produce(KafkaTrial.prices(seconds: 0..<5))
    let detector = try trial.worker()
    await detector.wait(for: 4)
    _ = await detector.stop()
    try trial.produce(detector.lines, to: "alerts")
    let deliverer = try trial.worker(reads: .alerts)
    await deliverer.wait(for: 4)
    _ = await deliverer.stop()
    #expect(deliverer.lines == detector.lines)
  }

  // MARK: Transactions

  private func transactions() throws -> KafkaTransactionScenarios {
    try KafkaTransactionScenarios(try #require(RealCluster()))
  }

  @Test func inTransactionsEachAlertIsCommittedOnceWithItsOffsets() async throws {
    try await transactions().oneWorker()
  }
  @Test func inTransactionsARestartLosesAndRepeatsNothing() async throws { try await transactions().restarts() }
  @Test func inTransactionsARebalanceLosesAndRepeatsNothing() async throws { try await transactions().rebalances() }
  @Test func aZombieWithTheSameTransactionalIDIsShutOut() async throws {
    try await transactions().twoWorkersWithOneID()
  }

  @Test(.enabled(if: RealCluster.killCommand != nil, "\(RealCluster.killReason)"))
  func aKilledLeaderLosesAndRepeatsNothing() async throws { try await transactions().leadersAreKilled() }
}
