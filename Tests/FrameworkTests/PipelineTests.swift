import Testing

@testable import ArbdFramework

@Suite struct PipelineTests {
  @Test func everyFrameIsCountedOnce() {
    let run = PipelineRun()
    let frames = [
      "trade BTC-USD 100", "trades BTC-USD 100", "quote BTC-USD 99 101", "repeat", "gap", "late", "ack",
      "refuse", "error",
      "closing", "ignored", "unknown", "nonsense", "trade XYZ-USD 1", "",
    ]
    for (number, frame) in frames.enumerated() { run.frame(frame, at: Int64(number)) }
    run.process { $0.append(.binaryFrame(run.first, byteCount: 5, at: Timestamp(microseconds: 99))) }

    let counts = run.counts
    #expect(counts.frames.data == 6 && counts.frames.control == 4)
    #expect(counts.frames.ignored == 1 && counts.frames.unknown == 1)
    #expect(
      counts.frames[.malformedJSON] == 2 && counts.frames[.badValue] == 1 && counts.frames[.binary] == 1)
    #expect(counts.frames.undecodable == 4)
    #expect(counts.frames.total == UInt64(frames.count) + 1)
    #expect(counts.duplicates == 1 && counts.missing == 3 && counts.recovered == 1)
    #expect(counts.acknowledged == 1 && counts.refused == 1 && counts.venueErrors == 1)
    #expect(counts.connects == 1)
    #expect(run.totals.trades == 3 && run.totals.quotes == 1)
    #expect(run.totals.events == UInt64(frames.count) + 1)
  }

  /// What goes wrong with an answer or a tick is no frame.
  @Test func onlyFramesAreCountedAsFrames() {
    let run = PipelineRun()
    for number in 0..<13 { run.frame("ack", at: Int64(number)) }
    run.tick(at: 20)
    run.response(status: 500, "", at: 21)
    #expect(run.counts.frames.total == 13)
    #expect(run.counts.frames.undecodable == 0)
  }

  @Test func framesThatAreTooLargeOrBinaryAreUndecodableAndMoveTheClock() {
    let run = PipelineRun()
    run.frame("trade BTC-USD 100", at: 0)
    run.process { batch in
      let large = [UInt8](repeating: UInt8(ascii: " "), count: 20 << 20)
      batch.append(.frame(run.first, batch.store(large.span.bytes), at: Timestamp(microseconds: 5_000)))
    }
    #expect(run.counts.frames[.tooLarge] == 1)
    run.process { $0.append(.binaryFrame(run.first, byteCount: 3, at: Timestamp(microseconds: 7_000))) }
    #expect(run.counts.frames[.binary] == 1)
    #expect(run.finish().map(\.detectedAt.microseconds) == [7_000])
  }

  @Test func aVenueWithoutAnAdapterIsIgnoredAndMovesTheClock() {
    let run = PipelineRun()
    let stranger = run.connection("stranger", 0, adapter: nil)
    run.frame("trade BTC-USD 100", at: 0)
    run.process { $0.append(.connected(stranger, at: Timestamp(microseconds: 1))) }
    run.frame("trade BTC-USD 50", over: stranger, at: 9_000)
    #expect(run.venues["stranger"]?.frames.ignored == 1)
    #expect(run.totals.trades == 1)
    #expect(run.finish().map(\.detectedAt.microseconds) == [9_000])
  }

  @Test func ticksMoveTheClockSoThatIdleMarketsFire() {
    let run = PipelineRun(detectors: [[.btc, .eth]], idleTimeout: .milliseconds(100))
    run.frame("trade BTC-USD 100", at: 900_000)
    run.frame("trade ETH-USD 100", over: run.second, at: 950_000)
    run.frame("trade BTC-USD 100", at: 1_020_000)
    run.tick(at: 1_050_000)
    #expect(run.windows == ["BTC-USD ETH-USD": 0])
    run.tick(at: 1_050_001)
    #expect(run.windows == ["BTC-USD ETH-USD": 1])
  }

  @Test(arguments: [(0, ["BTC-USD"]), (1, ["ETH-USD", "SOL-USD"])])
  func aDisconnectWithdrawsWhatItFedLast(_ connection: Int, _ withdrawn: [String]) {
    for reported in ["disconnected", "stale", "resynchronising", "down"] {
      let run = PipelineRun.withThreeMarkets()
      #expect(run.withdrawn.isEmpty)
      run.report(reported, over: connection, at: 5_000_000)
      #expect(run.withdrawn == withdrawn, "\(reported)")
      #expect(run.counts.disconnects == (reported == "disconnected" ? 1 : 0))
      #expect(run.counts.statusChanges == (reported == "disconnected" ? 0 : 1))
    }
  }

  @Test func aStatusOfOneMarketWithdrawsThatMarket() {
    for (state, withdrawn) in [("stale", ["ETH-USD"]), ("live", []), ("connecting", [])] {
      let run = PipelineRun.withThreeMarkets()
      // Over whichever connection it is reported.
      run.report(state, over: 0, market: "ETH-USD", at: 5_000_000)
      #expect(run.withdrawn == withdrawn, "\(state)")
    }
  }

  @Test(arguments: ["disconnected", "live", "connecting", "stale", "down"])
  func whatIsReportedMovesTheClock(_ name: String) {
    let run = PipelineRun()
    run.frame("trade BTC-USD 100", at: 0)
    run.report(name, over: 1, at: 4_000)
    #expect(run.finish().map(\.detectedAt.microseconds) == [4_000])
  }

  @Test func everyConnectionBeginsAFreshSession() {
    let run = PipelineRun()
    for time in [0, 1] as [Int64] { run.frame("first?", at: time) }
    #expect(run.counts.frames.data == 1)
    run.report("disconnected", over: 0, at: 2)
    run.frame("first?", at: 3)
    #expect(run.counts.frames.data == 2)
    run.process { $0.append(.connected(run.first, at: Timestamp(microseconds: 4))) }
    run.frame("first?", at: 5)
    #expect(run.counts.frames.data == 3)
    #expect(run.counts.connects == 3 && run.counts.disconnects == 1)
  }

  @Test func answersReachTheSession() {
    let run = PipelineRun()
    run.response(status: 200, "BTC-USD", at: 5)
    #expect(run.totals.trades == 1)
    #expect(run.statusReport().lastPrices.map(\.price) == [7])
  }

  @Test func onlyWhatASinkTakesIsPublished() {
    for kinds in [[], [.trade], [.quote], [.alert], [.trade, .quote, .alert]] as [Set<Record.Kind>] {
      let run = PipelineRun(publishes: kinds)
      run.frame("trade BTC-USD 100", at: 0)
      run.frame("quote BTC-USD 99 101", at: 0)
      run.frame("trade BTC-USD 1e400", at: 0)
      run.frame("quote BTC-USD 1 x", at: 0)
      let published = Set(run.records.map(\.kind) + (run.finish().isEmpty ? [] : [.alert]))
      #expect(published == kinds)
      #expect(run.totals.unpublished == UInt64(kinds.subtracting([.alert]).count))
    }
  }

  @Test func theReportSaysHowTheRunIsDoing() throws {
    let run = PipelineRun()
    run.frame("trade SOL-USD 20", at: 5_000_000)
    run.frame("quote ETH-USD 9 11", at: 5_000_000)
    run.frame("trade BTC-USD 99", at: 1_000)
    run.frame("trade BTC-USD 100.5", at: 6_000_000)
    run.frame("trade BTC-USD 0", at: 6_000_000)
    run.frame("trade BTC-USD 100", at: 2_000)
    run.frame("trade SOL-USD x", at: 6_000_000)
    let report = run.statusReport(elapsed: .seconds(3), isFinal: true)
    #expect(report.elapsed == .seconds(3) && report.isFinal)
    #expect(report.events == 7)
    #expect(report.late == 1)
    #expect(report.rejected == 2)
    #expect(report.alerts == run.totals.alerts)
    // By name; a price that is no number is not shown.
    #expect(
      report.lastPrices.map { "\($0.market.instrument) \($0.price)" } == ["BTC-USD 100.0", "ETH-USD 10.0"])
  }

  /// Trades and quotes of a market may come over different connections; losing one says nothing of the other.
  @Test func aLostConnectionWithdrawsOnlyWhatItCarried() {
    let run = PipelineRun.withThreeMarkets()
    run.frame("quote BTC-USD 99 101", over: run.second, at: 5_000_001)

    run.report("disconnected", over: 1, at: 5_000_002)
    #expect(run.withdrawn == ["ETH-USD", "SOL-USD"])
    run.report("disconnected", over: 0, at: 5_000_003)
    #expect(run.withdrawn == ["BTC-USD", "ETH-USD", "SOL-USD"])
  }
}
