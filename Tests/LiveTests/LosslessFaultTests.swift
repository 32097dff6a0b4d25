import ArbdSimulator
import Testing

@testable import ArbdFramework

/// Faults by which no data is lost: the alerts are those without the fault.
@Suite struct LosslessFaultTests {
  /// A fault, and what is counted at Coinbase because of it.
  struct Case: Sendable, CustomTestStringConvertible {
    let fault: String
    let count: @Sendable (VenueCounts) -> Bool

    init(_ fault: String, _ count: @escaping @Sendable (VenueCounts) -> Bool = { _ in true }) {
      self.fault = fault
      self.count = count
    }

    var testDescription: String { fault }
  }

  static let cases = [
    Case("coinbase duplicate 20") { $0.duplicates == 20 && $0.missing == $0.recovered },
    Case("coinbase reorder 10") { $0.missing == $0.recovered && $0.recovered >= 10 && $0.duplicates == 0 },
    Case("coinbase drip 1s") { $0.missing == $0.recovered && $0.duplicates == 0 },
    Case("coinbase stall 700ms") { $0.missing == $0.recovered },
    // The venue seems to have begun to count anew, and then to have skipped what lies between.
    Case("coinbase wrong-sequence 5") { $0.duplicates == 0 && $0.missing > 900 },
    Case("coinbase frame json") { $0.frames.undecodable == 1 && $0.frames[.malformedJSON] == 1 },
    // What only new connections, new subscriptions or pings would notice.
    Case("coinbase refuse 1s"), Case("coinbase status 503 1s"), Case("coinbase wrong-accept 1s"),
    Case("coinbase refuse-subscriptions 1s") { $0.refused == 0 }, Case("coinbase ignore-subscriptions 1s"),
    Case("coinbase no-pong 1s"),
  ]

  @Test(arguments: cases) func theAlertsAreThoseWithoutTheFault(_ example: Case) async throws {
    let trial = try LiveTrial()
    try await trial.waitForAlerts(2)
    try trial.inject(example.fault)
    try await trial.waitForAlerts(8)
    let (findings, summary) = await trial.end()
    let venue = try #require(summary.venues["coinbase"])
    #expect(example.count(venue), "\(venue)")
    #expect(venue.connects == 1 && venue.disconnects == 1, "\(trial.log.all)")
    #expect(!trial.log.contains("coinbase connection 0: down"))
    let (windows, different) = findings.compared(with: try await Reference.findings)
    #expect(windows.count >= 8)
    #expect(different.isEmpty)
    #expect(summary.detectors.map(\.counts.late) == [0])
  }

  /// A hundred times as much arrives, and all of it counts, in order.
  @Test func aBurstIsTakenIn() async throws {
    let trial = try LiveTrial()
    try await trial.waitForAlerts(2)
    let before = trial.records.trades(at: "coinbase").count
    try trial.inject("coinbase burst 500ms")
    try await trial.wait("the burst") { trial.records.trades(at: "coinbase").count >= before + 1_000 }
    try await trial.waitForAlerts(4)
    let (_, summary) = await trial.end()
    let venue = try #require(summary.venues["coinbase"])
    #expect(venue.missing == venue.recovered && venue.duplicates == 0 && venue.frames.undecodable == 0)
    #expect(venue.connects == 1 && !trial.log.contains("down"), "\(trial.log.all)")
    #expect(summary.detectors.map(\.counts.late) == [0])
    let all = trial.records.trades(at: "coinbase")
    let trades = all.filter { $0.market == all[0].market }
    let ids = trades.compactMap { Int($0.id.description) }
    #expect(zip(ids, ids.dropFirst()).allSatisfy { $1 == $0 + 1 })
  }
}
