import ArbdSimulator
import Testing

@testable import ArbdFramework

/// Faults that cost a connection: the status says why, a new one is made, and alerts resume.
@Suite struct ConnectionFaultTests {
  static let losses = [
    ("coinbase drop", "the connection broke"),
    ("coinbase close 1012", "closed with code 1012"),
    ("coinbase frame truncated", "without a close frame"),
    ("coinbase frame garbage", "broke the WebSocket protocol: "),
    ("coinbase frame masked", "broke the WebSocket protocol: "),
    ("coinbase frame reserved", "broke the WebSocket protocol: "),
    ("coinbase frame huge", "broke the WebSocket protocol: "),
    ("coinbase frame utf8", "broke the WebSocket protocol: "),
    ("coinbase stall", "nothing has arrived for 0.9 s, pings unanswered"),
  ]

  @Test(arguments: losses) func alertsResumeOverANewConnection(fault: String, reason: String) async throws {
    let trial = try LiveTrial(policy: ConnectionPolicy.short)
    try await trial.waitForAlerts(2)
    let before = try #require(trial.records.lastTrade(at: "coinbase"))
    try trial.inject(fault)
    try await trial.waitForLog("warning: coinbase connection 0: down: ", reason, "again in ")
    try await trial.waitForLog("coinbase connection", ": live", count: 2)
    let back = try #require(trial.records.lastTrade(at: "coinbase"))
    let resumed = try await trial.waitForTrade(at: "coinbase", after: back)
    try await trial.waitForAlerts(4)
    let (findings, summary) = await trial.end()
    let venue = try #require(summary.venues["coinbase"])
    #expect(venue.connects >= 2 && venue.disconnects >= 2)
    #expect(summary.venues["binance"]?.connects == 1)
    // Where nothing was lost, nothing is different.
    let gap = before...Timestamp(microseconds: resumed.microseconds + 250_000)
    let (windows, different) = findings.compared(with: try await Reference.findings, except: gap)
    #expect(windows.count >= 2 && different.isEmpty, "\(windows) \(different) \(gap)")
  }

  @Test func aVenueThatIsAwayIsTriedAgainUntilItIsBack() async throws {
    let trial = try LiveTrial(policy: ConnectionPolicy.short)
    try await trial.waitForAlerts(2)
    try trial.inject("coinbase refuse 1h")
    try trial.inject("coinbase drop")
    try await trial.waitForLog("coinbase connection", "down: ", "refused", "again in ", count: 2)
    try trial.inject("coinbase refuse 1ms")
    try await trial.waitForLog("coinbase connection", ": live", count: 2)
    #expect(trial.log.contains("coinbase connection", "down: the connection broke: ", "again in "), "\(trial.log.all)")
    #expect(trial.log.contains("coinbase connection", "down: ", "refused", "again in "), "\(trial.log.all)")
    try await trial.waitForAlerts()
    let (_, summary) = await trial.end()
    #expect(summary.venues["coinbase"]?.connects == 2)
  }

  /// Pongs tell a quiet market from a dead connection.
  @Test func quietIsNotDead() async throws {
    let trial = try LiveTrial(policy: { $0.keepalive = .ping(every: .milliseconds(700)) })
    try await trial.waitForAlerts(2)
    try trial.inject("binance mute 3s")
    let before = trial.records.trades(at: "binance").count
    try await trial.wait("the next trade") { trial.records.trades(at: "binance").count > before + 80 }
    try await trial.waitForAlerts()
    let (_, summary) = await trial.end()
    #expect(summary.venues["binance"]?.connects == 1, "\(trial.log.all)")
  }

  @Test func silenceWithoutPongsIsDeath() async throws {
    let trial = try LiveTrial(policy: ConnectionPolicy.short)
    try await trial.waitForAlerts(2)
    try trial.inject("binance no-pong 1h")
    try trial.inject("binance mute 1h")
    try await trial.waitForLog("binance connection 0: down: nothing has arrived for 0.9 s, pings unanswered")
    try trial.inject("binance mute 1ms")
    try trial.inject("binance no-pong 1ms")
    try await trial.waitForAlerts()
    let (_, summary) = await trial.end()
    #expect(try #require(summary.venues["binance"]).connects >= 2)
  }
}
