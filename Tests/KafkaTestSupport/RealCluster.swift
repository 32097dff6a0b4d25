import CRdKafka
import Foundation
import Synchronization

/// A cluster of real brokers, where the environment names one: for what the mock cannot show. Topics and groups have names
/// that nobody else has, and are deleted with the owner.
///
///     ARBD_KAFKA_BROKERS       localhost:9092,…
///     ARBD_KAFKA_KILL_LEADER   a shell command that ends a broker; it is given TOPIC PARTITION BROKERID
///     ARBD_KAFKA_REVIVE        one that begins it again, given the same
public final class RealCluster: @unchecked Sendable {
  public static let brokers = variable("ARBD_KAFKA_BROKERS")
  public static let killCommand = variable("ARBD_KAFKA_KILL_LEADER")
  public static let reviveCommand = variable("ARBD_KAFKA_REVIVE")
  public static var isNamed: Bool { brokers != nil }
  public static let reason = "skipped: needs a broker"
  public static let killReason = "skipped: ARBD_KAFKA_KILL_LEADER names no command that ends a broker"

  public let bootstrap: String
  /// Never changes; librdkafka's functions may be called from any thread.
  private let handle: OpaquePointer
  private let prefix = "arbd-test-\(UUID().uuidString.prefix(8).lowercased())"
  private let made = Mutex<(topics: [String], groups: [String])>(([], []))

  public init?() {
    guard let brokers = RealCluster.brokers else { return nil }
    bootstrap = brokers
    let settings = rd_kafka_conf_new()
    rd_kafka_conf_set_log_cb(settings) { _, _, _, _ in }
    rd_kafka_conf_set(settings, "bootstrap.servers", brokers, nil, 0)
    guard let handle = rd_kafka_new(RD_KAFKA_PRODUCER, settings, nil, 0) else { return nil }
    self.handle = handle
  }

  deinit {
    // Groups first: one that still has members cannot be deleted, and is left to the broker's retention.
    let (topics, groups) = made.withLock { $0 }
    deleteGroups(groups)
    deleteTopics(topics)
    rd_kafka_destroy(handle)
  }

  private static func variable(_ name: String) -> String? {
    ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  // MARK: Metadata

  private struct Description {
    var brokers: [Int32] = []
    var ports: [UInt16] = []
    /// By partition; −1 where there is none.
    var leaders: [Int32] = []
  }

  private func describe(_ topic: String? = nil) -> Description? {
    let wanted = topic.flatMap { rd_kafka_topic_new(handle, $0, nil) }
    defer { if let wanted { rd_kafka_topic_destroy(wanted) } }
    var metadata: UnsafePointer<rd_kafka_metadata>?
    guard rd_kafka_metadata(handle, 0, wanted, &metadata, 15_000) == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata else {
      return nil
    }
    defer { rd_kafka_metadata_destroy(metadata) }
    var found = Description()
    found.brokers = (0..<Int(metadata.pointee.broker_cnt)).map { metadata.pointee.brokers[$0].id }
    found.ports = (0..<Int(metadata.pointee.broker_cnt)).compactMap {
      UInt16(exactly: metadata.pointee.brokers[$0].port)
    }
    if wanted != nil, metadata.pointee.topic_cnt > 0, metadata.pointee.topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR {
      let topic = metadata.pointee.topics[0]
      found.leaders = Array(repeating: -1, count: Int(topic.partition_cnt))
      for place in 0..<Int(topic.partition_cnt) {
        let partition = topic.partitions[place]
        if found.leaders.indices.contains(Int(partition.id)) { found.leaders[Int(partition.id)] = partition.leader }
      }
    }
    return found
  }

  /// Until it holds, or so many seconds are over.
  private func wait(seconds: Double, _ condition: () -> Bool) -> Bool {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while Date() < deadline {
      if condition() { return true }
      Thread.sleep(forTimeInterval: 0.1)
    }
    return false
  }

  // MARK: Admin requests

  /// Replicas on as many brokers as there are up to three; with three, two must have a record before it is acknowledged.
  public func create(_ topic: String, partitions: Int32, settings: [String: String] = [:]) throws {
    guard let brokers = describe()?.brokers.count, brokers > 0 else { throw BrokerError("no answer from \(bootstrap)") }
    let replicas = min(3, brokers)
    var text = [CChar](repeating: 0, count: 256)
    guard let wanted = rd_kafka_NewTopic_new(topic, partitions, Int32(replicas), &text, text.count) else {
      throw BrokerError("\(topic): cannot be asked for")
    }
    defer { rd_kafka_NewTopic_destroy(wanted) }
    let defaults = replicas >= 3 ? ["min.insync.replicas": "2"] : [:]
    for (name, value) in defaults.merging(settings, uniquingKeysWith: { $1 }) {
      rd_kafka_NewTopic_set_config(wanted, name, value)
    }
    made.withLock { $0.topics.append(topic) }
    var topics: [OpaquePointer?] = [wanted]
    try ask(RD_KAFKA_ADMIN_OP_CREATETOPICS, "creating \(topic)") {
      rd_kafka_CreateTopics(handle, &topics, 1, $0, $1)
    } _: {
      event in
      var count = 0
      guard let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count),
        count == 1, let first = results[0]
      else { return "no result" }
      guard rd_kafka_topic_result_error(first) != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
      return rd_kafka_topic_result_error_string(first).map { String(cString: $0) } ?? "refused"
    }
    // A topic is known to all brokers only some time after it was made.
    let isThere = wait(seconds: 30) {
      guard let leaders = describe(topic)?.leaders else { return false }
      return leaders.count == Int(partitions) && leaders.allSatisfy { $0 >= 0 }
    }
    guard isThere else { throw BrokerError("\(topic) has no leaders 30 s after it was made") }
  }

