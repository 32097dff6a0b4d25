import DetectionReference
import Foundation
import Logging
import Testing

@testable import ArbdFramework

/// A configuration and the records that arrive under it, for the production engine.
struct EngineCase {
  let configuration: Data
  /// Trades, quotes and `"status":"stale"` lines in order of arrival.
  let records: Data

  struct Result {
    var alerts: [Alert] = []
    var counts: [String: DetectorCounts] = [:]
  }

  /// A venue that no detector names: its records do nothing but move the clock, so the engine gets just that.
  static let elsewhere = "elsewhere"

  func run() throws -> Result {
    let markets = MarketTable()
    let configuration = try loadConfiguration()
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let detectors = try configuration.detectors.map {
      try $0.make(PluginContext(logger: logger, name: $0.name, markets: markets))
        .makeDetector(fees: configuration.feeSchedule)
    }
    var engine = DetectionEngine(detectors: detectors, markets: markets)
    var decoder = RecordDecoder(markets: markets)
    var result = Result()
    for line in records.split(separator: UInt8(ascii: "\n")) {
      engine.process(try event(Array(line), &decoder, markets), &result.alerts)
    }
    engine.finish(&result.alerts)
    result.counts = Dictionary(uniqueKeysWithValues: engine.counts.map { ($0.name, $0.counts) })
    return result
  }

