public import ArbdFramework
internal import ArbdStorage
internal import GRDB
internal import Synchronization

/// Writes alerts, and market data on request, to an SQLite database that others may read at the same time (WAL).
///
/// A batch is one transaction, and is on its way to the disk when `deliver` returns; under `power` it is there. An alert that
/// comes twice is one row. What is too old is deleted behind a batch; a failure of that fails no delivery.
public final class SQLiteSink: Sink {
  public static let name = "sqlite"
  public static let summary = "Keeps alerts, and market data on request, in an SQLite database."
  public static let accepts: Set<ArbdFramework.Record.Kind> = [.alert, .trade, .quote, .window]

  private struct State {
    var database: DatabasePool?
    var file: FileIdentity?
  }

  private let options: SQLiteOptions
  private let durability: Durability
  private let trimmer: TableTrimmer
  private let state = Mutex(State())

  public init(options: SQLiteOptions, context: PluginContext) {
    self.options = options
    durability = context.durability
    trimmer = TableTrimmer(options.keep, name: context.name, logger: context.logger)
  }

  public func connect() async throws(DeliveryError) {
    do {
      let database = try SQLiteSink.open(options, durability)
      let file = FileIdentity(options.path)
      state.withLock { $0 = State(database: database, file: file) }
      trimmer.trim(database)
    } catch {
      throw failure(error)
    }
  }

  public func deliver(_ batch: [ArbdFramework.Record]) async throws(DeliveryError) {
    let (database, file) = state.withLock { ($0.database, $0.file) }
    guard let database else { throw DeliveryError("\(options.path) is not open", verdict: .reconnect) }
    guard FileIdentity(options.path) == file else {
      throw DeliveryError("\(options.path) was deleted or replaced", verdict: .reconnect)
    }
    var refusal: DeliveryError?
    do {
      // Synchronous: the sink has a thread of its own to wait on.
      try SQLiteSink.write(batch, database)
    } catch let error as DatabaseError where error.isAboutARow {
      refusal = try writeOneByOne(batch, database)
    } catch {
      throw failure(error)
    }
    trimmer.trimIfDue(database)
    if let refusal { throw refusal }
  }

  public func close() async {
    let database = state.withLock { state in
      defer { state.database = nil }
      return state.database
    }
    try? database?.close()
  }

  static func open(_ options: SQLiteOptions, _ durability: Durability) throws -> DatabasePool {
    var configuration = GRDB.Configuration()
    configuration.label = "arbd sink"
    configuration.busyMode = .timeout(5)
    let database = try DatabasePool(path: options.path, configuration: configuration)
    // Only now: a pool begins with NORMAL whatever was said before.
    if durability == .power {
      try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    }
    try AlertTables.migrator.migrate(database)
    return database
  }

  private static func write(_ batch: [ArbdFramework.Record], _ database: DatabasePool) throws {
    try database.write { db in
      for record in batch {
        switch record {
        case .alert(let alert): try AlertTables.insert(alert, db)
        case .trade(let trade, let market): try AlertTables.insert(trade, market, db)
        case .quote(let quote, let market): try AlertTables.insert(quote, market, db)
        case .window(let summary): try WindowTables.insert(summary, db)
        case .status: break
        }
      }
    }
  }

  /// Gives which records were refused, if any.
  private func writeOneByOne(
    _ batch: [ArbdFramework.Record], _ database: DatabasePool
  ) throws(DeliveryError) -> DeliveryError? {
    var (delivered, rejected, reason): (Set<Int>, Set<Int>, String) = ([], [], "")
    for (place, record) in batch.enumerated() {
      do {
        try SQLiteSink.write([record], database)
        delivered.insert(place)
      } catch let error as DatabaseError where error.isAboutARow {
        rejected.insert(place)
        reason = failure(error).reason
      } catch {
        let failure = failure(error)
        throw DeliveryError(failure.reason, verdict: failure.verdict, delivered: delivered)
      }
    }
    return rejected.isEmpty ? nil : DeliveryError(reason, verdict: .reject(rejected), delivered: delivered)
  }

  /// A full disk or a busy file may be over soon; a file that is no database, or not one of ours, takes a person.
  private func failure(_ error: any Error) -> DeliveryError {
    guard let error = error as? DatabaseError else {
      return DeliveryError("\(options.path): \(error)", verdict: .reconnect)
    }
    let reason = "\(options.path): \(error.message ?? "SQLite error \(error.resultCode.rawValue)")"
    switch error.resultCode {
    case .SQLITE_FULL, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_NOMEM: return DeliveryError(reason, verdict: .retry())
    default: return DeliveryError(reason, verdict: .reconnect)
    }
  }
}
