import ArbdFramework
import GRDB

/// The tables of an SQLite sink and what is written into them.
enum AlertTables {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in
      try db.execute(
        sql: """
          CREATE TABLE alerts (
            number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, detector TEXT NOT NULL, type TEXT NOT NULL, window_start_us INTEGER NOT NULL,
            window_end_us INTEGER NOT NULL, spread REAL, gross_bps REAL, net_bps REAL, detected_at_us INTEGER NOT NULL);
          CREATE INDEX alerts_by_time ON alerts (detected_at_us);
          CREATE INDEX alerts_by_detector ON alerts (detector, detected_at_us);
          CREATE TABLE legs (
            alert_id TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE, place INTEGER NOT NULL, side TEXT NOT NULL,
            venue TEXT NOT NULL, instrument TEXT NOT NULL, price REAL, fee_bps REAL,
            PRIMARY KEY (alert_id, place)) WITHOUT ROWID;
          CREATE TABLE trades (
            venue TEXT NOT NULL, instrument TEXT NOT NULL, price TEXT, size TEXT, side TEXT NOT NULL,
            trade_id TEXT NOT NULL, event_time_us INTEGER NOT NULL, receive_time_us INTEGER NOT NULL);
          CREATE INDEX trades_by_time ON trades (receive_time_us);
          CREATE TABLE quotes (
            venue TEXT NOT NULL, instrument TEXT NOT NULL, bid TEXT, bid_size TEXT, ask TEXT, ask_size TEXT,
            event_time_us INTEGER NOT NULL, receive_time_us INTEGER NOT NULL);
          CREATE INDEX quotes_by_time ON quotes (receive_time_us);
          """)
    }
    migrator.registerMigration("2", migrate: WindowTables.create)
    return migrator
  }

  /// An alert that is there already is brought up to date: its id says that it is the same.
  static func insert(_ alert: Alert, _ db: Database) throws {
    // Its row keeps its place, so that who follows the table does not meet it again.
    let row = try db.cachedStatement(
      sql: """
        INSERT INTO alerts (id, detector, type, window_start_us, window_end_us, spread, gross_bps, net_bps, detected_at_us)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET spread = excluded.spread, gross_bps = excluded.gross_bps,
          net_bps = excluded.net_bps, detected_at_us = excluded.detected_at_us
        """)
    try row.execute(arguments: [
      alert.id, alert.detector, alert.type, alert.windowStart.microseconds, alert.windowEnd.microseconds, alert.spread,
      alert.grossBasisPoints, alert.netBasisPoints, alert.detectedAt.microseconds,
    ])
    let legs = try db.cachedStatement(sql: "INSERT OR REPLACE INTO legs VALUES (?, ?, ?, ?, ?, ?, ?)")
    for (place, leg) in alert.legs.enumerated() {
      try legs.execute(arguments: [
        alert.id, place, leg.side.name, leg.market.venue, leg.market.instrument.description, leg.price,
        leg.feeBasisPoints,
      ])
    }
  }

  static func insert(_ trade: Trade, _ market: Market, _ db: Database) throws {
    let row = try db.cachedStatement(sql: "INSERT INTO trades VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
    try row.execute(arguments: [
      market.venue, market.instrument.description, trade.price.exact?.description, trade.size.exact?.description,
      trade.side.name, trade.id.description, trade.eventTime.microseconds, trade.receiveTime.microseconds,
    ])
  }

  static func insert(_ quote: Quote, _ market: Market, _ db: Database) throws {
    let row = try db.cachedStatement(sql: "INSERT INTO quotes VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
    try row.execute(arguments: [
      market.venue, market.instrument.description, quote.bid.exact?.description, quote.bidSize.exact?.description,
      quote.ask.exact?.description, quote.askSize.exact?.description, quote.eventTime.microseconds,
      quote.receiveTime.microseconds,
    ])
  }
}