  private func deleteTopics(_ names: [String]) {
    var wanted: [OpaquePointer?] = names.compactMap { rd_kafka_DeleteTopic_new($0) }
    guard !wanted.isEmpty else { return }
    try? ask(RD_KAFKA_ADMIN_OP_DELETETOPICS, "deleting topics") {
      rd_kafka_DeleteTopics(handle, &wanted, wanted.count, $0, $1)
    } _: { _ in
      nil
    }
    for topic in wanted { rd_kafka_DeleteTopic_destroy(topic) }
  }

  private func deleteGroups(_ names: [String]) {
    var wanted: [OpaquePointer?] = names.compactMap { rd_kafka_DeleteGroup_new($0) }
    guard !wanted.isEmpty else { return }
    try? ask(RD_KAFKA_ADMIN_OP_DELETEGROUPS, "deleting groups") {
      rd_kafka_DeleteGroups(handle, &wanted, wanted.count, $0, $1)
    } _: { _ in
      nil
    }
    for group in wanted { rd_kafka_DeleteGroup_destroy(group) }
  }

  /// `fault`: what the result has to complain of.
  private func ask(
    _ operation: rd_kafka_admin_op_t, _ action: String, _ request: (OpaquePointer?, OpaquePointer) -> Void,
    _ fault: (OpaquePointer) -> String?
  ) throws {
    guard let queue = rd_kafka_queue_new(handle) else { throw BrokerError("\(action): no queue") }
    defer { rd_kafka_queue_destroy(queue) }
    let options = rd_kafka_AdminOptions_new(handle, operation)
    defer { rd_kafka_AdminOptions_destroy(options) }
    rd_kafka_AdminOptions_set_request_timeout(options, 30_000, nil, 0)
    if operation == RD_KAFKA_ADMIN_OP_CREATETOPICS {
      rd_kafka_AdminOptions_set_operation_timeout(options, 30_000, nil, 0)
    }
    request(options, queue)
    guard let event = rd_kafka_queue_poll(queue, 60_000) else { throw BrokerError("\(action): no answer") }
    defer { rd_kafka_event_destroy(event) }
    guard rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR else {
      throw BrokerError("\(action): \(rd_kafka_event_error_string(event).map { String(cString: $0) } ?? "failed")")
    }
    if let fault = fault(event) { throw BrokerError("\(action): \(fault)") }
  }
}

extension RealCluster: KafkaBrokers {
  public var isReal: Bool { true }
  public var ports: [UInt16] { describe()?.ports ?? [] }

  public func makeTopic(_ name: String, partitions: Int32, settings: [String: String]) throws -> String {
    let full = "\(prefix)-\(name)-\(UUID().uuidString.prefix(8).lowercased())"
    try create(full, partitions: partitions, settings: settings)
    return full
  }

  public func makeGroup(_ name: String) -> String {
    let full = "\(prefix)-\(name)-\(UUID().uuidString.prefix(8).lowercased())"
    made.withLock { $0.groups.append(full) }
    return full
  }

  public func killLeader(of topic: String, partition: Int32) throws -> KilledBroker? {
    guard let command = RealCluster.killCommand else { return nil }
    guard let leaders = describe(topic)?.leaders, leaders.indices.contains(Int(partition)) else {
      throw BrokerError("\(topic)[\(partition)] has no leader")
    }
    let number = leaders[Int(partition)]
    try RealCluster.shell(command, topic, partition, number)
    // Without it the test would show nothing.
    let hasMoved = wait(seconds: 60) {
      guard let now = describe(topic)?.leaders, now.indices.contains(Int(partition)) else { return false }
      return now[Int(partition)] >= 0 && now[Int(partition)] != number
    }
    guard hasMoved else {
      throw BrokerError("60 s after broker \(number) was killed it still leads \(topic)[\(partition)]")
    }
    return KilledBroker(number: number) { [self] in
      guard let revive = RealCluster.reviveCommand else { return }
      try RealCluster.shell(revive, topic, partition, number)
      guard wait(seconds: 120, { describe()?.brokers.contains(number) == true }) else {
        throw BrokerError("broker \(number) is not there 120 s after \(revive)")
      }
    }
  }

  private static func shell(_ command: String, _ topic: String, _ partition: Int32, _ broker: Int32) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "\(command) \"$@\"", "sh", topic, "\(partition)", "\(broker)"]
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw BrokerError("\(command) \(topic) \(partition) \(broker) ended with \(process.terminationStatus)")
    }
  }
}
