import ArbdFramework
import ArbdTestKit
import CAllocationCounter
import Testing

@Suite struct AdapterConformanceTests {
  private func report(_ mistake: Mistake?) -> ConformanceReport {
    var conformance = AdapterConformance(SampleAdapter(mistake: mistake), Recording(frames: SampleRecording.frames))
    conformance.remake = { SampleAdapter($0.map(\.description), mistake: mistake) }
    conformance.allocationsOfThread = allocations_of_thread
    return conformance.run()
  }

  @Test func anAdapterThatIsRightPasses() {
    let report = report(nil)
    #expect(report.passed, "\(report)")
    let unchecked = report.lines.filter { if case .skipped = $0.outcome { true } else { false } }.map(\.check)
    // What is allocated says something in a release build only.
    #expect(
      unchecked.filter { $0 != "allocations" }
        == ["refusals", "expected records", "book gaps", "book checksums", "books"])
  }

  @Test(arguments: [
    (Mistake.makerSide, "sides"), (.millisecondsAsMicroseconds, "times"), (.digitsThroughDouble, "decimals"),
    (.symbolCutAtGuessedLength, "symbols"), (.acknowledgementNotCounted, "acknowledgements"),
    (.historyTakenForNews, "history"), (.gapIgnored, "trade gaps"), (.stopsAtRubbish, "prefixes"),
    (.everyFieldKnown, "unknown members"), (.symbolNamedTwice, "subscriptions"), (.heartbeatIsData, "silence"),
  ])
  func aPlantedMistakeIsFound(_ mistake: Mistake, by check: String) {
    let report = report(mistake)
    guard case .failed? = report[check] else {
      Issue.record("\(check) should have found it:\n\(report)")
      return
    }
    #expect(!report.passed)
  }

  @Test func everyMistakeIsPlanted() { #expect(Mistake.allCases.count == 11) }

  @Test func aFailureNamesTheFrame() throws {
    guard case .failed(let text)? = report(.millisecondsAsMicroseconds)["times"] else { throw CancellationError() }
    #expect(text.hasPrefix("frame in line 6: event time 1970-01-21"), "\(text)")
    #expect(text.contains("{\"type\":\"quote\""), "\(text)")
  }

  @Test func expectedRecordsAreCompared() {
    let frames = Array(SampleRecording.frames.prefix(7))
    var conformance = AdapterConformance(SampleAdapter(), Recording(frames: frames))
    conformance.expected = [
      #"{"venue":"sample","instrument":"ETH-USDT","bid":"60000.11","bid_size":"1.50","ask":"60001.11","ask_size":"0.70","event_time_us":1767225600200000,"receive_time_us":1767225600600000}"#,
      #"{"venue":"sample","instrument":"ETH-USDT","price":"60000.11","size":"0.01010","side":"sell","trade_id":"1000","event_time_us":1767225600200000,"receive_time_us":1767225600700000}"#,
    ]
    #expect(conformance.run()["expected records"] == .passed("2"))
    conformance.expected?[1].replace("sell", with: "buy")
    guard case .failed? = conformance.run()["expected records"] else {
      Issue.record("another side was not noticed")
      return
    }
  }

  @Test func aCaptureIsReadByVenueAndConnection() throws {
    let lines = [
      #"{"receive_time_us":1,"venue":"sample","connection":0,"event":"connected"}"#,
      #"{"receive_time_us":2,"venue":"other","connection":0,"frame":"{}"}"#,
      #"{"receive_time_us":3,"venue":"sample","connection":1,"frame":"{\"a\":1}"}"#,
      #"{"receive_time_us":4,"event":"tick"}"#,
      #"{"receive_time_us":5,"venue":"sample","connection":0,"event":"disconnected","reason":"x"}"#,
    ]
    let recording = try Recording(capture: Array(lines.joined(separator: "\n").utf8), venue: "sample")
    #expect(recording.connections.map { $0.map(\.line) } == [[1, 4, 5], [3, 4]])
    #expect(throws: Recording.Fault.self) { try Recording(capture: Array("{}".utf8), venue: "sample") }
  }
}
