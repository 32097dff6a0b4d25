public import ArbdFramework
import Foundation
import GRDB
import Synchronization

/// The journal of alerts: an SQLite file in WAL mode, in a folder that one process holds.
///
/// A write returns once the operating system has it (`Durability.process`) or the disk (`Durability.power`).
public final class SQLiteJournal: AlertJournal {
  static let fileName = "journal.sqlite"

  private struct State {
    var lock: FolderLock?
    var database: DatabasePool?
    var file: FileIdentity?
    /// Of the newest alert that this run knows to be in the file.
    var newest: Int64 = 0
  }

  private let options: StateOptions
  private let now: @Sendable () -> Timestamp
  private let state = Mutex(State())

  /// `now`: the wall clock, for retention by age.
  public init(_ options: StateOptions, now: @escaping @Sendable () -> Timestamp) {
    self.options = options
    self.now = now
  }

  private var path: String { options.path + "/" + SQLiteJournal.fileName }

  public func open(sinks: [String]) throws(JournalError) -> JournalState {
    do {
      try FileManager.default.createDirectory(atPath: options.path, withIntermediateDirectories: true)
    } catch {
      throw JournalError("cannot make the folder \(options.path): \(error.localizedDescription)", remedy: .stop)
    }
    let lock = try FolderLock(folder: options.path)
    do {
      let database = try JournalSchema.open(path, options.durability)
      let found = try database.write { try JournalSchema.begin($0, sinks: sinks) }
      let file = FileIdentity(path)
      state.withLock { $0 = State(lock: lock, database: database, file: file, newest: found.lastPosition) }
      return found
    } catch {
      throw JournalError(openingProblem(error), remedy: .stop)
    }
  }

  public func write(_ change: JournalChange) throws(JournalError) {
    let time = now().microseconds
    try use(keepingFolder: true) { database in
      try database.write { try JournalSchema.write(change, at: time, $0) }
    }
    if let last = change.alerts.last?.position { state.withLock { $0.newest = max($0.newest, last) } }
  }

  public func read(after position: Int64, limit: Int) throws(JournalError) -> JournalPage {
    try use { database in
      try database.read { try JournalSchema.read(after: position, limit: limit, $0) }
    }
  }

  public func renew(cursors: [String: Int64]) throws(JournalError) {
    state.withLock { $0.database = nil }
    do {
      try FileManager.default.createDirectory(atPath: options.path, withIntermediateDirectories: true)
      try keepLock()
      try setAside()
      let database = try JournalSchema.open(path, options.durability)
      try database.write { db in
        for (sink, position) in cursors { try JournalSchema.set(cursor: position, of: sink, db) }
      }
      let file = FileIdentity(path)
      state.withLock { state in
        state.database = database
        state.file = file
        state.newest = 0
      }
    } catch {
      throw JournalError("a new \(path) cannot be made: \(SQLiteJournal.text(of: error))", remedy: .renew)
    }
  }

  public func trim(delivered: Int64) throws(JournalError) -> Int64? {
    let oldest = now().microseconds - Int64(options.keep.age / .microseconds(1))
    let size = Int64(options.keep.size.bytes)
    return try use(keepingFolder: true) { database in
      try database.write { try JournalSchema.trim(delivered: delivered, before: oldest, size: size, $0) }
    }
  }

  public func close() {
    state.withLock { state in
      try? state.database?.close()
      state = State()
    }
  }

  /// Whether it had to be taken anew.
  ///
  /// Whoever finds no lock in the folder takes it for free: two runs would write over one another's alerts.
  @discardableResult
  private func keepLock() throws(JournalError) -> Bool {
    guard state.withLock({ $0.lock?.isInPlace }) != true else { return false }
    state.withLock { $0.lock = nil }
    do throws(JournalError) {
      let fresh = try FolderLock(folder: options.path)
      state.withLock { $0.lock = fresh }
      return true
    } catch {
      throw JournalError(error.reason, remedy: .retry)
    }
  }

  /// What stands there is of no use, but may be of interest.
  private func setAside() throws {
    let suffix = ".damaged-\(now().microseconds / 1_000_000)"
    for end in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + end) {
      try FileManager.default.moveItem(atPath: path + end, toPath: path + suffix + end)
    }
  }

  /// `keepingFolder`: something is to be written.
  private func use<Result>(
    keepingFolder: Bool = false, _ work: (DatabasePool) throws -> Result
  ) throws(JournalError) -> Result {
    let (database, file) = state.withLock { ($0.database, $0.file) }
    guard let database else { throw JournalError("\(path) is not open", remedy: .renew) }
    // SQLite would go on writing into a file that nobody can open any more.
    guard FileIdentity(path) == file else { throw JournalError("\(path) was deleted or replaced", remedy: .renew) }
    let wasLost = keepingFolder ? try keepLock() : false
    do {
      if wasLost { try refuseIfWritten(database) }
      return try work(database)
    } catch let error as JournalError {
      throw error
    } catch {
      throw JournalError("\(path): \(SQLiteJournal.text(of: error))", remedy: SQLiteJournal.remedy(for: error))
    }
  }

  /// Another run may have had the folder while its lock was gone: its alerts stand where this one's would.
  private func refuseIfWritten(_ database: DatabasePool) throws {
    let newest = try database.read { try Int64.fetchOne($0, sql: "SELECT max(position) FROM alerts") ?? 0 }
    guard newest > state.withLock({ $0.newest }) else { return }
    throw JournalError("another run has written to \(path)", remedy: .renew)
  }

  private func openingProblem(_ error: any Error) -> String {
    let text = "\(path) cannot be used: \(SQLiteJournal.text(of: error))"
    guard SQLiteJournal.remedy(for: error) == .renew else { return text }
    return text + "; move it away to begin a new one (alerts that wait in it for a sink will not be delivered)"
  }

  private static func remedy(for error: any Error) -> JournalError.Remedy {
    guard let error = error as? DatabaseError else { return .retry }
    return switch error.resultCode {
    case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT: .renew
    default: .retry
    }
  }

  private static func text(of error: any Error) -> String {
    (error as? DatabaseError)?.message ?? (error as? JournalError)?.reason ?? error.localizedDescription
  }
}
