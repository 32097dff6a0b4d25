import Testing

@testable import ArbdFramework

/// What the pipeline makes of two connections that take turns.
struct OverlapTests {
  @Test func aTradeThatBothConnectionsBringCountsOnce() {
    let run = PipelineRun()
    run.frame("trade BTC-USD 100 7", at: 1_000_000)
    run.frame("trade BTC-USD 100 7", over: run.second, at: 1_000_000)
    run.frame("trade BTC-USD 101 8", over: run.second, at: 1_100_000)
    #expect(run.totals.trades == 2)
    #expect(run.counts.duplicates == 1)
    #expect(run.counts.frames.data == 3)
  }

  @Test func aTradeThatIsRepeatedAfterAReconnectCountsOnce() {
    let run = PipelineRun()
    run.frame("trade BTC-USD 100 7", at: 1_000_000)
    run.report("disconnected", over: 0, at: 1_000_001)
    run.frame("trade BTC-USD 100 7", at: 1_000_000)
    #expect(run.totals.trades == 1)
  }

  @Test func quotesCountOfTheConnectionThatIsReportedLive() {
    let run = PipelineRun()
    run.frame("quote BTC-USD 99 101", at: 1)
    run.report("live", over: 0, at: 2)
    run.frame("quote BTC-USD 98 101", over: run.second, at: 3)
    #expect(run.totals.quotes == 1)
    run.report("live", over: 1, at: 4)
    run.frame("quote BTC-USD 97 101", at: 5)
    #expect(run.totals.quotes == 1)
    run.frame("quote BTC-USD 96 101", over: run.second, at: 6)
    #expect(run.totals.quotes == 2)
    // The new one breaks off: the other is heard again.
    run.report("disconnected", over: 1, at: 7)
    run.frame("quote BTC-USD 95 101", at: 8)
    #expect(run.totals.quotes == 3)
    #expect(run.counts.duplicates == 2)
  }

  @Test func theEndOfTheOldConnectionWithdrawsNothingOnceTheNewOneIsLive() {
    let run = PipelineRun.withThreeMarkets()
    run.report("live", over: 0, at: 5_000_001)
    run.report("live", over: 1, at: 5_000_002)
    run.frame("trade BTC-USD 100 9", at: 1_000_002)
    run.report("disconnected", over: 0, at: 5_000_003)
    #expect(run.withdrawn.isEmpty)
    run.report("disconnected", over: 1, at: 5_000_004)
    #expect(run.withdrawn == ["BTC-USD", "ETH-USD", "SOL-USD"])
  }

  @Test func withoutThatTheEndWithdrawsWhatTheConnectionBrought() {
    let run = PipelineRun.withThreeMarkets()
    run.report("live", over: 0, at: 5_000_001)
    run.report("down", over: 0, at: 5_000_002)
    #expect(run.withdrawn.contains("BTC-USD"))
  }
}
