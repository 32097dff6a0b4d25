import DetectionReference
import Foundation
import Testing

/// The cases under Fixtures are only worth something if they tell right from wrong: the reference must give
/// what they expect, and none of its wrong readings may.
@Suite struct ReferenceMutantTests {
  @Test func thereAreCases() {
    #expect(!ReferenceExample.fixtures.isEmpty)
  }

  @Test(arguments: ReferenceExample.fixtures)
  func theReferenceReproduces(_ example: ReferenceExample) throws {
    let result = try example.load().run()
    let expected = try example.expectedAlerts()
    #expect(result.alertsByDetector.count == expected.count)
    for (alert, expected) in zip(result.alertsByDetector, expected) {
      #expect(alert == expected)
    }
    #expect(try result.counts == example.expectedCounts())
  }

  @Test(arguments: Mutation.allCases)
  func someCaseNotices(_ mutation: Mutation) throws {
    let survives = try ReferenceBaseline.all.get().allSatisfy { $0.example.run(mutation) == $0.result }
    #expect(!survives, "no case tells this reading from the right one")
  }

  @Test(
    .enabled(if: !ReferenceExample.neighbours.isEmpty, "no worked examples beside the project"),
    arguments: ReferenceExample.neighbours)
  func theReferenceReproducesWorkedExample(_ example: ReferenceExample) throws {
    let result = try example.load().run()
    let expected = try example.expectedAlerts()
    #expect(result.alertsByDetector.count == expected.count)
    for (alert, expected) in zip(result.alertsByDetector, expected) {
      #expect(isClose(alert, expected), "\(alert.line) is not \(expected.line)")
    }
    #expect(try result.counts == example.expectedCounts())
  }

  /// Sums may be taken in another order there: prices within 1e-9 of their size, basis points within 1e-6.
  private func isClose(_ one: ReferenceAlert, _ other: ReferenceAlert) -> Bool {
    func isClose(_ x: Double, _ y: Double, within absolute: Double = 0) -> Bool {
      x == y || abs(x - y) <= max(absolute, 1e-9 * max(abs(x), abs(y)))
    }
    let areLegsClose = zip(one.legs, other.legs).allSatisfy { leg, otherLeg in
      leg.side == otherLeg.side && leg.venue == otherLeg.venue && leg.instrument == otherLeg.instrument
        && isClose(leg.price, otherLeg.price) && isClose(leg.feeBps, otherLeg.feeBps)
    }
    let areSpreadsClose =
      switch (one.spread, other.spread) {
      case (nil, nil): true
      case (let spread?, let otherSpread?): isClose(spread, otherSpread, within: 1e-9)
      default: false
      }
    return one.id == other.id && one.detector == other.detector && one.type == other.type
      && one.windowStart == other.windowStart && one.windowEnd == other.windowEnd
      && one.detectedAt == other.detectedAt && one.legs.count == other.legs.count
      && areLegsClose && areSpreadsClose
      && isClose(one.grossBps, other.grossBps, within: 1e-6)
      && isClose(one.netBps, other.netBps, within: 1e-6)
  }
}

/// A folder with `config.json`, records, `expected.jsonl` and `expected.counts.json`.
struct ReferenceExample: CustomTestStringConvertible, Sendable {
  let folder: URL
  let recordsFile: String

  var testDescription: String { folder.lastPathComponent }

  private static let project = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static let fixtures = examples(
    in: project.appendingPathComponent("Tests/Fixtures/cases"), recordsFile: "records.jsonl")
  static let neighbours = examples(
    in: project.deletingLastPathComponent().appendingPathComponent("shared/cases"),
    recordsFile: "trades.jsonl")

  private static func examples(in folder: URL, recordsFile: String) -> [ReferenceExample] {
    let entries = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    return (entries ?? [])
      .filter { FileManager.default.fileExists(atPath: $0.appendingPathComponent(recordsFile).path) }
      .sorted { $0.path < $1.path }
      .map { ReferenceExample(folder: $0, recordsFile: recordsFile) }
  }

  func load() throws -> ReferenceCase {
    try ReferenceCase(configuration: data("config.json"), records: data(recordsFile))
  }

  func expectedAlerts() throws -> [ReferenceAlert] {
    try data("expected.jsonl").split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode(ReferenceAlert.self, from: $0)
    }
  }

  func expectedCounts() throws -> [String: ReferenceCounts] {
    try JSONDecoder().decode([String: ReferenceCounts].self, from: data("expected.counts.json"))
  }

  private func data(_ name: String) throws -> Data {
    try Data(contentsOf: folder.appendingPathComponent(name))
  }
}

