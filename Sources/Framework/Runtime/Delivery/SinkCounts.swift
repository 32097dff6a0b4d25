/// What became of the records of a sink.
public struct SinkCounts: Sendable, Equatable {
  public var delivered: UInt64 = 0
  /// Deliveries that failed and were tried again.
  public var retries: UInt64 = 0
  /// Connections that were made anew.
  public var reconnects: UInt64 = 0
  /// Records that became dead letters.
  public var rejected: UInt64 = 0
  /// Records that its filter held back.
  public var filtered: UInt64 = 0
  /// Market data that its queue had no room for.
  public var dropped: UInt64 = 0
  /// Alerts that wait for it in the journal.
  public var waiting: UInt64 = 0

  public init() {}

  /// Name and value of each, as the summary writes them.
  var named: [(name: String, value: UInt64)] {
    [
      ("delivered", delivered), ("retries", retries), ("reconnects", reconnects), ("rejected", rejected),
      ("filtered", filtered), ("dropped", dropped), ("waiting", waiting),
    ]
  }
}
