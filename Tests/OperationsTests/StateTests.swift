import Testing

@testable import ArbdFramework
@testable import ArbdOperations

@Suite struct StateTests {
  private func readiness(_ change: (inout OperationsSnapshot) -> Void) -> Readiness {
    var run = SampleReport.run()
    change(&run)
    return Readiness(run)
  }

  @Test func allIsWell() {
    let readiness = readiness { _ in }
    #expect(readiness.isReady && readiness.text == "ready\n")
    #expect(readiness.parts.map(\.name) == ["sources[1] replay", "sources[0] coinbase", "sink alerts"])
  }

  static let cases: [(@Sendable (inout OperationsSnapshot) -> Void, String)] = [
    ({ $0.phase = .stopping }, "the run is stopping\n"),
    (
      {
        $0.phase = .starting
        $0.core = nil
      }, "the run is starting\nsources[0] coinbase: not started yet\n"
    ),
    ({ $0.inputs = [InputSnapshot(name: "sources[1] replay", isOpen: false)] }, "sources[1] replay: not open yet\n"),
    (
      { $0.core?.connections = [SampleReport.connection(.down, "refused; again in 2 s", stream: .down)] },
      "sources[0] coinbase: connection 2 is down: refused; again in 2 s\n"
    ),
    (
      { $0.core?.connections = [SampleReport.connection(.connecting, stream: .connecting)] },
      "sources[0] coinbase: connection 2 is connecting\n"
    ),
    (
      { $0.core?.connections = [SampleReport.connection(.live, stream: .down, "no\nsuch\r\nmarket")] },
      "sources[0] coinbase: trades of BTC-USD is down: no such market\n"
    ),
    ({ $0.sinks = [sink(isConnected: false)] }, "sink s: not connected yet\n"),
    ({ $0.sinks = [sink(fault: "trying again: 503")] }, "sink s: trying again: 503\n"),
  ]

  @Test(arguments: cases.indices)
  func whatIsNotReadyIsNamed(_ place: Int) {
    let readiness = readiness(Self.cases[place].0)
    #expect(!readiness.isReady)
    #expect(readiness.text == Self.cases[place].1)
  }

  private static func sink(isConnected: Bool = true, fault: String? = nil, queued: Int = 0) -> SinkSnapshot {
    SinkSnapshot(
      name: "s", isConnected: isConnected, fault: fault, queued: queued, capacity: 4, counts: SinkCounts())
  }

  @Test(
    arguments: [
      (nil, 0, "ok\n"), (.seconds(10), 0, "ok\n"),
      (.seconds(11), 3, "the core has not begun a turn for 11 s\n"),
      (.seconds(11), 4, "the core has not begun a turn for 11 s; it waits for room in the queue of s\n"),
    ] as [(Duration?, Int, String)])
  func aCoreThatDoesNothingIsNotHealthy(_ age: Duration?, _ queued: Int, _ text: String) {
    var run = SampleReport.run()
    run.sinceTurn = age
    run.sinks = [Self.sink(queued: queued)]
    #expect(Health(run).text == text)
    let status = OperationsPages.reply(path: "/healthz") {
      OperationsReport(run: run, process: SampleReport.make().process, version: "")
    }.status
    #expect(status == (text == "ok\n" ? .ok : .unavailable))
  }

  @Test(arguments: [("/metrics", 200), ("/readyz", 200), ("/", 200), ("/metrics/", 404), ("/../etc/passwd", 404)])
  func pages(_ path: String, _ status: Int) {
    #expect(OperationsPages.reply(path: path, SampleReport.make).status.rawValue == status)
  }
}
