internal import ArbdFramework
internal import CRdKafka
internal import Logging
internal import Synchronization

/// The one owner of a client of librdkafka: of its handle, and of what its callbacks point to.
///
/// The callbacks are served by whoever polls the handle. Unchecked: the pointers never change, and librdkafka's functions
/// may be called from any thread.
final class KafkaClient: @unchecked Sendable {
  let handle: OpaquePointer
  private let events: Unmanaged<KafkaEvents>

  /// Starts librdkafka's threads; connects to nothing yet that could fail.
  init(_ configuration: KafkaConfiguration, _ events: KafkaEvents) throws(KafkaError) {
    let settings: OpaquePointer
    do throws(OptionError) {
      settings = try configuration.makeHandle()
    } catch {
      throw KafkaError(code: RD_KAFKA_RESP_ERR__INVALID_ARG.rawValue, reason: error.description)
    }
    let retained = Unmanaged.passRetained(events)
    KafkaClient.setCallbacks(of: settings, configuration.role, retained.toOpaque())
    let role = configuration.role == .producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER
    var text = [CChar](repeating: 0, count: 512)
    guard let handle = rd_kafka_new(role, settings, &text, text.count) else {
      rd_kafka_conf_destroy(settings)
      retained.release()
      let reason = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      throw KafkaError(
        code: RD_KAFKA_RESP_ERR__INVALID_ARG.rawValue,
        reason: "the client cannot be made: \(configuration.masked(reason))", isFatal: true)
    }
    self.handle = handle
    self.events = retained
  }

  /// A consumer leaves its group here. No call to the handle may be under way.
  deinit {
    rd_kafka_destroy(handle)
    events.release()
  }

  /// Why the client is of no use any more; nil while it is.
  var fatalError: KafkaError? {
    var text = [CChar](repeating: 0, count: 512)
    let code = rd_kafka_fatal_error(handle, &text, text.count)
    guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
    let reason = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return KafkaError(code: code.rawValue, reason: reason, isFatal: true)
  }

