import Foundation
import OperationsTestSupport
import Testing

/// What a run shows over HTTP.
@Suite(.timeLimit(.minutes(5))) struct OperationsTests {
  private let daemon: Daemon

  init() throws { daemon = try Daemon() }

  private static let configuration = #"""
    {"sources":[{"type":"coinbase","instruments":["BTC-USD"],"endpoint":"simulator"},
                {"type":"binance","instruments":["BTC-USDT"],"channels":["trades","quotes"],"endpoint":"simulator"}],
     "fees":{"binance":{"taker_bps":10},"coinbase":{"taker_bps":60}},
     "detectors":[{"name":"btc","type":"spread","instrument":"BTC-USD","venues":["coinbase","binance"],
       "treat_as_equal":[["USD","USDT"]],"window":{"size":"1s"}}],
     "sinks":[{"type":"jsonl","path":"alerts.jsonl"}],
     "http":{"listen":":0"}}
    """#

  /// Where the run says that it can be asked.
  private func port(of run: Invocation) async throws -> UInt16 {
    var port: UInt16?
    try await run.wait("the address of the metrics") {
      let match = run.errorsSoFar.firstMatch(of: /metrics at http:\/\/127\.0\.0\.1:(\d+)\/metrics/)
      port = match.flatMap { UInt16($0.1) }
      return port != nil
    }
    return try #require(port)
  }

  /// Asks until the answer is as wanted.
  private func wait(
    for path: String, _ port: UInt16, until isWanted: (LoopbackAnswer) throws -> Bool
  ) async throws -> LoopbackAnswer {
    let deadline = ContinuousClock.now + Daemon.patience
    var last: LoopbackAnswer?
    while ContinuousClock.now < deadline {
      last = await LoopbackAnswer.get(path, port: port)
      if let last, try isWanted(last) { return last }
    }
    Issue.record("\(path) last said \(last?.body ?? "nothing")")
    throw CancellationError()
  }

  @Test func aLiveRunShowsWhatItDoes() async throws {
    try daemon.file("config.json", Self.configuration)
    let run = try daemon.start(["--config", "config.json"])
    let port = try await port(of: run)
    _ = try await wait(for: "/readyz", port) { $0.status == 200 && $0.body == "ready\n" }
    #expect(await LoopbackAnswer.get("/healthz", port: port)?.body == "ok\n")

    let answer = try await wait(for: "/metrics", port) { answer in
      let page = try ExpositionPage(answer.body)
      return page.value("arbd_sink_delivered_total", ["sink": "jsonl"]) ?? 0 > 0
        && page.value("arbd_alerts_total", ["detector": "btc"]) ?? 0 > 0
    }
    let page = try ExpositionPage(answer.body)
    for venue in ["coinbase", "binance"] {
      let labels = ["venue": venue, "connection": "0"]
      #expect(page.value("arbd_connects_total", labels) == 1)
      #expect(page.value("arbd_frames_total", labels.merging(["kind": "data"]) { $1 }) ?? 0 > 0)
    }
    #expect(page["arbd_stream_state"]?.samples.filter { $0.labels["state"] == "live" }.map(\.value) == [1, 1, 1])
    #expect(page["arbd_feed_age_seconds"]?.samples.count == 3)
    #expect(page.value("arbd_detection_latency_seconds_count") ?? 0 > 0)
    #expect(page.value("arbd_feed_lag_seconds_count", ["venue": "coinbase"]) ?? 0 > 0)
    #expect(page.value("process_resident_memory_bytes") ?? 0 > 1_000_000)

    let waiting = try LoopbackClient(port: port)
    run.send(SIGTERM)
    let result = try await run.result()
    #expect(result.status == 0, "\(result.errors)")
    withExtendedLifetime(waiting) {}
  }

  @Test func anAddressThatIsTakenEndsTheProgramAtTheStart() async throws {
    try daemon.file("config.json", Self.configuration)
    let first = try daemon.start(["--config", "config.json"])
    let port = try await port(of: first)
    try daemon.file("second.json", Self.configuration.replacing(#"":0""#, with: #"":\#(port)""#))
    let second = try await daemon.run("--config", "second.json")
    #expect(second.status == 1)
    let sentence = "second.json: error: http: cannot listen on 127.0.0.1:\(port): Address already in use\n"
    #expect(second.errors.hasSuffix(sentence), "\(second.errors)")
    first.send(SIGTERM)
    #expect(try await first.result().status == 0)
  }

  /// A source that waits for its writer, and a venue that is not there.
  @Test func whatIsNotReadyIsNamed() async throws {
    let sources = #"""
      {"type":"replay","path":"pipe"},
      {"type":"binance","instruments":["BTC-USDT"],"endpoint":"ws://127.0.0.1:1"}
      """#
    try daemon.file("config.json", #"{"sources":[\#(sources)],"sinks":[],"http":{"listen":":0"}}"#)
    #expect(try await daemon.shell("mkfifo pipe").status == 0)
    let run = try daemon.start(["--config", "config.json"])
    let port = try await port(of: run)
    let starting = try await wait(for: "/readyz", port) { $0.status == 503 }
    #expect(starting.body.hasPrefix("the run is starting\nsources[0] replay: not open yet\n"), "\(starting.body)")
    #expect(await LoopbackAnswer.get("/healthz", port: port)?.status == 200)

    // Somebody opens the pipe and holds it.
    let writer = try await daemon.hold("pipe")
    let running = try await wait(for: "/readyz", port) { $0.body.contains("is down") }
    let line = "sources[1] binance: connection 0 is down: "
    #expect(running.status == 503 && running.body.hasPrefix(line), "\(running.body)")
    run.send(SIGTERM)
    #expect(try await run.result().status == 0)
    try writer.close()
  }
}

extension Daemon {
  /// Opens a pipe for writing, which waits for its reader.
  fileprivate func hold(_ name: String) async throws -> FileHandle {
    let path = path(name)
    return try #require(await inThread { FileHandle(forWritingAtPath: path) })
  }
}
