import Foundation
import Testing

/// Dashboards of a daemon that runs elsewhere, and of replays.
@Suite(.serialized, .enabled(if: Tmux.program != nil, "tmux is not installed")) struct AttachTests {
  private let daemon: Daemon

  init() throws { daemon = try Daemon() }

  private static let detectors = #"""
    "fees":{"coinbase":{"taker_bps":60}},
    "detectors":[{"name":"btc","type":"spread","instrument":"BTC-USD","venues":["coinbase","binance"],
      "treat_as_equal":[["USD","USDT"]],"window":{"size":"1s","out_of_orderness":"100ms"}}],
    """#

  /// A daemon with a control socket, whose market data is recorded too.
  private func start() async throws -> Invocation {
    try daemon.file(
      "live.json",
      #"""
      {"sources":[
         {"type":"coinbase","endpoint":"simulator","instruments":["BTC-USD"],"record":{"path":"capture.jsonl"}},
         {"type":"binance","endpoint":"simulator","instruments":["BTC-USDT"],"record":{"path":"capture.jsonl"}}],
       \#(Self.detectors)
       "control":{"path":"arbd.sock"},"state":{"path":"state"},"sinks":[{"type":"jsonl","path":"alerts.jsonl"}]}
      """#)
    let run = try daemon.start(["--config", "live.json", "--log-level", "notice"])
    try await run.wait("the socket") { FileManager.default.fileExists(atPath: daemon.path("arbd.sock")) }
    return run
  }

  private func attach(_ columns: Int = 120, _ lines: Int = 40) async throws -> Tmux {
    let tmux = try Tmux(daemon, columns: columns, lines: lines)
    try await tmux.wait(for: Tmux.prompt)
    try tmux.enter("$ARBD dashboard --attach arbd.sock")
    return tmux
  }

  @Test func aDaemonIsSeenFromOutsideAndSurvivesItsViewers() async throws {
    let run = try await start()
    let tmux = try await attach()
    let screen = try await tmux.wait("an alert") { $0.contains("buy") && $0.contains("live.json") }
    #expect(screen.contains("BTC-USD") && screen.contains("jsonl"))
    try tmux.type("q")
    try await tmux.waitForShell()
    // A viewer that comes later is shown what there was.
    try tmux.enter("$ARBD dashboard --attach arbd.sock")
    try await tmux.wait("the history") { $0.contains("Alerts ─ ") && $0.contains("binance connection 0: live") }
    #expect(run.isRunning)
    run.send(SIGTERM)
    let result = try await run.result()
    #expect(result.status == 0, "\(result.errors)")
    try await tmux.wait(for: "No daemon at arbd.sock any more; waiting for it")
    #expect(!FileManager.default.fileExists(atPath: daemon.path("arbd.sock")))
  }

  @Test func theNextDaemonIsShownWithItsJournal() async throws {
    let first = try await start()
    let tmux = try await attach()
    try await tmux.wait("an alert") { $0.contains("buy") }
    first.send(SIGKILL)
    _ = try await first.result()
    try await tmux.wait(for: "waiting for it")
    let second = try await start()
    try await tmux.wait("the next one") { $0.contains("up 00:00:0") && $0.contains("buy") && $0.contains("live.json") }
    second.send(SIGTERM)
    _ = try await second.result()
  }

  @Test func aReplayIsShownAndStaysAtItsEnd() async throws {
    let run = try await start()
    try await run.wait("alerts") { ((try? daemon.lines("alerts.jsonl")) ?? []).count >= 2 }
    run.send(SIGTERM)
    _ = try await run.result()
    let tmux = try Tmux(daemon)
    try await tmux.wait(for: Tmux.prompt)
    try tmux.enter("$ARBD dashboard --replay capture.jsonl --config live.json --speed 10")
    let screen = try await tmux.wait("the end") { $0.contains("the input has ended") && $0.contains("buy") }
    #expect(screen.contains("BTC-USD"))
    #expect(try tmux.isFullScreen)
    try tmux.type("q", "y")
    try await tmux.waitForShell()
  }

  @Test func recordsNeedNoConfiguration() async throws {
    let line = { (venue: String, quote: String, price: Int, number: Int) in
      #"{"venue":"\#(venue)","instrument":"BTC-\#(quote)","price":"\#(price)","size":"1","side":"buy","#
        + #""trade_id":"\#(number)","event_time_us":\#(number * 1_000_000),"receive_time_us":\#(number * 1_000_000)}"#
    }
    let lines = (1...60).map {
      line($0 % 2 == 0 ? "a" : "b", $0 % 2 == 0 ? "USD" : "USDT", $0 % 2 == 0 ? 100 : 101, $0)
    }
    try daemon.file("records.jsonl", lines.joined(separator: "\n") + "\n")
    let tmux = try Tmux(daemon)
    try await tmux.wait(for: Tmux.prompt)
    try tmux.enter("$ARBD dashboard --replay records.jsonl --speed max")
    try await tmux.wait("an alert") { $0.contains("buy a BTC-USD 100") && $0.contains("the input has ended") }
    try tmux.type("q", "y")
    try await tmux.waitForShell()
  }

  @Test(arguments: [
    ("--attach missing.sock", "standard output is no terminal"), ("", "Say what to show"),
    ("--attach a --replay b", "Say what to show"), ("--replay missing.jsonl", "missing.jsonl: cannot open"),
    ("--replay capture.jsonl", "a capture needs --config"),
    ("--replay capture.jsonl --config no.json", "no.json: error: cannot read"),
  ])
  func whatIsWrongIsSaid(_ arguments: String, _ message: String) async throws {
    try daemon.file("capture.jsonl", #"{"receive_time_us":1,"venue":"binance","connection":0,"frame":"{}"}"# + "\n")
    let result = try await daemon.shell("\"$ARBD\" dashboard \(arguments)")
    #expect(result.status != 0)
    #expect(result.errors.contains(message), "\(result.errors)")
  }
}
