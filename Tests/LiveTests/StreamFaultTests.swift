import ArbdSimulator
import Testing

@testable import ArbdFramework

/// Faults of streams: what is silent, refused, missing or off.
@Suite struct StreamFaultTests {
  @Test(arguments: [("coinbase", "BTC-USD", "900ms"), ("binance", "BTC-USDT", "1h")])
  func aSilentStreamIsStaleUntilItsNextTrade(venue: String, instrument: String, time: String) async throws {
    let trial = try LiveTrial(policy: ConnectionPolicy.shortAndStale)
    try await trial.waitForAlerts(2)
    try trial.inject("\(venue) mute \(time)")
    try await trial.waitForLog("warning: \(venue) trades of \(instrument): stale: no trades for 0.5 s")
    if venue == "coinbase" {
      // Its heartbeats say that the connection is alive: streams are asked for again, nothing more.
      try await trial.waitForLog("notice: coinbase trades of BTC-USD: live")
    } else {
      try await trial.waitForLog("binance connection 0: down: 2 of 2 streams are silent")
      try trial.inject("binance mute 1ms")
      try await trial.waitForLog("binance connection", ": live", count: 2)
    }
    try await trial.waitForAlerts()
    let (_, summary) = await trial.end()
    let counts = try #require(summary.venues[venue])
    #expect(venue == "coinbase" ? counts.connects == 1 : counts.connects >= 2, "\(trial.log.all)")
    #expect(counts.statusChanges >= 4 && counts.frames.undecodable == 0, "\(counts)")
  }

  @Test func whatIsNotAcknowledgedIsAskedForAgain() async throws {
    let trial = try LiveTrial(["binance ignore-subscriptions 1h"], policy: ConnectionPolicy.short)
    try await trial.waitForLog("not acknowledged within 0.6 s: trades of")
    try await trial.waitForLog("binance trades of BTC-USDT: down: not acknowledged within 0.6 s")
    try trial.inject("binance ignore-subscriptions 1ms")
    try await trial.waitForAlerts()
    let (_, summary) = await trial.end()
    #expect(try #require(summary.venues["binance"]).acknowledged >= 2)
  }

  @Test func aRefusedSubscriptionIsAskedForAgain() async throws {
    let trial = try LiveTrial(["binance refuse-subscriptions 1h"], policy: ConnectionPolicy.short)
    try await trial.waitForLog("error: binance refused trades of BTC-USDT")
    try await trial.waitForLog("warning: binance trades of BTC-USDT: down: refused: ", "again in ")
    try trial.inject("binance refuse-subscriptions 1ms")
    try await trial.waitForAlerts()
    let (_, summary) = await trial.end()
    let counts = try #require(summary.venues["binance"])
    #expect(counts.refused >= 2 && counts.acknowledged >= 2 && counts.connects == 1, "\(counts)")
  }

  /// Coinbase's error names no product, so what is left of it is that nothing was acknowledged.
  @Test func aRefusalOfNothingInParticularIsNoAcknowledgement() async throws {
    let trial = try LiveTrial(["coinbase refuse-subscriptions 1h"], policy: ConnectionPolicy.short)
    try await trial.waitForLog("coinbase reports an error: Failed to subscribe: subscriptions are refused")
    try await trial.waitForLog("warning: coinbase trades of BTC-USD: down: not acknowledged within 0.6 s")
    try trial.inject("coinbase refuse-subscriptions 1ms")
    try await trial.waitForAlerts()
    let (_, summary) = await trial.end()
    let counts = try #require(summary.venues["coinbase"])
    #expect(counts.venueErrors >= 1 && counts.acknowledged >= 2, "\(counts)")
  }

  @Test func skippedTradesAreCountedAsMissing() async throws {
    let trial = try LiveTrial()
    try await trial.waitForAlerts(2)
    try trial.inject("coinbase skip 5")
    try trial.inject("binance skip 3")
    try await trial.waitForLog("coinbase", "did not arrive")
    try await trial.waitForLog("binance", "did not arrive")
    try await trial.waitForAlerts(4)
    let (_, summary) = await trial.end()
    #expect(summary.venues["coinbase"]?.missing == 5 && summary.venues["binance"]?.missing == 3)
    #expect(summary.venues["coinbase"]?.connects == 1)
  }

  @Test func aClockAheadIsRejectedAndOneBehindIsLate() async throws {
    let trial = try LiveTrial()
    try await trial.waitForAlerts(2)
    try trial.inject("coinbase skew 5s 700ms")
    try trial.inject("binance skew -5s 700ms")
    try await trial.waitForAlerts(6)
    let (_, summary) = await trial.end()
    let counts = try #require(summary.detectors.first?.counts)
    #expect(counts.rejected > 0 && counts.late > 0, "\(counts)")
    #expect(summary.venues.values.allSatisfy { $0.connects == 1 && $0.frames.undecodable == 0 })
  }
}
