import ArbdFramework
import ArbdKafka
import Foundation
import KafkaTestSupport
import Testing

@testable import ArbdSinks

/// What the mock cannot show: a broker's own limits, its memory of what a producer has sent, and transactions.
///
///     ARBD_KAFKA_BROKERS=localhost:9092 swift test --filter KafkaSinkBrokerTests
@Suite(.enabled(if: RealCluster.isNamed, "\(RealCluster.reason)"), .timeLimit(.minutes(5)), .serialized)
struct KafkaSinkBrokerTests {
  @Test func whatTheBrokerHoldsToBeTooLargeIsRejectedAlone() async throws {
    let cluster = try #require(RealCluster())
    let topic = try cluster.makeTopic("limited", partitions: 1, settings: ["max.message.bytes": "1000"])
    var options = KafkaSinkOptions()
    options.connection.brokers = cluster.bootstrap
    (options.topics.trades, options.topics.alerts, options.topics.quotes) = (topic, topic, topic)
    options.compression = .none
    let sink = try KafkaSink(options: options, context: Sample.context("kafka"))
    try await sink.connect()
    let long = Alert(
      detector: String(repeating: "x", count: 2_000), type: "spread", windowStart: Timestamp(microseconds: 0),
      windowEnd: Timestamp(microseconds: 1), legs: Sample.spread().legs, spread: 1, grossBasisPoints: 1,
      netBasisPoints: 1, detectedAt: Timestamp(microseconds: 2))
    do throws(DeliveryError) {
      try await sink.deliver([Sample.trade(1), .alert(long), Sample.trade(2)])
      Issue.record("taken")
    } catch {
      #expect(error.verdict == .reject([1]))
      #expect(error.delivered == [0, 2])
    }
    await sink.close()
    let values = try #require(TopicReader(cluster.bootstrap, topic, partitions: 1)?.read(2)).map(\.value)
    #expect(Set(values) == [Sample.tradeLine(1), Sample.tradeLine(2)])
  }

  private func scenarios() throws -> KafkaSinkScenarios { try KafkaSinkScenarios(try #require(RealCluster())) }

  @Test func digitsAreKept() async throws { try await scenarios().digitsAreKept() }

  @Test func whatTheClientSendsTwiceIsThereOnce() async throws {
    let retries = try await scenarios().repetitionsAreNoDoubles()
    // On a fast network there may have been nothing to show.
    if retries == 0 { print("note: no connection broke while an answer was under way, so nothing was sent twice") }
  }

  @Test func whatIsCommittedIsSeenAndWhatIsAbortedIsNot() async throws {
    try await scenarios().whatIsAbortedIsNotSeen()
  }
  @Test func offsetsInATransactionMoveWithItsCommitAlone() async throws {
    try await scenarios().offsetsMoveWithTheCommitAlone()
  }
  @Test func aZombieWithTheSameTransactionalIDIsShutOut() async throws { try await scenarios().aZombieIsShutOut() }
  @Test func whatADeadRunLeftOpenIsUndone() async throws { try await scenarios().whatADeadRunLeftOpenIsUndone() }
}
