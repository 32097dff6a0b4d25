import ArbdFramework
import ArbdSinks
import ArbdStorage
import Foundation
import Logging
import Synchronization

/// What becomes of alerts and market data behind the core: the journal and the SQLite sink. By the clock on the wall, since
/// SQLite works on a thread of its own.
enum DeliveryBenchmarks {
  static var all: [Benchmark] { [journal(500, required: 0.1), journal(1, required: 0.015), rows] }

  private static func journal(_ group: Int, required: Double) -> Benchmark {
    let name = group == 1 ? "one by one" : "in groups of \(group)"
    return Benchmark(group: "alert → journal", name: name, unit: "alert", requiredRate: required) { effort in
      let count = Int(Double(group == 1 ? 50_000 : 500_000) * effort.scale)
      var positions: [JournaledAlert] = []
      for number in 1...count { positions.append(JournaledAlert(position: Int64(number), alert: alert(number))) }
      return try inFolder(effort, operations: count) { folder in
        var options = StateOptions()
        options.path = folder
        let journal = SQLiteJournal(options, now: { Timestamp(microseconds: 0) })
        _ = try journal.open(sinks: ["a"])
        var done = 0
        while done < count {
          var change = JournalChange()
          change.alerts = Array(positions[done..<min(count, done + group)])
          try journal.write(change)
          done += change.alerts.count
        }
        journal.close()
      }
    }
  }

  private static var rows: Benchmark {
    Benchmark(group: "trade → SQLite", name: "batches of 1,024", unit: "row", requiredRate: 0.1) { effort in
      let count = Int(1_000_000 * effort.scale)
      let market = Market(venue: "binance", instrument: Instrument(base: "BTC", quote: "USDT"))
      let records = (0..<count).map { number in Record.trade(trade(number), market) }
      return try inFolder(effort, operations: count) { folder in
        var options = SQLiteOptions()
        options.path = folder + "/a.sqlite"
        let context = PluginContext(logger: .silent, name: "sqlite", markets: MarketTable())
        let sink = SQLiteSink(options: options, context: context)
        try waiting {
          try await sink.connect()
          for start in stride(from: 0, to: count, by: 1_024) {
            try await sink.deliver(Array(records[start..<min(count, start + 1_024)]))
          }
          await sink.close()
        }
      }
    }
  }

  /// The median over the runs, each in a new folder.
  private static func inFolder(
    _ effort: Effort, operations: Int, _ body: (String) throws -> Void
  ) throws -> Measurement {
    var samples: [Double] = []
    ProcessMemory.resetPeak()
    for _ in 0..<effort.runs {
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("arbd-bench-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let start = ContinuousClock.now
      try body(folder.path)
      samples.append(Double((ContinuousClock.now - start).nanoseconds) / Double(operations))
    }
    return Measurement(
      nanoseconds: samples.median, allocations: .nan, peakMemory: ProcessMemory.peak, note: "by the clock on the wall")
  }

  private static func waiting(_ work: @escaping @Sendable () async throws -> Void) throws {
    let done = DispatchSemaphore(value: 0)
    let failure = Mutex<(any Error)?>(nil)
    Task {
      do { try await work() } catch { failure.withLock { $0 = error } }
      done.signal()
    }
    done.wait()
    if let failure = failure.withLock({ $0 }) { throw failure }
  }

  private static func alert(_ number: Int) -> Alert {
    let start = Timestamp(microseconds: 1_700_000_000_000_000 + Int64(number) * 1_000_000)
    func leg(_ side: Side, _ venue: String, _ quote: String, _ price: Double) -> Alert.Leg {
      let market = Market(venue: venue, instrument: Instrument(base: "BTC", quote: quote))
      return Alert.Leg(side: side, market: market, price: price, feeBasisPoints: 10)
    }
    return Alert(
      detector: "btc", type: "spread", windowStart: start,
      windowEnd: Timestamp(microseconds: start.microseconds + 1_000_000),
      legs: [leg(.buy, "binance", "USDT", 60_044.000716612325), leg(.sell, "coinbase", "USD", 60_091.25)],
      spread: 47.249283387675, grossBasisPoints: 7.869, netBasisPoints: -62.13, detectedAt: start)
  }

  private static func trade(_ number: Int) -> Trade {
    let time = Timestamp(microseconds: 1_700_000_000_000_000 + Int64(number) * 1_000)
    return Trade(
      market: MarketID(index: 0), side: .buy,
      price: Quantity(ExactDecimal(mantissa: 6_004_400 + Int64(number % 999), exponent: -2)),
      size: Quantity(ExactDecimal(mantissa: Int64(1 + number % 77), exponent: -4)), id: TradeID(UInt64(number)),
      eventTime: time, receiveTime: time)
  }
}
