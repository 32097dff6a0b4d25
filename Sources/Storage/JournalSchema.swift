import ArbdFramework
import Foundation
import GRDB

/// The tables of a journal and what is done with them.
enum JournalSchema {
  private static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in
      try db.execute(
        sql: """
          CREATE TABLE alerts (position INTEGER PRIMARY KEY, written_us INTEGER NOT NULL, body BLOB NOT NULL);
          CREATE TABLE cursors (sink TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
          CREATE TABLE dead_letters (
            number INTEGER PRIMARY KEY, written_us INTEGER NOT NULL, sink TEXT NOT NULL, alert_id TEXT NOT NULL,
            reason TEXT NOT NULL, body BLOB NOT NULL);
          """)
    }
    return migrator
  }

  static func open(_ path: String, _ durability: Durability) throws -> DatabasePool {
    var configuration = GRDB.Configuration()
    configuration.label = "arbd journal"
    configuration.busyMode = .timeout(5)
    let database = try DatabasePool(path: path, configuration: configuration)
    // Only now: a pool begins with NORMAL whatever was said before.
    if durability == .power {
      try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    }
    try migrator.migrate(database)
    return database
  }

  /// The state at the start; sinks that are new begin behind the newest alert.
  static func begin(_ db: Database, sinks: [String]) throws -> JournalState {
    var known: [String: Int64] = [:]
    for row in try Row.fetchAll(db, sql: "SELECT sink, position FROM cursors") {
      known[try row.decode(String.self, forColumn: "sink")] = try row.decode(Int64.self, forColumn: "position")
    }
    let newest = try Int64.fetchOne(db, sql: "SELECT max(position) FROM alerts") ?? 0
    let last = max(newest, known.values.max() ?? 0)
    var cursors: [String: Int64] = [:]
    for sink in sinks {
      cursors[sink] = known[sink] ?? last
      if known[sink] == nil { try set(cursor: last, of: sink, db) }
    }
    return JournalState(lastPosition: last, cursors: cursors)
  }

  static func write(_ change: JournalChange, at time: Int64, _ db: Database) throws {
    if !change.alerts.isEmpty {
      let insert = try db.cachedStatement(sql: "INSERT OR REPLACE INTO alerts VALUES (?, ?, ?)")
      for journaled in change.alerts {
        try insert.execute(arguments: [journaled.position, time, json(journaled.alert)])
      }
    }
    for (sink, position) in change.cursors { try set(cursor: position, of: sink, db) }
    for letter in change.deadLetters {
      try db.cachedStatement(
        sql: "INSERT INTO dead_letters (written_us, sink, alert_id, reason, body) VALUES (?, ?, ?, ?, ?)"
      ).execute(arguments: [time, letter.sink, letter.alert.id, letter.reason, json(letter.alert)])
    }
  }

  static func set(cursor position: Int64, of sink: String, _ db: Database) throws {
    try db.cachedStatement(sql: "INSERT OR REPLACE INTO cursors VALUES (?, ?)").execute(arguments: [sink, position])
  }

  static func read(after position: Int64, limit: Int, _ db: Database) throws -> JournalPage {
    let statement = try db.cachedStatement(
      sql: "SELECT position, body FROM alerts WHERE position > ? ORDER BY position LIMIT ?")
    let rows = try Row.fetchCursor(statement, arguments: [position, limit])
    var alerts: [JournaledAlert] = []
    var (last, count): (Int64?, Int) = (nil, 0)
    while let row = try rows.next() {
      let position = try row.decode(Int64.self, forColumn: "position")
      (last, count) = (position, count + 1)
      // What this version wrote it can read; anything else is damage, and does not hold up the rest.
      guard let body = try? row.decode(Data.self, forColumn: "body") else { continue }
      let bytes = [UInt8](body)
      guard let alert = try? AlertDecoder.decode(bytes.span.bytes) else { continue }
      alerts.append(JournaledAlert(position: position, alert: alert))
    }
    return JournalPage(alerts: alerts, last: last, rows: count)
  }

  /// Deletes what is delivered and older than `oldest`, and then the oldest until the rest has room in `size` bytes.
  static func trim(delivered: Int64, before oldest: Int64, size: Int64, _ db: Database) throws -> Int64? {
    try db.execute(sql: "DELETE FROM alerts WHERE position <= ? AND written_us < ?", arguments: [delivered, oldest])
    try db.execute(sql: "DELETE FROM dead_letters WHERE written_us < ?", arguments: [oldest])
    guard try usedBytes(db) > size else { return nil }
    try trimDeadLetters(to: size / 8, db)
    let used = try usedBytes(db)
    guard used > size else { return nil }
    let count = try Int64.fetchOne(db, sql: "SELECT count(*) FROM alerts") ?? 0
    // A quarter below the limit, so that this is not for every alert.
    let surplus = Int64(Double(count) * (1 - 0.75 * Double(size) / Double(used)))
    guard
      surplus > 0,
      let last = try Int64.fetchOne(
        db, sql: "SELECT position FROM alerts ORDER BY position LIMIT 1 OFFSET ?", arguments: [min(surplus, count) - 1])
    else { return nil }
    try db.execute(sql: "DELETE FROM alerts WHERE position <= ?", arguments: [last])
    return last > delivered ? last : nil
  }

  private static func usedBytes(_ db: Database) throws -> Int64 {
    let page = try Int64.fetchOne(db, sql: "PRAGMA page_size") ?? 4_096
    let pages = try Int64.fetchOne(db, sql: "PRAGMA page_count") ?? 0
    let free = try Int64.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
    return (pages - free) * page
  }

  /// The oldest dead letters go until the bodies of the rest have no more than `size` bytes.
  private static func trimDeadLetters(to size: Int64, _ db: Database) throws {
    let used = try Int64.fetchOne(db, sql: "SELECT total(length(body)) FROM dead_letters") ?? 0
    let count = try Int64.fetchOne(db, sql: "SELECT count(*) FROM dead_letters") ?? 0
    guard used > size else { return }
    let surplus = Int64((Double(count) * (1 - Double(size) / Double(used))).rounded(.up))
    try db.execute(
      sql: "DELETE FROM dead_letters WHERE number IN (SELECT number FROM dead_letters ORDER BY number LIMIT ?)",
      arguments: [surplus])
  }

  private static func json(_ alert: Alert) -> Data {
    var bytes: [UInt8] = []
    bytes.append(alert: alert)
    return Data(bytes)
  }
}
