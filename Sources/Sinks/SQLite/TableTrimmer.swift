import ArbdFramework
import ArbdTransport
import GRDB
import Logging
import Synchronization

/// Deletes rows that are too old, each table in a transaction of its own. Where it cannot, they stay, the log says why,
/// and nothing else is held up.
final class TableTrimmer: Sendable {
  private struct State {
    var next = ContinuousClock.now
    /// For each table why the last attempt failed.
    var failures: [String: String] = [:]
  }

  /// How long what is too old may stay.
  private static let interval = Duration.seconds(60)

  private let tables: [TableTrim]
  private let name: String
  private let logger: Logger
  private let state = Mutex(State())

  init(_ keep: TableRetention, name: String, logger: Logger) {
    tables = TableTrim.all(keep)
    self.name = name
    self.logger = logger
  }

  /// Once in a while.
  func trimIfDue(_ database: DatabasePool) {
    let isDue = state.withLock { state in
      guard ContinuousClock.now >= state.next else { return false }
      state.next = .now + TableTrimmer.interval
      return true
    }
    if isDue { trim(database) }
  }

  func trim(_ database: DatabasePool) {
    for table in tables {
      do {
        try database.write { try table.trim(now: Timestamp.systemClock.microseconds, $0) }
        state.withLock { $0.failures[table.name] = nil }
      } catch {
        note((error as? DatabaseError)?.message ?? "\(error)", table.name)
        // Who holds the database, or has filled the disk, is in the way of the other tables too.
        guard let error = error as? DatabaseError, error.isAboutARow else { return }
      }
    }
  }

  private func note(_ reason: String, _ table: String) {
    let isNews = state.withLock { $0.failures.updateValue(reason, forKey: table) != reason }
    if isNews { logger.warning("sink \(name): \(table) keeps what is too old: \(reason)") }
  }
}

/// How long the rows of a table stay.
struct TableTrim: Sendable {
  let name: String
  let column: String
  let age: Duration

  /// Of the tables whose rows do not stay for ever.
  static func all(_ keep: TableRetention) -> [TableTrim] {
    [
      ("alerts", "detected_at_us", keep.alerts), ("trades", "receive_time_us", keep.trades),
      ("quotes", "receive_time_us", keep.quotes), ("windows", "detected_at_us", keep.windows),
    ].compactMap { name, column, age in age.duration.map { TableTrim(name: name, column: column, age: $0) } }
  }

  /// Deletes what is older than the newest row of its table by more than `age`. A row from a clock that was ahead counts
  /// no later than now.
  func trim(now: Int64, _ db: Database) throws {
    guard let newest = try Int64.fetchOne(db, sql: "SELECT max(\(column)) FROM \(name)") else { return }
    try db.execute(
      sql: "DELETE FROM \(name) WHERE \(column) < ?", arguments: [min(newest, now) - Int64(age / .microseconds(1))])
  }
}

extension DatabaseError {
  /// What a table as it is will never take, or give: mostly for a trigger, an index or a reference of the user's.
  var isAboutARow: Bool { [.SQLITE_CONSTRAINT, .SQLITE_TOOBIG, .SQLITE_MISMATCH].contains(resultCode) }
}
