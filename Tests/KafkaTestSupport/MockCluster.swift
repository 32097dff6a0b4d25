import CRdKafka

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
  }

  /// A broker's answers: https://kafka.apache.org/protocol#protocol_error_codes
  public enum Answer: Int32, Sendable {
    case unknownTopic = 3
    case notLeader = 6
    case timedOut = 7
    case tooLarge = 10
    case coordinatorIsLoading = 14
    case notCoordinator = 16
    case topicNotAuthorised = 29
    case outOfOrderSequence = 45
  }

  private let handle: OpaquePointer
  private let cluster: OpaquePointer
  private let brokers: Int32

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
