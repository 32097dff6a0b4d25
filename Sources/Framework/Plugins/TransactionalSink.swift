/// A sink that can write alerts and the place up to which their source was read as one: both, or neither. Then no alert is
/// written twice, whatever breaks, and a run needs no journal.
///
/// With a `transactionScope` the runtime calls `beginTransactions` behind each `connect`, then `commit` in place of
/// `deliver`.
public protocol TransactionalSink: Sink {
  /// Where it writes, and so whose places it can write; nil where no transactions are asked for.
  var transactionScope: TransactionScope? { get }

  /// Whoever wrote under the same name before is shut out from here on, and what it left open is undone.
  func beginTransactions() async throws(DeliveryError)

  /// Returns once the alerts and the place are committed, or never will be. Behind an error it is called again with the
  /// same place and, but for those that it has rejected, the same alerts: it then goes on where it was.
  func commit(_ alerts: [Record], _ place: any SourcePlace) async throws(DeliveryError) -> TransactionOutcome
}

/// How a transaction ended.
public enum TransactionOutcome: Sendable, Equatable {
  case committed
  /// The place is not ours to write any more, so nothing was: whoever goes on from the last one finds the alerts again.
  case outdated
}

/// How far a source was read, in its own terms.
public protocol SourcePlace: Sendable {}

/// What a source and a sink have in common that makes a transaction of both possible.
public struct TransactionScope: Sendable, Equatable {
  /// The kind of place and its address, equal for both: `Kafka at a:9092,b:9092`
  public let name: String
  /// The sink's option that asks for transactions.
  public let option: String
  /// Why it cannot be all the same; nil when it can.
  public let obstacle: String?

  public init(name: String, option: String = "", obstacle: String? = nil) {
    self.name = name
    self.option = option
    self.obstacle = obstacle
  }
}
