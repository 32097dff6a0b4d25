package import ArbdFramework
internal import ArbdStorage
internal import Foundation
internal import GRDB

/// Reads the alerts that an SQLite sink has written, also while it goes on writing.
package struct AlertDatabase: Sendable {
  /// Which alerts.
  package struct Query: Sendable {
    package var detector: String?
    /// Detected at or after this.
    package var since: Timestamp?
    /// Behind this row, in the order of writing.
    package var after: Int64 = 0
    package var limit = 10_000

    package init() {}
  }

  /// What is found, in the order of writing, and the row from which the next query goes on.
  package struct Page: Sendable {
    package let alerts: [Alert]
    package let last: Int64

    package init(alerts: [Alert], last: Int64) { (self.alerts, self.last) = (alerts, last) }
  }

  /// Why there is nothing to read.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  private let database: DatabaseQueue
  private let path: String
  private let file: FileIdentity?

  package init(path: String) throws(Failure) {
    guard FileManager.default.fileExists(atPath: path) else { throw Failure(description: "\(path): no such file") }
    self.path = path
    file = FileIdentity(path)
    do {
      var configuration = GRDB.Configuration()
      configuration.readonly = true
      configuration.busyMode = .timeout(5)
      database = try DatabaseQueue(path: path, configuration: configuration)
    } catch {
      throw Failure(description: "\(path): \(AlertDatabase.text(of: error))")
    }
  }

  /// Whether the path still leads to it, so that what is written comes here.
  package var isInPlace: Bool { FileIdentity(path) == file }

  package func page(_ query: Query) throws(Failure) -> Page {
    do {
      return try database.read { try AlertDatabase.page(query, $0) }
    } catch {
      let text = AlertDatabase.text(of: error)
      let isOther = text.hasPrefix("no such table") || text.hasPrefix("no such column")
      throw Failure(description: isOther ? "this is no database of an sqlite sink (\(text))" : text)
    }
  }

  private static func page(_ query: Query, _ db: Database) throws -> Page {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT * FROM alerts WHERE number > ? AND detected_at_us >= ? AND (? IS NULL OR detector = ?)
        ORDER BY number LIMIT ?
        """,
      arguments: [query.after, query.since?.microseconds ?? .min, query.detector, query.detector, query.limit])
    let alerts = try rows.map { row in
      func text(_ column: String) throws -> String { try row.decode(String.self, forColumn: column) }
      func time(_ column: String) throws -> Timestamp {
        Timestamp(microseconds: try row.decode(Int64.self, forColumn: column))
      }
      let id = try text("id")
      return Alert(
        storedAs: id, detector: try text("detector"), type: try text("type"), windowStart: try time("window_start_us"),
        windowEnd: try time("window_end_us"), legs: try legs(of: id, db),
        spread: try row.decode(Double?.self, forColumn: "spread"),
        grossBasisPoints: try row.decode(Double?.self, forColumn: "gross_bps") ?? .nan,
        netBasisPoints: try row.decode(Double?.self, forColumn: "net_bps") ?? .nan,
        detectedAt: try time("detected_at_us"))
    }
    let last = try rows.last.map { try $0.decode(Int64.self, forColumn: "number") }
    return Page(alerts: alerts, last: last ?? query.after)
  }

  private static func legs(of alert: String, _ db: Database) throws -> [Alert.Leg] {
    try Row.fetchAll(db, sql: "SELECT * FROM legs WHERE alert_id = ? ORDER BY place", arguments: [alert]).compactMap {
      row in
      guard let instrument = Instrument(try row.decode(String.self, forColumn: "instrument")) else { return nil }
      let market = Market(venue: try row.decode(String.self, forColumn: "venue"), instrument: instrument)
      return Alert.Leg(
        side: try row.decode(String.self, forColumn: "side") == "buy" ? .buy : .sell, market: market,
        price: try row.decode(Double?.self, forColumn: "price") ?? .nan,
        feeBasisPoints: try row.decode(Double?.self, forColumn: "fee_bps") ?? .nan)
    }
  }

  private static func text(of error: any Error) -> String {
    (error as? DatabaseError)?.message ?? error.localizedDescription
  }
}
