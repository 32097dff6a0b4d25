/// Why a batch was not delivered whole, and what to do about it.
public struct DeliveryError: Error, Sendable, Equatable {
  public enum Verdict: Sendable, Equatable {
    /// Try what is left of the batch again: after this long where the destination named a time, else when the runner's
    /// back-off says so.
    case retry(after: Duration? = nil)
    /// Close, connect anew, then try what is left of the batch again. With back-off.
    case reconnect
    /// The records at these places of the batch will never be taken: they become dead letters, and what is left of the
    /// batch is delivered at once.
    case reject(Set<Int>)
    /// No batch can be delivered any more: the run ends.
    case stop
  }

  /// For people. Holds no secret.
  public let reason: String
  public let verdict: Verdict
  /// Places in the batch of what arrived all the same; it is not delivered again.
  public let delivered: Set<Int>

  public init(_ reason: String, verdict: Verdict, delivered: Set<Int> = []) {
    self.reason = reason
    self.verdict = verdict
    self.delivered = delivered
  }
}

extension DeliveryError: CustomStringConvertible {
  public var description: String { reason }
}
