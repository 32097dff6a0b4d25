internal import ArbdKafka

/// The calls that make a transaction of Kafka. Each gives what went wrong, nil when nothing did.
protocol KafkaTransactionCalls {
  func begin() -> KafkaError?
  /// An answer for each alert. `separately`: each is a batch of its own.
  func produce(separately: Bool) -> [KafkaError?]
  func sendOffsets() -> KafkaError?
  func commit() -> KafkaError?
  func abort() -> KafkaError?
}

/// Where a transaction stands: one of alerts, and of the offsets up to which their source was read.
///
/// What failed is called again where librdkafka says that this may help. Where it says that the transaction must be
/// aborted, it is, and the same alerts and offsets go into a new one.
struct KafkaTransaction {
  enum Outcome: Equatable {
    case committed
    /// Nothing is committed, and these offsets never will be: the group has changed.
    case outdated
    /// Nothing is committed, and the alerts at these places never will be.
    case refused([Int: KafkaError])
    /// Not done yet; to be taken up again.
    case again(KafkaError)
    /// The producer is of no use any more. In doubt: whether the transaction was committed is not known.
    case fatal(KafkaError, isInDoubt: Bool)
  }

  private enum Phase {
    case idle, producing, sendingOffsets, committing
    /// `isInDoubt`: it was to be committed before, and the broker may have done so.
    case aborting(Outcome, isInDoubt: Bool)
  }

  private var phase = Phase.idle
  /// A batch was refused for what is in one of its records.
  private var isSeparate = false

  /// Goes on where it was, as far as it can.
  mutating func advance(_ calls: some KafkaTransactionCalls) -> Outcome {
    while true {
      switch phase {
      case .idle:
        if let error = calls.begin() { return KafkaTransaction.failure(error) }
        phase = .producing
      case .producing:
        phase =
          fault(of: calls.produce(separately: isSeparate)).map { .aborting($0, isInDoubt: false) } ?? .sendingOffsets
      case .sendingOffsets:
        guard let error = calls.sendOffsets() else {
          phase = .committing
          continue
        }
        if error.isFatal { return KafkaTransaction.failure(error) }
        if error.isRetriable, !error.requiresAbort, !error.isOutdated { return .again(error) }
        phase = .aborting(error.isOutdated ? .outdated : .again(error), isInDoubt: false)
      case .committing:
        guard let error = calls.commit() else {
          phase = .idle
          return .committed
        }
        if error.isFatal || !error.requiresAbort && !error.isRetriable { return .fatal(error, isInDoubt: true) }
        guard error.requiresAbort else { return .again(error) }
        phase = .aborting(error.isOutdated ? .outdated : .again(error), isInDoubt: true)
      case .aborting(let outcome, let isInDoubt):
        if let error = calls.abort() { return KafkaTransaction.failure(error, isInDoubt: isInDoubt) }
        phase = .idle
        return outcome
      }
    }
  }

  private static func failure(_ error: KafkaError, isInDoubt: Bool = false) -> Outcome {
    error.isRetriable && !error.isFatal ? .again(error) : .fatal(error, isInDoubt: isInDoubt)
  }

  /// Nil when every alert has arrived.
  private mutating func fault(of answers: [KafkaError?]) -> Outcome? {
    let faults = answers.enumerated().compactMap { place, error in error.map { (place, $0) } }
    guard let first = faults.first(where: { $0.1.kind == .fatal }) ?? faults.first else {
      isSeparate = false
      return nil
    }
    let refused = faults.filter { $0.1.kind == .refused }
    if let whole = refused.first(where: { $0.1.concernsBatch }), refused.count > 1, !isSeparate {
      // Which one it was shows when each is sent alone.
      isSeparate = true
      return .again(whole.1)
    }
    return refused.isEmpty ? .again(first.1) : .refused(Dictionary(uniqueKeysWithValues: refused))
  }
}
