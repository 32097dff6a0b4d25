import ArbdFramework
import GRDB

/// The tables of window summaries.
enum WindowTables {
  static func create(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE windows (
          number INTEGER PRIMARY KEY, detector TEXT NOT NULL, window_start_us INTEGER NOT NULL,
          window_end_us INTEGER NOT NULL, type TEXT NOT NULL, alerts INTEGER NOT NULL, spread REAL, gross_bps REAL,
          net_bps REAL, routes TEXT NOT NULL, detected_at_us INTEGER NOT NULL, UNIQUE (detector, window_start_us));
        CREATE INDEX windows_by_time ON windows (detected_at_us);
        CREATE TABLE window_prices (
          window INTEGER NOT NULL REFERENCES windows (number) ON DELETE CASCADE, venue TEXT NOT NULL,
          instrument TEXT NOT NULL, records INTEGER NOT NULL, buy REAL, sell REAL,
          PRIMARY KEY (window, venue, instrument)) WITHOUT ROWID;
        """)
  }

  /// The figures of a window are those of its best route. A window that is there already is brought up to date.
  static func insert(_ summary: WindowSummary, _ db: Database) throws {
    let best = summary.routes.first
    var routes: [UInt8] = []
    routes.append(routes: summary.routes)
    let row = try db.cachedStatement(
      sql: """
        INSERT INTO windows (detector, window_start_us, window_end_us, type, alerts, spread, gross_bps, net_bps, routes,
          detected_at_us)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (detector, window_start_us) DO UPDATE SET window_end_us = excluded.window_end_us,
          type = excluded.type, alerts = excluded.alerts, spread = excluded.spread, gross_bps = excluded.gross_bps,
          net_bps = excluded.net_bps, routes = excluded.routes, detected_at_us = excluded.detected_at_us
        """)
    try row.execute(arguments: [
      summary.detector, summary.windowStart.microseconds, summary.windowEnd.microseconds, summary.type, summary.alerts,
      best?.spread, best?.grossBasisPoints, best?.netBasisPoints, String(decoding: routes, as: UTF8.self),
      summary.detectedAt.microseconds,
    ])
    let known = try db.cachedStatement(sql: "SELECT number FROM windows WHERE detector = ? AND window_start_us = ?")
    guard
      let number = try Int64.fetchOne(known, arguments: [summary.detector, summary.windowStart.microseconds])
    else { return }
    try db.cachedStatement(sql: "DELETE FROM window_prices WHERE window = ?").execute(arguments: [number])
    let prices = try db.cachedStatement(sql: "INSERT OR REPLACE INTO window_prices VALUES (?, ?, ?, ?, ?, ?)")
    for price in summary.prices {
      try prices.execute(arguments: [
        number, price.market.venue, price.market.instrument.description, price.records, price.buy, price.sell,
      ])
    }
  }
}
