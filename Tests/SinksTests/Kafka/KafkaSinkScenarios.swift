import ArbdFramework
import ArbdKafka
import Foundation
import KafkaTestSupport
import Logging
import Testing

@testable import ArbdSinks

/// What a sink does to topics, on any brokers.
struct KafkaSinkScenarios {
  let brokers: any KafkaBrokers
  let topic: String
  private let logger = Sample.context("kafka").logger

  init(_ brokers: any KafkaBrokers, partitions: Int32 = 1) throws {
    self.brokers = brokers
    topic = try brokers.makeTopic("records", partitions: partitions)
  }

  func sink(transactions id: String? = nil, _ properties: [String: String] = [:]) throws -> KafkaSink {
    var options = KafkaSinkOptions()
    options.connection.brokers = brokers.bootstrap
    options.connection.properties = properties.mapValues { Secret($0) }
    (options.topics.trades, options.topics.alerts, options.topics.quotes) = (topic, topic, topic)
    options.transactionalID = id.map { "\(topic)-\($0)" }
    return try KafkaSink(options: options, context: Sample.context("kafka"))
  }

  private func producer(transactions id: String) throws -> KafkaProducer {
    try KafkaProducer(
      KafkaConfiguration(
        .producer, brokers: brokers.bootstrap, properties: [:],
        fixed: ["enable.idempotence": "true", "acks": "all", "transactional.id": "\(topic)-\(id)"]), topics: [topic],
      logger: logger)
  }

  private func consumer(_ group: String, _ properties: [String: String] = [:]) throws -> KafkaConsumer {
    try KafkaConsumer(
      KafkaConfiguration(
        .consumer, brokers: brokers.bootstrap, properties: properties.mapValues { Secret($0) },
        fixed: ["group.id": group, "enable.auto.commit": "false"]), logger: logger)
  }

  private func values(_ count: Int, seconds: Int32 = 10) throws -> [String] {
    try #require(TopicReader(brokers.bootstrap, topic, partitions: 1)).read(count, seconds: seconds).map(\.value)
  }

  // MARK: What happens