  /// Asks the cluster whether it is there. Waits for the answer, at most so long.
  func checkConnection(within timeout: Duration) throws(KafkaError) {
    var metadata: UnsafePointer<rd_kafka_metadata>?
    let code = rd_kafka_metadata(handle, 0, nil, &metadata, Int32(clamping: Int64(timeout / .milliseconds(1))))
    if let metadata { rd_kafka_metadata_destroy(metadata) }
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
      let fault = events.takeUnretainedValue().lastFault
      throw KafkaError(
        code: code.rawValue, reason: fault ?? String(cString: rd_kafka_err2str(code)), isFatal: fatalError != nil)
    }
  }

  /// What the cluster has against the topic now; nil where it has nothing, or does not answer in time.
  func error(of topic: OpaquePointer, within timeout: Duration) -> KafkaError? {
    var metadata: UnsafePointer<rd_kafka_metadata>?
    let code = rd_kafka_metadata(handle, 0, topic, &metadata, Int32(clamping: Int64(timeout / .milliseconds(1))))
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata else { return nil }
    defer { rd_kafka_metadata_destroy(metadata) }
    guard metadata.pointee.topic_cnt > 0, let found = metadata.pointee.topics else { return nil }
    return found.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : KafkaError(found.pointee.err)
  }

  /// Throws for a topic that is not there, or not for us. Asks the cluster.
  func partitionCount(of name: String, within timeout: Duration) throws(KafkaError) -> Int {
    guard let topic = rd_kafka_topic_new(handle, name, nil) else {
      throw KafkaError(rd_kafka_last_error(), while: "topic \(name)")
    }
    defer { rd_kafka_topic_destroy(topic) }
    var metadata: UnsafePointer<rd_kafka_metadata>?
    let code = rd_kafka_metadata(handle, 0, topic, &metadata, Int32(clamping: Int64(timeout / .milliseconds(1))))
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata else { throw KafkaError(code, while: "topic \(name)") }
    defer { rd_kafka_metadata_destroy(metadata) }
    guard metadata.pointee.topic_cnt > 0, let found = metadata.pointee.topics else {
      throw KafkaError(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, while: "topic \(name)")
    }
    guard found.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
      throw KafkaError(found.pointee.err, while: "topic \(name)")
    }
    return Int(found.pointee.partition_cnt)
  }

  private static func setCallbacks(
    of settings: OpaquePointer, _ role: KafkaConfiguration.Role, _ events: UnsafeMutableRawPointer
  ) {
    rd_kafka_conf_set_opaque(settings, events)
    rd_kafka_conf_set_log_cb(settings) { handle, level, facility, text in
      guard let handle, let text else { return }
      KafkaEvents.of(handle)?.logged(level: level, facility.map { String(cString: $0) } ?? "", String(cString: text))
    }
    rd_kafka_conf_set_error_cb(settings) { _, code, reason, events in
      guard let events else { return }
      let text = reason.map { String(cString: $0) } ?? String(cString: rd_kafka_err2str(rd_kafka_resp_err_t(code)))
      let isSummary = code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN.rawValue
      Unmanaged<KafkaEvents>.fromOpaque(events).takeUnretainedValue().failed(text, isSummary: isSummary)
    }
    rd_kafka_conf_set_stats_cb(settings) { _, json, count, events in
      guard let events, let json else { return 0 }
      let bytes = UnsafeRawBufferPointer(start: json, count: count)
      Unmanaged<KafkaEvents>.fromOpaque(events).takeUnretainedValue().reported(bytes)
      // 0: librdkafka keeps and frees the text.
      return 0
    }
    switch role {
    case .producer:
      // Whoever waits for a flush is then woken at once, and reports come many together.
      rd_kafka_conf_set_events(settings, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS)
    case .consumer: KafkaConsumer.setCallback(of: settings)
    }
  }
}

/// What a client says by itself: log lines, faults of its connections, statistics.
package final class KafkaEvents: Sendable {
  private struct State {
    var fault: String?
    var statistics = KafkaStatistics()
  }

  private let logger: Logger
  private let masks: @Sendable (String) -> String
  private let state = Mutex(State())
  let consumerNews = ConsumerNews()

  init(_ configuration: KafkaConfiguration, _ logger: Logger) {
    self.logger = logger
    masks = { configuration.masked($0) }
  }

  /// The newest fault of a connection, since the last `forgetFault`.
  var lastFault: String? { state.withLock { $0.fault } }
  var statistics: KafkaStatistics { state.withLock { $0.statistics } }

  func forgetFault() { state.withLock { $0.fault = nil } }

  static func of(_ handle: OpaquePointer) -> KafkaEvents? {
    rd_kafka_opaque(handle).map { Unmanaged<KafkaEvents>.fromOpaque($0).takeUnretainedValue() }
  }

  // MARK: From librdkafka's threads

  /// Errors come by way of `failed` as well; these lines are for who searches. Only of an offset that is not there any
  /// more, so that records are passed over, nothing else tells. `level` is that of syslog.
  fileprivate func logged(level: Int32, _ facility: String, _ text: String) {
    if facility == "OFFSET", level <= 4 {
      logger.warning("kafka: \(masks(text))")
    } else {
      logger.debug("librdkafka: \(masks(text))")
    }
  }

  /// That all brokers are down says less than why one is.
  func failed(_ reason: String, isSummary: Bool) {
    let text = masks(reason)
    state.withLock { if $0.fault == nil || !isSummary { $0.fault = text } }
    logger.debug("kafka: \(text)")
  }

  func reported(_ json: UnsafeRawBufferPointer) {
    // What cannot be read leaves the figures as they were.
    guard let statistics = try? KafkaStatistics(json: json.bytes) else { return }
    state.withLock { $0.statistics = statistics }
  }
}
