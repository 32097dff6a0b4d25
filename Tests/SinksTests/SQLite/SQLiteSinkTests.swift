import Foundation
import GRDB
import KafkaTestSupport
import Testing

@testable import ArbdFramework
@testable import ArbdSinks

@Suite(.timeLimit(.minutes(5))) struct SQLiteSinkTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path("a.sqlite") }

  init() throws { folder = try TemporaryFolder() }

  private func sink(
    log: LogLines? = nil, _ change: (inout SQLiteOptions) -> Void = { _ in }
  ) async throws -> SQLiteSink {
    var options = SQLiteOptions()
    options.path = path
    change(&options)
    let sink = SQLiteSink(options: options, context: Sample.context("sqlite", log))
    try await sink.connect()
    return sink
  }

  private func rows(_ sql: String) throws -> [[String]] {
    let database = try DatabaseQueue(path: path)
    return try database.read { db in
      try Row.fetchAll(db, sql: sql).map { row in row.map { "\($0.1.storage.value ?? "NULL")" } }
    }
  }

  @Test func alertsAndMarketDataHaveTables() async throws {
    let sink = try await sink()
    try await sink.deliver([.alert(Sample.spread()), .alert(Sample.cycle), Sample.trade(7), Sample.quote])
    await sink.close()
    #expect(
      try rows("SELECT detector, spread, gross_bps, net_bps, detected_at_us FROM alerts ORDER BY detected_at_us") == [
        ["triangle", "NULL", "13.0085", "-17.0005", "86399999999"],
        ["btc", "68.016", "11.328", "-58.691", "1767225611699835"],
      ])
    #expect(
      try rows("SELECT place, side, venue, instrument, fee_bps FROM legs WHERE alert_id = '\(Sample.spread().id)'") == [
        ["0", "buy", "binance", "BTC-USDT", "10.0"], ["1", "sell", "coinbase", "BTC-USD", "60.0"],
      ])
    #expect(try rows("SELECT * FROM trades") == [["binance", "BTC-USDT", "50123.40", "0.010", "sell", "7", "1", "2"]])
    #expect(try rows("SELECT * FROM quotes") == [["binance", "BTC-USDT", "1", "NULL", "2.5", "3", "3", "4"]])
  }

  @Test(arguments: [(Durability.process, 1), (.power, 2)])
  func underPowerItWaitsForTheDisk(_ durability: Durability, _ level: Int) async throws {
    var options = SQLiteOptions()
    options.path = path
    let database = try SQLiteSink.open(options, durability)
    let found = try await database.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
    #expect(found == level)
  }

  @Test func aWindowThatComesTwiceIsOneRow() async throws {
    let sink = try await sink()
    try await sink.deliver([Sample.window(alerts: 0)])
    try await sink.deliver([Sample.window(alerts: 1)])
    #expect(
      try rows("SELECT detector, window_start_us, alerts, spread, gross_bps, net_bps, detected_at_us FROM windows")
        == [["btc", "0", "1", "2.0", "1.5", "-3.0", "12"]])
    #expect(try rows("SELECT json_extract(routes, '$[0].legs[0].venue') FROM windows") == [["binance"]])
    #expect(
      try rows("SELECT venue, instrument, records, buy, sell FROM window_prices ORDER BY venue") == [
        ["binance", "BTC-USDT", "3", "100.5", "100.25"], ["coinbase", "BTC-USD", "1", "NULL", "NULL"],
      ])
  }

  @Test func anAlertThatComesTwiceIsOneRow() async throws {
    let sink = try await sink()
    try await sink.deliver([.alert(Sample.spread()), .alert(Sample.cycle)])
    try await sink.deliver([.alert(Sample.spread(net: -1))])
    #expect(try rows("SELECT number, net_bps FROM alerts") == [["1", "-1.0"], ["2", "-17.0005"]])
    #expect(try rows("SELECT count(*) FROM legs") == [["5"]])
  }

  @Test func othersReadWhileItWrites() async throws {
    let sink = try await sink()
    try await sink.deliver([.alert(Sample.spread())])
    let reader = try AlertDatabase(path: path)
    #expect(try reader.page(AlertDatabase.Query()).alerts == [Sample.spread()])
    try await sink.deliver([.alert(Sample.cycle)])
    var query = AlertDatabase.Query()
    query.after = 1
    let page = try reader.page(query)
    #expect(page.alerts == [Sample.cycle] && page.last == 2)
    query = AlertDatabase.Query()
    query.detector = "btc"
    query.since = Timestamp(microseconds: 1_767_225_611_699_836)
    #expect(try reader.page(query).alerts.isEmpty)
  }

  @Test func rowsGoWhenTheirTimeIsOver() async throws {
    let first = try await sink { $0.keep.alerts = .never }
    try await first.deliver([.alert(Sample.cycle), .alert(Sample.spread())])
    await first.close()
    let second = try await sink { $0.keep.alerts = .duration(.seconds(3_600)) }
    #expect(try rows("SELECT detector FROM alerts") == [["btc"]])
    #expect(try rows("SELECT count(*) FROM legs") == [["2"]])
    await second.close()
  }

  /// Notes of the user's hang on an alert that is too old.
  @Test(arguments: ["", "DEFERRABLE INITIALLY DEFERRED"])
  func aRowThatSomethingHangsOnStaysAndHoldsUpNothing(_ checked: String) async throws {
    let first = try await sink()
    try await first.deliver([.alert(Sample.cycle)])
    await first.close()
    let user = try DatabaseQueue(path: path)
    try await user.write { db in
      try db.execute(
        sql:
          "CREATE TABLE notes (alert TEXT NOT NULL REFERENCES alerts (id) \(checked)); INSERT INTO notes SELECT id FROM alerts"
      )
      try db.execute(sql: "INSERT INTO trades VALUES ('binance', 'BTC-USDT', '1', '1', 'buy', '1', 0, 0)")
    }
    let log = LogLines()
    let second = try await sink(log: log) {
      $0.keep.alerts = .duration(.seconds(3_600))
      $0.keep.trades = .duration(.microseconds(1))
    }
    try await second.deliver([.alert(Sample.spread()), Sample.trade(7)])
    // At the start, and behind the first batch: alerts stay, trades go.
    #expect(try rows("SELECT detector FROM alerts ORDER BY number") == [["triangle"], ["btc"]])
    #expect(try rows("SELECT trade_id FROM trades") == [["7"]])
    let reason = "FOREIGN KEY constraint failed"
    #expect(log.all == ["warning: sink sqlite: alerts keeps what is too old: \(reason)"])
    await second.close()
    try await second.connect()
    #expect(log.all.count == 1, "what is known is not said again")
    try await user.write { try $0.execute(sql: "DELETE FROM notes") }
    await second.close()
    try await second.connect()
    #expect(try rows("SELECT detector FROM alerts") == [["btc"]])
    await second.close()
  }

  @Test func aRowThatIsRefusedDoesNotHoldUpTheOthers() async throws {
    let sink = try await sink { $0.keep.alerts = .duration(.seconds(3_600)) }
    let database = try DatabaseQueue(path: path)
    try await database.write { db in
      try db.execute(
        sql:
          "INSERT INTO alerts SELECT 1, 'old', 'old', 'spread', 0, 0, 0, 0, 0, 0; CREATE TRIGGER no_cycles BEFORE INSERT ON alerts WHEN NEW.type = 'cycle' BEGIN SELECT RAISE(ABORT, 'no'); END"
      )
    }
    do throws(DeliveryError) {
      try await sink.deliver([.alert(Sample.spread()), .alert(Sample.cycle), Sample.trade(1)])
      Issue.record("nothing was refused")
    } catch {
      #expect(error.verdict == .reject([1]) && error.delivered == [0, 2])
    }
    #expect(try rows("SELECT detector FROM alerts") == [["btc"]], "nor the deletion of what is too old")
  }

  @Test func aDatabaseThatWasDeletedIsMadeAnew() async throws {
    let sink = try await sink()
    try FileManager.default.removeItem(atPath: path)
    let error = await #expect(throws: DeliveryError.self) { try await sink.deliver([.alert(Sample.spread())]) }
    #expect(error?.verdict == .reconnect)
    await sink.close()
    try await sink.connect()
    try await sink.deliver([.alert(Sample.spread())])
    #expect(try rows("SELECT detector FROM alerts") == [["btc"]])
  }

  @Test func aClockThatWasAheadDeletesNothing() async throws {
    let first = try await sink { $0.keep.alerts = .duration(.seconds(86_400 * 300)) }
    let ahead = Timestamp(microseconds: 4_000_000_000_000_000)
    let alert = Sample.spread()
    let late = Alert(
      detector: "future", type: "spread", windowStart: ahead, windowEnd: ahead, legs: alert.legs, spread: 1,
      grossBasisPoints: 1, netBasisPoints: 1, detectedAt: ahead)
    try await first.deliver([.alert(Sample.recent), .alert(late)])
    await first.close()
    let second = try await sink { $0.keep.alerts = .duration(.seconds(86_400 * 300)) }
    #expect(try rows("SELECT count(*) FROM alerts") == [["2"]])
    await second.close()
  }

  @Test func whatIsNoDatabaseIsLeftAlone() async throws {
    try Data("this is a letter, and no database at all; it is long enough to be read as one".utf8).write(
      to: folder.url.appendingPathComponent("a.sqlite"))
    let error = await #expect(throws: DeliveryError.self) { _ = try await sink() }
    #expect(error?.reason.contains("file is not a database") == true)
    #expect(try folder.text("a.sqlite").hasPrefix("this is a letter"))
  }

  @Test func aFolderThatIsNotThereIsNamed() async throws {
    let error = await #expect(throws: DeliveryError.self) {
      _ = try await sink { $0.path = "/nowhere/a.sqlite" }
    }
    #expect(error?.reason.contains("/nowhere/a.sqlite") == true)
  }
}
