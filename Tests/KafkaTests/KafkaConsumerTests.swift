import ArbdFramework
import ArbdKafka
import KafkaTestSupport
import Logging
import Testing

@Suite(.timeLimit(.minutes(5))) struct KafkaConsumerTests {
  private let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
  private let cluster: MockCluster
  private let partition = KafkaPartition(topic: "prices", number: 0)

  init() throws {
    cluster = try #require(MockCluster())
    cluster.create("prices", partitions: 1)
  }

  private func consumer(_ logger: Logger? = nil) throws -> KafkaConsumer {
    try KafkaConsumer(
      KafkaConfiguration(
        .consumer, brokers: cluster.bootstrap, properties: [:],
        fixed: [
          "group.id": "g", "enable.auto.commit": "false", "fetch.wait.max.ms": "50", "auto.offset.reset": "earliest",
        ]), logger: logger ?? self.logger)
  }

  private func produce(_ count: Int, bytes: Int = 10) throws {
    let producer = try KafkaProducer(
      KafkaConfiguration(.producer, brokers: cluster.bootstrap, properties: [:], defaults: ["linger.ms": "0"]),
      topics: ["prices"], logger: logger)
    for number in 0..<count {
      #expect(producer.send([(key: "k", value: "\(number)" + String(repeating: " ", count: bytes))]) == [nil])
    }
  }

  /// The offsets of the records that come, until there are so many.
  private func read(_ count: Int, _ consumer: KafkaConsumer) -> [Int64] {
    var offsets: [Int64] = []
    for _ in 0..<600 where offsets.count < count {
      if case .record(_, let offset) = consumer.next(milliseconds: 100, { _ in }) { offsets.append(offset) }
    }
    return offsets
  }

  /// A partition that was paused when it was given up is read when it comes back.
  @Test func aPauseEndsWithTheAssignment() throws {
    try produce(3)
    let consumer = try consumer()
    try consumer.assign([KafkaPosition(partition: partition, offset: 0)])
    #expect(read(1, consumer) == [0])
    consumer.setPaused(true, [partition])
    try consumer.release([partition])
    try consumer.assign([KafkaPosition(partition: partition, offset: 1)])
    #expect(read(2, consumer) == [1, 2])
  }

  /// What retention has deleted before it was read is said.
  @Test func anOffsetThatIsGoneIsSaid() throws {
    // The mock keeps the newest five megabytes.
    try produce(8, bytes: 900_000)
    let log = LogLines()
    let consumer = try consumer(log.logger)
    try consumer.assign([KafkaPosition(partition: partition, offset: 0)])
    let first = try #require(read(1, consumer).first)
    #expect((1..<8).contains(first))
    let warnings = log.all.filter { $0.hasPrefix("warning: ") }
    #expect(warnings.contains { $0.contains("prices [0]") && $0.contains("offset 0") }, "\(log.all)")
  }

  /// A commit that nobody waited for is heard of when it fails.
  @Test func aCommitThatFailsIsSaid() throws {
    try produce(1)
    let consumer = try consumer()
    try consumer.assign([KafkaPosition(partition: partition, offset: 0)])
    #expect(read(1, consumer) == [0])
    cluster.refuse(.offsetCommit, .topicNotAuthorised)
    try consumer.commit([KafkaPosition(partition: partition, offset: 1)], waits: false)
    var fault: KafkaError?
    for _ in 0..<600 where fault == nil {
      if case .commitFailed(let error) = consumer.next(milliseconds: 100, { _ in }) { fault = error }
    }
    #expect(fault?.reason.isEmpty == false && fault?.isFatal == false)
    try consumer.commit([KafkaPosition(partition: partition, offset: 1)], waits: true)
    #expect(try consumer.committed([partition], within: .seconds(20)).map(\.offset) == [1])
  }
}