  /// Without what brokers do not carry, the news that a stream is stale. At the cut the run ends, and another begins with
  /// what it has left behind. `readAgain`: the records that the second run was given though the first had them.
  func run(cutAt cut: Int?) throws -> (alerts: [Alert], readAgain: Int) {
    let lines = records.split(separator: UInt8(ascii: "\n")).map { Array($0) }
      .filter { (try? JSONDecoder().decode(StatusLine.self, from: Data($0))) == nil }
    var alerts: [Alert] = []
    let cut = min(cut ?? lines.count, lines.count)
    var first = try Worker(self)
    for (place, line) in lines[..<cut].enumerated() { try first.process(line, at: place, &alerts) }
    guard cut < lines.count else {
      first.engine.finish(&alerts)
      return (alerts, 0)
    }
    let needed = first.engine.firstNeeded
    let start = needed.map { Int($0.position) } ?? cut
    let clock = needed.map { Timestamp(microseconds: $0.clock) } ?? first.engine.clockTime
    var second = try Worker(self)
    let known = first.engine.progress.filter { $0.firedUntil != nil }
    for detector in known {
      second.engine.resume(detector: detector.name, firedUntil: try #require(detector.firedUntil), at: clock)
    }
    for (place, line) in lines.enumerated().dropFirst(start) {
      if place == cut { for detector in known { second.engine.rebuilt(detector: detector.name, &alerts) } }
      try second.process(line, at: place, &alerts)
    }
    second.engine.finish(&alerts)
    return (alerts, cut - start)
  }

  private struct Worker: ~Copyable {
    let example: EngineCase
    let markets = MarketTable()
    var engine: DetectionEngine
    var decoder: RecordDecoder

    init(_ example: EngineCase) throws {
      self.example = example
      decoder = RecordDecoder(markets: markets)
      let configuration = try example.loadConfiguration()
      let context = { [markets] name in
        PluginContext(
          logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, name: name, markets: markets)
      }
      engine = DetectionEngine(
        detectors: try configuration.detectors.map {
          try $0.make(context($0.name)).makeDetector(fees: configuration.feeSchedule)
        }, markets: markets)
    }

    mutating func process(_ line: [UInt8], at place: Int, _ alerts: inout [Alert]) throws {
      engine.position = UInt64(place)
      engine.process(try example.event(line, &decoder, markets), &alerts)
    }
  }

  /// Only fees and detectors count here, so everything else is left out.
  private func loadConfiguration() throws -> Configuration {
    let file = try #require(try JSONSerialization.jsonObject(with: configuration) as? [String: Any])
    let kept: [String: Any] = [
      "sources": [["type": "nothing"]], "fees": file["fees"] ?? [:], "detectors": file["detectors"] ?? [],
    ]
    let loaded = Configuration.load(
      text: Array(try JSONSerialization.data(withJSONObject: kept)), fileName: "case", environment: [:],
      registry: try Registry(sources: [NoSource.self], detectors: [SpreadDetector.self, CycleDetector.self]))
    return try #require(loaded.configuration, "\(loaded.diagnostics)")
  }

  private func event(_ line: [UInt8], _ decoder: inout RecordDecoder, _ markets: MarketTable) throws
    -> MarketEvent
  {
    guard let status = try? JSONDecoder().decode(StatusLine.self, from: Data(line)) else {
      let event = try decoder.decode(line.span.bytes)
      if case .trade(let trade) = event, markets[trade.market].venue == EngineCase.elsewhere {
        return .clock(trade.receiveTime)
      }
      return event
    }
    let instrument = try #require(Instrument(status.instrument))
    let market = try #require(markets.intern(Market(venue: status.venue, instrument: instrument)))
    return .withdrawn(market, channel: nil, at: Timestamp(microseconds: status.receiveTime))
  }

  private struct StatusLine: Decodable {
    let status: String
    let venue: String
    let instrument: String
    let receiveTime: Int64

    enum CodingKeys: String, CodingKey {
      case status, venue, instrument
      case receiveTime = "receive_time_us"
    }
  }
}

extension EngineCase.Result {
  /// How this differs from what the reference gives, in a line; nil when it does not, to the last bit.
  func difference(from reference: ReferenceResult) -> String? {
    for (number, pair) in zip(alerts, reference.alerts).enumerated()
    where !EngineCase.areEqual(pair.0, pair.1) {
      return "alert \(number): \(pair.0), expected \(pair.1.line)"
    }
    if alerts.count != reference.alerts.count {
      return "\(alerts.count) alerts, not \(reference.alerts.count)"
    }
    for name in reference.detectors {
      guard let counts = counts[name], let expected = reference.counts[name] else {
        return "no counts of \(name)"
      }
      let ours = [counts.windows, counts.alerts, counts.late, counts.rejected].map { Int($0) }
      let theirs = [expected.windows, expected.alerts, expected.late, expected.rejected]
      if ours != theirs { return "windows, alerts, late, rejected of \(name): \(ours), expected \(theirs)" }
    }
    return nil
  }
}

extension EngineCase {
  fileprivate static func areEqual(_ alert: Alert, _ reference: ReferenceAlert) -> Bool {
    func bits(_ value: Double?) -> UInt64? { value?.bitPattern }
    let areLegsEqual = zip(alert.legs, reference.legs).allSatisfy { leg, expected in
      leg.side.name == expected.side && leg.market.venue == expected.venue
        && leg.market.instrument.description == expected.instrument && bits(leg.price) == bits(expected.price)
        && bits(leg.feeBasisPoints) == bits(expected.feeBps)
    }
    return areLegsEqual && alert.legs.count == reference.legs.count && alert.id == reference.id
      && alert.detector == reference.detector && alert.type == reference.type
      && alert.windowStart.microseconds == Int64(reference.windowStart)
      && alert.windowEnd.microseconds == Int64(reference.windowEnd)
      && alert.detectedAt.microseconds == Int64(reference.detectedAt)
      && bits(alert.spread) == bits(reference.spread)
      && bits(alert.grossBasisPoints) == bits(reference.grossBps)
      && bits(alert.netBasisPoints) == bits(reference.netBps)
  }
}

/// A source without events, that may bring any market.
struct NoSource: Source {
  struct Options: PluginOptions {
    static let fields: [OptionField<Self>] = []
  }

  static let name = "nothing"
  static let summary = "Nothing."

  init(options: Options, context: PluginContext) {}

  var provides: [ProvidedMarket]? { nil }
  var pace: InputLog.Pace { .maximum }
  func open() {}
  func run(_ log: InputLog.Writer) {}
}
