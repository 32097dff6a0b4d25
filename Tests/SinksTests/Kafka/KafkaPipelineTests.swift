import ArbdKafka
import Foundation
import KafkaTestSupport
import Logging
import Testing

@testable import ArbdFramework
@testable import ArbdSinks

/// The sink as the runtime drives it.
@Suite(.timeLimit(.minutes(5))) struct KafkaPipelineTests {
  private func runner(_ brokers: String, _ properties: [String: String]) throws -> SinkRunner {
    var options = KafkaSinkOptions()
    options.connection.brokers = brokers
    options.connection.properties = properties.mapValues { Secret($0) }
    let sink = try KafkaSink(options: options, context: Sample.context("kafka"))
    var delivery = SinkOptions()
    delivery.batch.records = 100
    delivery.retry.first = .milliseconds(50)
    delivery.retry.longest = .milliseconds(200)
    return SinkRunner(
      name: "kafka", kinds: [.trade], sink: sink, options: delivery, logger: Logger(label: "tests"))
  }

  private func values(_ cluster: MockCluster) throws -> [String] {
    try #require(TopicReader(cluster.bootstrap, "crypto-prices", partitions: 1)).read(100_000, seconds: 2).map(\.value)
  }

  @Test func anOutageOfAllThatIsOnItsWayLosesNothing() async throws {
    let cluster = try #require(MockCluster())
    cluster.create("crypto-prices", partitions: 1)
    let runner = try runner(
      cluster.bootstrap, ["message.timeout.ms": "500", "reconnect.backoff.ms": "10", "reconnect.backoff.max.ms": "50"])
    try await runner.connect()
    cluster.setDown()
    runner.put((0..<5_000).map { Sample.trade(UInt64($0)) })
    runner.endInput()
    runner.start {}
    while runner.snapshot().counts.retries == 0 { try await Task.sleep(for: .milliseconds(10)) }
    #expect(runner.snapshot().counts.delivered == 0)
    cluster.setUp()
    #expect(await runner.ending().failure == nil)
    #expect(runner.snapshot().counts.delivered == 5_000)
    await runner.close()
    // The mock keeps what the client repeats.
    #expect(Set(try values(cluster)) == Set((0..<5_000).map { Sample.tradeLine($0) }))
  }

  @Test func withoutAnOutageEachIsThereOnceInOrder() async throws {
    let cluster = try #require(MockCluster())
    cluster.create("crypto-prices", partitions: 1)
    let runner = try runner(cluster.bootstrap, [:])
    try await runner.connect()
    runner.start {}
    for start in stride(from: 0, to: 20_000, by: 500) {
      runner.put((start..<start + 500).map { Sample.trade(UInt64($0)) })
    }
    runner.endInput()
    #expect(await runner.ending().failure == nil)
    #expect(runner.snapshot().counts.delivered == 20_000)
    await runner.close()
    #expect(try values(cluster) == (0..<20_000).map { Sample.tradeLine($0) })
  }
}
