/// How a journal is doing.
public struct JournalCounts: Sendable, Equatable {
  /// Alerts that were written.
  public var written: UInt64 = 0
  /// Writes that failed.
  public var failures: UInt64 = 0
  /// Alerts that a sink was not given because they went before its turn, or cannot be read.
  public var lost: UInt64 = 0
  /// Why it cannot be written at present; nil when it can.
  public var fault: String?

  public init() {}
}