  func digitsAreKept() async throws {
    let sink = try sink()
    try await sink.connect()
    try await sink.deliver([Sample.trade(7), Sample.quote, .alert(Sample.spread())])
    await sink.close()
    let lines = try values(3)
    #expect(lines.prefix(2) == [Sample.tradeLine(7), Sample.quoteLine])
    // What is written is read back as the same, down to the last digit of a double.
    let last = Array(try #require(lines.last).utf8)
    #expect(try AlertDecoder.decode(last.span.bytes) == Sample.spread())
  }

  /// Connections break while records are under way, so that the client sends again what may have arrived. Gives how often
  /// it did.
  func repetitionsAreNoDoubles() async throws -> UInt64 {
    let connections = BrokenConnections(to: brokers.ports)
    let sink = try sink(["reconnect.backoff.ms": "1", "reconnect.backoff.max.ms": "20", "statistics.interval.ms": "50"])
    try await sink.connect()
    let delivery = Task {
      for start in stride(from: 0, to: 20_000, by: 500) {
        try await sink.begin((start..<start + 500).map { Sample.trade(UInt64($0)) })
        // Four are on their way at once.
        if start >= 2_000 { try await sink.finishFirst(hurrying: false) }
      }
      for _ in 0..<4 { try await sink.finishFirst(hurrying: true) }
    }
    var cuts = 0
    for _ in 0..<40 {
      if connections.cut() > 0 { cuts += 1 }
      try await Task.sleep(for: .milliseconds(25))
    }
    try await delivery.value
    #expect(cuts > 0)
    let retries = sink.figures.first { $0.name == "kafka_retries" }?.value ?? 0
    await sink.close()
    // The mock keeps what is repeated, of which there is no telling how much.
    let lines = try values(brokers.isReal ? 20_001 : 200_000, seconds: 5)
    let expected = (0..<20_000).map { Sample.tradeLine($0) }
    if brokers.isReal { #expect(lines == expected) } else { #expect(Set(lines) == Set(expected)) }
    return UInt64(retries)
  }

  func whatIsAbortedIsNotSeen() async throws {
    let producer = try producer(transactions: "1")
    try #require(producer.beginTransactions(within: .seconds(30)) == nil)
    for (value, isCommitted) in [("a", true), ("b", false), ("c", true)] {
      try #require(producer.beginTransaction() == nil)
      #expect(producer.send([("k", value)]) == [nil])
      #expect((isCommitted ? producer.commitTransaction() : producer.abortTransaction()) == nil)
    }
    #expect(try values(brokers.isReal ? 2 : 3) == (brokers.isReal ? ["a", "c"] : ["a", "b", "c"]))
    // Nothing comes behind them.
    if brokers.isReal { #expect(try values(3, seconds: 3) == ["a", "c"]) }
  }

  /// An open transaction shows nothing yet; nor does it move offsets before it is committed.
  func offsetsMoveWithTheCommitAlone() async throws {
    let group = brokers.makeGroup("offsets")
    let partition = KafkaPartition(topic: topic, number: 0)
    // Who asks for stable offsets would have to wait for the end of the transaction.
    let reader = try consumer(group, ["isolation.level": "read_uncommitted"])
    let stable = try consumer(group)
    func committed() throws -> KafkaPosition? { try reader.committed([partition], within: .seconds(20)).first }
    let producer = try producer(transactions: "1")
    try #require(producer.beginTransactions(within: .seconds(30)) == nil)
    for (number, isCommitted) in [(Int64(5), false), (7, true)] {
      let position = KafkaPosition(partition: partition, offset: number, metadata: Array("beside \(number)".utf8))
      try #require(producer.beginTransaction() == nil)
      #expect(producer.send([("k", "\(number)")]) == [nil])
      let place = KafkaPlace(group: try #require(stable.group), positions: [position])
      #expect(producer.send(place, within: .seconds(20)) == nil)
      #expect(try committed()?.offset == nil)
      #expect((isCommitted ? producer.commitTransaction() : producer.abortTransaction()) == nil)
      guard brokers.isReal else { continue }
      let found = try stable.committed([partition], within: .seconds(20)).first
      #expect(found?.offset == (isCommitted ? number : nil))
      #expect(found?.metadata == (isCommitted ? Array("beside 7".utf8) : []))
    }
  }

  func aZombieIsShutOut() async throws {
    let stable = try consumer(brokers.makeGroup("zombie"))
    let place = KafkaPlace(group: try #require(stable.group), positions: [])
    let zombie = try sink(transactions: "1")
    try await zombie.connect()
    try await zombie.beginTransactions()
    #expect(try await zombie.commit([.alert(Sample.spread(net: 1))], place) == .committed)
    let heir = try sink(transactions: "1")
    try await heir.connect()
    try await heir.beginTransactions()
    if brokers.isReal {
      do throws(DeliveryError) {
        _ = try await zombie.commit([.alert(Sample.spread(net: 2))], place)
        Issue.record("committed")
      } catch {
        #expect(error.verdict == .stop && error.reason.contains("another run has taken the transactional_id"))
      }
    }
    #expect(try await heir.commit([.alert(Sample.spread(net: 3))], place) == .committed)
    await zombie.close()
    await heir.close()
    let found = try values(2).map { try AlertDecoder.decode(Array($0.utf8).span.bytes).netBasisPoints }
    #expect(found == [1, 3])
  }

  /// What an open transaction of a run that died has written is undone by the next run under its id, at once.
  func whatADeadRunLeftOpenIsUndone() async throws {
    var dead: KafkaProducer? = try producer(transactions: "1")
    try #require(dead?.beginTransactions(within: .seconds(30)) == nil)
    try #require(dead?.beginTransaction() == nil)
    #expect(dead?.send([("k", "open")]) == [nil])
    dead = nil
    let heir = try producer(transactions: "1")
    try #require(heir.beginTransactions(within: .seconds(30)) == nil)
    try #require(heir.beginTransaction() == nil)
    #expect(heir.send([("k", "done")]) == [nil])
    #expect(heir.commitTransaction() == nil)
    #expect(try values(brokers.isReal ? 1 : 2) == (brokers.isReal ? ["done"] : ["open", "done"]))
  }
}

/// The same on the mock: that the calls are right, and what they claim as far as it can be.
@Suite(.serialized, .timeLimit(.minutes(5))) struct KafkaSinkMockTests {
  private func scenarios() throws -> KafkaSinkScenarios { try KafkaSinkScenarios(try #require(MockCluster())) }

  @Test func digitsAreKept() async throws { try await scenarios().digitsAreKept() }
  @Test func repetitionsLoseNothing() async throws { _ = try await scenarios().repetitionsAreNoDoubles() }
  @Test func transactionsCanBeAborted() async throws { try await scenarios().whatIsAbortedIsNotSeen() }
  @Test func offsetsGoIntoTransactions() async throws { try await scenarios().offsetsMoveWithTheCommitAlone() }
  @Test func aSecondRunUnderAnIDCommits() async throws { try await scenarios().aZombieIsShutOut() }
  @Test func theNextRunUnderAnIDCommits() async throws { try await scenarios().whatADeadRunLeftOpenIsUndone() }
}
