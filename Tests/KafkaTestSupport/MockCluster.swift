import CRdKafka
import Synchronization

/// librdkafka's mock cluster in this process, and what a test does to it. It goes away with its owner.
public final class MockCluster: @unchecked Sendable {
  /// Requests by their number in Kafka's protocol: https://kafka.apache.org/protocol#protocol_api_keys
  public enum Request: Int16, Sendable {
    case produce = 0
    case fetch = 1
    case metadata = 3
    case offsetCommit = 8
    case findCoordinator = 10
    case joinGroup = 11
    case heartbeat = 12
    case initProducerID = 22
    case addPartitionsToTransaction = 24
    case addOffsetsToTransaction = 25
    case endTransaction = 26
    case transactionalOffsetCommit = 28
  }

  /// A broker's answers: https://kafka.apache.org/protocol#protocol_error_codes
  public enum Answer: Int32, Sendable {
    case none = 0
    case unknownTopic = 3
    case notLeader = 6
    case timedOut = 7
    case tooLarge = 10
    case coordinatorIsLoading = 14
    case notCoordinator = 16
    case illegalGeneration = 22
    case unknownMember = 25
    case topicNotAuthorised = 29
    case groupNotAuthorised = 30
    case outOfOrderSequence = 45
    case invalidProducerEpoch = 47
    case concurrentTransactions = 51
    case producerFenced = 90
  }

  private let handle: OpaquePointer
  private let cluster: OpaquePointer
  private let brokers: Int32
  /// By topic and partition, where it was set.
  private let coordinated = Mutex<[(kind: String, name: String)]>([])
  private let leaders = Mutex<[String: Int32]>([:])

  public init?(brokers: Int32 = 1) {
    self.brokers = brokers
    let settings = rd_kafka_conf_new()
    // Its own lines are no matter of a test's.
    rd_kafka_conf_set_log_cb(settings) { _, _, _, _ in }
    var text = [CChar](repeating: 0, count: 512)
    guard let handle = rd_kafka_new(RD_KAFKA_PRODUCER, settings, &text, text.count),
      let cluster = rd_kafka_mock_cluster_new(handle, brokers)
    else { return nil }
    self.handle = handle
    self.cluster = cluster
  }

  deinit {
    rd_kafka_mock_cluster_destroy(cluster)
    rd_kafka_destroy(handle)
  }

  public var bootstrap: String { String(cString: rd_kafka_mock_cluster_bootstraps(cluster)) }

  public func create(_ topic: String, partitions: Int32) {
    rd_kafka_mock_topic_create(cluster, topic, partitions, 1)
    for partition in 0..<partitions { lead(topic, partition, by: 1 + partition % brokers) }
  }

  func leader(of topic: String, partition: Int32) -> Int32 { leaders.withLock { $0["\(topic) \(partition)"] ?? 1 } }

  /// What the broker leads of the topic, and what it coordinates, goes to another.
  func moveEverything(of topic: String, from broker: Int32) {
    let other = broker % brokers + 1
    for key in leaders.withLock({ $0.filter { $0.value == broker }.keys.sorted() }) {
      let parts = key.split(separator: " ")
      guard parts.count == 2, let partition = Int32(parts[1]) else { continue }
      lead(String(parts[0]), partition, by: other)
    }
    for key in coordinated.withLock({ $0 }) {
      rd_kafka_mock_coordinator_set(cluster, key.kind, key.name, other)
    }
  }

  private func lead(_ topic: String, _ partition: Int32, by broker: Int32) {
    rd_kafka_mock_partition_set_leader(cluster, topic, partition, broker)
    leaders.withLock { $0["\(topic) \(partition)"] = broker }
  }

  /// A group and the transactions under an id have a coordinator from here on, which is another one when that is killed:
  /// left alone, the mock names the same broker for ever.
  public func coordinate(group: String, transactions: String) {
    for key in [("group", group), ("transaction", transactions)] {
      let isNew = coordinated.withLock { known in
        guard !known.contains(where: { $0 == key }) else { return false }
        known.append(key)
        return true
      }
      if isNew { rd_kafka_mock_coordinator_set(cluster, key.0, key.1, 1) }
    }
  }

  func setDown(_ broker: Int32) { rd_kafka_mock_broker_set_down(cluster, broker) }
  func setUp(_ broker: Int32) { rd_kafka_mock_broker_set_up(cluster, broker) }

  /// Every answer of a broker takes so long.
  public func setRoundTrip(milliseconds: Int32) {
    for broker in 1...brokers { rd_kafka_mock_broker_set_rtt(cluster, broker, milliseconds) }
  }

  public func setDown() { for broker in 1...brokers { rd_kafka_mock_broker_set_down(cluster, broker) } }
  public func setUp() { for broker in 1...brokers { rd_kafka_mock_broker_set_up(cluster, broker) } }

  /// The next requests of the kind are answered so, one after the other.
  public func refuse(_ request: Request, _ answers: Answer...) {
    let codes = answers.map { rd_kafka_resp_err_t(rawValue: $0.rawValue) }
    rd_kafka_mock_push_request_errors_array(cluster, request.rawValue, codes.count, codes)
  }

  /// The topic is not there, or not for us.
  public func set(_ answer: Answer, of topic: String) {
    rd_kafka_mock_topic_set_error(cluster, topic, rd_kafka_resp_err_t(rawValue: answer.rawValue))
  }

  public func moveCoordinator(of group: String, to broker: Int32) {
    rd_kafka_mock_coordinator_set(cluster, "group", group, broker)
  }
}
