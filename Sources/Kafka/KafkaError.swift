internal import CRdKafka

/// What librdkafka or a broker has against something.
package struct KafkaError: Error, Sendable, Equatable, CustomStringConvertible {
  /// librdkafka's number: below 0 its own, above 0 the broker's.
  package let code: Int32
  /// For people. Holds no secret.
  package let reason: String
  /// The client is of no use any more; a new one is needed.
  package let isFatal: Bool
  /// The same call may go well if it is made again.
  package let isRetriable: Bool
  /// The transaction must be aborted; another may go well.
  package let requiresAbort: Bool

  package init(
    code: Int32, reason: String, isFatal: Bool = false, isRetriable: Bool = false, requiresAbort: Bool = false
  ) {
    self.code = code
    self.reason = reason
    self.isFatal = isFatal
    self.isRetriable = isRetriable
    self.requiresAbort = requiresAbort
  }

  /// The group does not know the member, or not in this generation: others have its partitions.
  package var isOutdated: Bool {
    [
      RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
      RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
    ].contains { $0.rawValue == code }
  }

  /// Another client has taken the transactional id.
  package var isFenced: Bool {
    [
      RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, RD_KAFKA_RESP_ERR_PRODUCER_FENCED,
    ].contains { $0.rawValue == code }
  }

  package var description: String { reason }

  /// What it means for the record, the topic or the client that it was said of.
  package var kind: Kind { isFatal ? .fatal : Kind(code: code) }

  /// A broker refuses a batch as a whole for one record in it.
  package var concernsBatch: Bool {
    [
      RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_INVALID_MSG, RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE,
      RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, RD_KAFKA_RESP_ERR_INVALID_RECORD, RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP,
    ].contains { $0.rawValue == code }
  }

  package enum Kind: Sendable, Equatable {
    /// This record, or its topic, is refused; another attempt is answered in the same way.
    case refused
    /// May go well another time: no broker, no leader, too late, too busy.
    case passing
    /// The client must be made anew.
    case fatal

    init(code: Int32) {
      switch rd_kafka_resp_err_t(rawValue: code) {
      case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_INVALID_MSG, RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE,
        RD_KAFKA_RESP_ERR_INVALID_RECORD, RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE,
        RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
        RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION,
        RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
        self = .refused
      case RD_KAFKA_RESP_ERR__FATAL, RD_KAFKA_RESP_ERR__DESTROY: self = .fatal
      default: self = .passing
      }
    }
  }
}

extension KafkaError {
  init(_ code: rd_kafka_resp_err_t, while action: String? = nil) {
    let text = String(cString: rd_kafka_err2str(code))
    self.init(code: code.rawValue, reason: action.map { "\($0): \(text)" } ?? text)
  }

  /// Takes over the error, and frees it; nil where there is none.
  init?(owned error: OpaquePointer?, while action: String) {
    guard let error else { return nil }
    defer { rd_kafka_error_destroy(error) }
    let text = rd_kafka_error_string(error).map { String(cString: $0) } ?? "unknown"
    self.init(
      code: rd_kafka_error_code(error).rawValue, reason: "\(action): \(text)",
      isFatal: rd_kafka_error_is_fatal(error) != 0, isRetriable: rd_kafka_error_is_retriable(error) != 0,
      requiresAbort: rd_kafka_error_txn_requires_abort(error) != 0)
  }
}
