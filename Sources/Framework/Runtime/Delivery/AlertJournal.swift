/// Where alerts are kept until every sink has had them: a file that survives the process. `AlertLog` is the only caller.
///
/// `write`, `renew` and `trim` come from one thread, `read` from those of the sinks, also at the same time.
public protocol AlertJournal: Sendable {
  /// Opens it for these sinks. A sink that it has not met begins behind the newest alert.
  func open(sinks: [String]) throws(JournalError) -> JournalState

  /// Writes all of it, or nothing. What returns survives the end of the process.
  func write(_ change: JournalChange) throws(JournalError)

  /// Alerts behind a position, in order. Looks at `limit` rows, and at fewer only where there are no more.
  func read(after position: Int64, limit: Int) throws(JournalError) -> JournalPage

  /// Sets aside what cannot be used any more, as far as it is there, and begins a new one with these cursors.
  func renew(cursors: [String: Int64]) throws(JournalError)

  /// Forgets what is old: alerts up to `delivered`, which all sinks have had, by age, and whatever has no room. Returns
  /// the last position of those that went though a sink still waited for them; nil when there are none.
  func trim(delivered: Int64) throws(JournalError) -> Int64?

  func close()
}

/// What was found in a journal.
public struct JournalState: Sendable, Equatable {
  /// Of the newest alert; 0 in an empty journal.
  public var lastPosition: Int64
  /// For each sink, the position up to which it has had the alerts.
  public var cursors: [String: Int64]

  public init(lastPosition: Int64, cursors: [String: Int64]) {
    self.lastPosition = lastPosition
    self.cursors = cursors
  }
}

/// An alert and its place in a journal: from 1 on, without gaps.
public struct JournaledAlert: Sendable, Equatable {
  public let position: Int64
  public let alert: Alert

  public init(position: Int64, alert: Alert) {
    self.position = position
    self.alert = alert
  }
}

/// A piece of a journal.
public struct JournalPage: Sendable, Equatable {
  /// Without those that cannot be read.
  public let alerts: [JournaledAlert]
  /// Of the last row that was looked at; nil when there was none.
  public let last: Int64?
  /// Rows that were looked at.
  public let rows: Int

  public init(alerts: [JournaledAlert], last: Int64?, rows: Int) {
    self.alerts = alerts
    self.last = last
    self.rows = rows
  }
}

/// An alert that a sink will never take.
public struct DeadLetter: Sendable, Equatable {
  public let sink: String
  public let alert: Alert
  public let reason: String

  public init(sink: String, alert: Alert, reason: String) {
    self.sink = sink
    self.alert = alert
    self.reason = reason
  }
}

/// What one transaction writes.
public struct JournalChange: Sendable, Equatable {
  public var alerts: [JournaledAlert] = []
  /// By sink; those that have moved.
  public var cursors: [String: Int64] = [:]
  public var deadLetters: [DeadLetter] = []

  public init() {}

  var isEmpty: Bool { alerts.isEmpty && cursors.isEmpty && deadLetters.isEmpty }
}

/// Why a journal cannot be used, and what helps.
public struct JournalError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Remedy: Sendable, Equatable {
    /// The same may work later: the disk is full, the file is locked.
    case retry
    /// The file is gone or damaged; a new one is needed.
    case renew
    /// A person must look.
    case stop
  }

  public let reason: String
  public let remedy: Remedy

  public init(_ reason: String, remedy: Remedy) {
    self.reason = reason
    self.remedy = remedy
  }

  public var description: String { reason }
}