/// A case and what the reference, unmutated, makes of it.
private struct ReferenceBaseline {
  let example: ReferenceCase
  let result: ReferenceResult

  /// Computed once for all mutations, the quickest case first.
  static let all = Result {
    let fixtures = try ReferenceExample.fixtures.map { try $0.load() }
    return try ([reportedStates()] + fixtures)
      .map { (example: $0, result: $0.run()) }
      .sorted { $0.result.alerts.count < $1.result.alerts.count }
      .map { ReferenceBaseline(example: $0.example, result: $0.result) }
  }

  /// Streams that are reported stale: lines that no record file has, so this case is made here.
  private static func reportedStates() throws -> ReferenceCase {
    let configuration = """
      { "fees": { "coinbase": { "taker_bps": 60 }, "binance": { "taker_bps": 10 } },
        "detectors": [
          { "name": "timeout", "type": "spread", "instrument": "BTC-USD",
            "venues": ["coinbase", "binance", "kraken"], "treat_as_equal": [["USD", "USDT"]],
            "price": "last", "emit": "all",
            "window": { "size": "1s", "out_of_orderness": "0ms", "idle_timeout": "5s" } },
          { "name": "never", "type": "spread", "instrument": "BTC-USD",
            "venues": ["coinbase", "binance", "kraken"], "treat_as_equal": [["USD", "USDT"]],
            "price": "last", "emit": "all",
            "window": { "size": "1s", "out_of_orderness": "0ms", "idle_timeout": "never" } } ] }
      """
    var lines: [String] = []
    // Times in milliseconds.
    func trade(_ venue: String, _ instrument: String, _ price: Int, at event: Int, received: Int? = nil) {
      lines.append(
        """
        {"venue":"\(venue)","instrument":"\(instrument)","price":"\(price)","size":"1","side":"buy",\
        "trade_id":"\(lines.count)","event_time_us":\(event * 1_000),\
        "receive_time_us":\((received ?? event) * 1_000)}
        """)
    }
    func quote(_ venue: String, _ instrument: String, at event: Int) {
      lines.append(
        """
        {"venue":"\(venue)","instrument":"\(instrument)","bid":"90","bid_size":null,"ask":"91",\
        "ask_size":null,"event_time_us":\(event * 1_000),"receive_time_us":\(event * 1_000)}
        """)
    }
    func stale(_ venue: String, _ instrument: String, at time: Int) {
      lines.append(
        """
        {"status":"stale","venue":"\(venue)","instrument":"\(instrument)","receive_time_us":\(time * 1_000)}
        """)
    }
    func others(at event: Int) {
      trade("coinbase", "BTC-USD", 100, at: event)
      trade("binance", "BTC-USDT", 101, at: event)
    }

    trade("kraken", "BTC-USD", 99, at: 0)
    others(at: 500)
    others(at: 1_500)
    stale("kraken", "BTC-USD", at: 2_000)  // fires at once, by the clock of the report
    others(at: 2_100)
    trade("kraken", "BTC-USD", -1, at: 2_150)  // rejected: still stale
    others(at: 3_100)
    quote("kraken", "BTC-USD", at: 3_150)  // not this detector's input: still stale
    others(at: 4_100)
    trade("kraken", "BTC-USD", 98, at: 200, received: 4_150)  // late, but a record: back
    others(at: 5_100)
    stale("kraken", "BTC-USD", at: 5_200)
    trade("kraken", "BTC-USD", 97, at: 5_150, received: 5_300)
    others(at: 6_100)
    trade("kraken", "BTC-USD", 96, at: 6_200)
    trade("kraken", "BTC-USDT", 95, at: 6_150, received: 6_300)
    others(at: 8_100)
    stale("kraken", "BTC-USD", at: 8_200)  // its neighbour at the venue still holds the others back
    others(at: 8_300)
    trade("kraken", "BTC-USD", 94, at: 9_500, received: 9_000)
    trade("kraken", "BTC-USDT", 93, at: 8_150, received: 9_010)
    stale("kraken", "BTC-USDT", at: 9_100)
    stale("kraken", "BTC-USD", at: 9_200)  // the largest watermark, out of the way
    stale("coinbase", "BTC-USD", at: 9_300)
    stale("coinbase", "BTC-USDT", at: 9_350)  // never seen: nothing to make idle
    stale("binance", "BTC-USDT", at: 9_400)  // all idle: the largest counts again
    trade("okx", "BTC-USD", 100, at: 9_900)
    others(at: 10_500)
    return try ReferenceCase(
      configuration: Data(configuration.utf8), records: Data(lines.joined(separator: "\n").utf8))
  }
}
