import Foundation
import Glibc
import Testing

/// The dashboard as a person has it: keys in, screens out, by way of tmux.
@Suite(.serialized, .enabled(if: Tmux.program != nil, "tmux is not installed")) struct DashboardTests {
  private let daemon: Daemon

  init() throws { daemon = try Daemon() }

  /// The demo's venues and detectors, with windows of a second.
  private func start(
    _ columns: Int = 120, _ lines: Int = 40, options: String = "", arguments: String = "",
    environment: [String: String] = [:]
  ) async throws -> Tmux {
    try daemon.file(
      "demo.json",
      #"""
      {"sources":[
         {"type":"coinbase","endpoint":"simulator","instruments":["BTC-USD","ETH-USD"]},
         {"type":"binance","endpoint":"simulator","instruments":["BTC-USDT","ETH-USDT","ETH-BTC"],
          "channels":["trades","quotes"]}],
       "fees":{"coinbase":{"taker_bps":60},"binance":{"taker_bps":10}},
       "detectors":[
         {"name":"btc","type":"spread","instrument":"BTC-USD","venues":["coinbase","binance"],
          "treat_as_equal":[["USD","USDT"]],"window":{"size":"1s","out_of_orderness":"200ms"}},
         {"name":"triangle","type":"cycle","venues":["binance"],"assets":["USDT","BTC","ETH"],
          "window":{"size":"1s","out_of_orderness":"200ms"},"price":"last","threshold":{"gross_bps":500}}],
       "sinks":[{"type":"terminal"\#(options)}]}
      """#)
    let tmux = try Tmux(daemon, columns: columns, lines: lines, environment: environment)
    try await tmux.wait(for: Tmux.prompt)
    try tmux.enter("$ARBD --config demo.json \(arguments)")
    return tmux
  }

  private func processID(_ tmux: Tmux) throws -> pid_t {
    let shell = try tmux.run("display-message", "-p", "#{pane_pid}").trimmingCharacters(in: .whitespacesAndNewlines)
    let children = try String(contentsOfFile: "/proc/\(shell)/task/\(shell)/children", encoding: .utf8)
    return try #require(children.split(separator: " ").first.flatMap { pid_t($0) })
  }

  // MARK: Panels and keys

  @Test func everyPanelHasItsData() async throws {
    let tmux = try await start()
    let screen = try await tmux.wait("an alert") { $0.contains("buy") && $0.contains("binance: ") }
    #expect(screen.contains("demo.json") && screen.contains("events/s"))
    try await tmux.wait("rates, once there are two reports") { $0.contains("RSS") && $0.contains("%") }
    #expect(screen.contains("BTC-USD") && screen.contains("ETH-BTC"))
    #expect(try await tmux.wait("live feeds") { $0.contains("coinbase live") }.contains("terminal  ok"))
    #expect(try tmux.screen.contains("binance connection 0: live"))
    #expect(try tmux.isFullScreen)
  }

  @Test func keysDoWhatTheHelpSays() async throws {
    let tmux = try await start()
    try await tmux.wait("an alert") { $0.contains("sell") }
    try tmux.type("?")
    try await tmux.wait(for: "next detector in the chart")
    try tmux.type("Escape", "/", "e", "t", "h", "-", "b", "Enter")
    let filtered = try await tmux.wait("the filter") { $0.contains("filter: eth-b") && !$0.contains("Esc does not") }
    #expect(filtered.contains("ETH-BTC") && !filtered.contains("BTC-USD  "))
    try tmux.type("Escape")
    try await tmux.wait("no filter") { !$0.contains("filter: eth") && $0.contains("BTC-USD") }
    try tmux.type("Enter")
    try await tmux.wait("the detail") { $0.contains("records") && $0.contains("in all") }
    try tmux.type("Escape", "p")
    try await tmux.wait("the pause") { $0.contains("PAUSED") && $0.contains("go on") && !$0.contains("in all") }
    try tmux.type("p", "u")
    try await tmux.wait("local time") { !$0.contains("PAUSED") && $0.contains(" local") }
    try tmux.type("-")
    try await tmux.wait(for: " 5 min")
    try tmux.type("d")
    try await tmux.wait(for: "triangle, best route, gross bp, threshold 500")
    try tmux.type("Tab", "Tab", "Tab", "Tab", "s")
    try await tmux.wait("log, then the markets") { $0.contains("Log") }
    try tmux.type("Tab", "s")
    try await tmux.wait(for: "Markets ─ by net")
  }

  @Test func theAlertsInViewAreExported() async throws {
    let tmux = try await start()
    try await tmux.wait("an alert") { $0.contains("sell") }
    try tmux.type("e")
    let screen = try await tmux.wait(for: "written to arbd-alerts-")
    let name = try #require(screen.firstMatch(of: #/arbd-alerts-[0-9-]+\.csv/#).map { String($0.0) })
    let lines = try daemon.lines(name)
    #expect(lines[0].hasPrefix("detected_at,id,detector,type") && lines.count > 1)
    #expect(lines.dropFirst().allSatisfy { $0.contains(",btc,spread,") })
  }

  @Test func itFitsAnySize() async throws {
    let tmux = try await start(200, 60)
    try await tmux.wait("an alert") { $0.contains("sell") }
    try tmux.resize(80, 24)
    let small = try await tmux.wait("tabs") { $0.contains(" Alerts ─ Cycles ─ Feeds") }
    #expect(small.split(separator: "\n", omittingEmptySubsequences: false).allSatisfy { $0.count <= 80 })
    try tmux.resize(20, 5)
    try await tmux.wait("the size that is needed") { $0.hasPrefix("arbd needs 64x16") || $0.hasPrefix("needs 64x16") }
    try tmux.resize(100, 30)
    try await tmux.wait("all of it") { $0.contains("Markets") && $0.contains("BTC-USD") }
  }

  // MARK: Ends

  @Test func quitAsksAndGivesTheTerminalBack() async throws {
    let tmux = try await start(arguments: "--summary summary.json")
    try await tmux.wait(for: "live")
    try tmux.type("q")
    try await tmux.wait(for: "End it?")
    try tmux.type("n")
    try await tmux.wait("no question") { !$0.contains("End it?") }
    try tmux.type("q", "y")
    try await tmux.waitForShell()
    #expect(try tmux.screen.contains(Tmux.prompt))
    let summary = try #require(try daemon.json("summary.json")["arbd"] as? [String: Any])
    #expect(summary["end"] as? String == "stopped")
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGSEGV, SIGABRT])
  func whateverEndsItTheTerminalIsAsBefore(_ signal: Int32) async throws {
    let tmux = try Tmux(daemon)
    try await tmux.wait(for: Tmux.prompt)
    let before = try await tmux.settings()
    let shown = try await start()
    try await shown.wait(for: "live")
    let process = try processID(shown)
    kill(process, signal)
    // A crash is explained first, at length.
    try await shown.wait("the end") { _ in !isRunning(process) }
    try await shown.waitForShell()
    #expect(try await shown.settings() == before)
  }

  @Test func itStopsAndGoesOn() async throws {
    let tmux = try await start()
    try await tmux.wait(for: "live")
    try tmux.type("C-z")
    try await tmux.waitForShell()
    try tmux.enter("fg")
    try await tmux.wait("the screen") { try $0.contains("events/s") && tmux.isFullScreen }
    try tmux.type("?")
    try await tmux.wait(for: "next detector")
  }

  @Test func itGoesOnWhileNobodyIsAttached() async throws {
    let tmux = try await start()
    try await tmux.wait(for: "live")
    // A client that has gone must not end the tests.
    signal(SIGPIPE, SIG_IGN)
    let client = Process()
    client.executableURL = URL(fileURLWithPath: try #require(Tmux.program))
    client.arguments = ["-S", daemon.path("tmux"), "-C", "attach"]
    let input = Pipe()
    (client.standardInput, client.standardOutput) = (input, FileHandle.nullDevice)
    try client.run()
    let deadline = ContinuousClock.now + Daemon.patience
    while client.isRunning {
      guard ContinuousClock.now < deadline else {
        client.terminate()
        Issue.record("tmux does not let its client go")
        return
      }
      // What is said before it listens is lost.
      try? input.fileHandleForWriting.write(contentsOf: Data("detach-client\n".utf8))
      try await Task.sleep(for: .milliseconds(100))
    }
    let before = try tmux.screen.firstMatch(of: #/up [0-9:]+/#).map { String($0.0) }
    try await tmux.wait("a later time") { $0.firstMatch(of: #/up [0-9:]+/#).map { String($0.0) } != before }
  }

  /// The daemon ends in order, as for SIGTERM.
  @Test func aTerminalThatVanishesEndsTheRun() async throws {
    let tmux = try await start(arguments: "--summary summary.json")
    try await tmux.wait(for: "live")
    let process = try processID(tmux)
    try tmux.run("kill-server")
    let deadline = ContinuousClock.now + Daemon.patience
    while isRunning(process) {
      guard ContinuousClock.now < deadline else {
        kill(process, SIGKILL)
        Issue.record("arbd goes on without a terminal")
        return
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    let summary = try #require(try daemon.json("summary.json")["arbd"] as? [String: Any])
    #expect(summary["end"] as? String == "stopped")
  }

  /// What has ended counts as ended, also while nobody asks for its status.
  private func isRunning(_ process: pid_t) -> Bool {
    let line = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    return line.map { !$0.contains(") Z ") } ?? false
  }

  // MARK: Terminals

  @Test(arguments: [("TERM=dumb", "is \"dumb\""), ("TERM=", "is not set"), ("TERM=no-such-one", "is not known here")])
  func aTerminalThatCannotShowItGetsTheConsole(_ variable: String, _ reason: String) async throws {
    let tmux = try await start(200)
    try await tmux.wait(for: "live")
    try tmux.type("q", "y")
    try await tmux.waitForShell()
    try tmux.enter("\(variable) $ARBD --config demo.json --duration 2s")
    try await tmux.wait("one line, and the console's") {
      $0.contains("\(reason), so the sink terminal is a console") && $0.contains("end 2s")
    }
    #expect(try !tmux.isFullScreen)
  }

  @Test func withoutATerminalItIsAConsole() async throws {
    _ = try await start()
    let result = try await daemon.run("--config", "demo.json", "--duration", "4s")
    #expect(result.status == 0)
    #expect(result.errors.contains("standard output is no terminal, so the sink terminal is a console"))
    #expect(result.text.contains("status ") && result.text.contains("end "))
  }

  @Test func coloursAreShownUnlessNotWanted() async throws {
    let tmux = try await start(environment: ["TERM": "tmux-256color"])
    try await tmux.wait("an alert") { $0.contains("sell") }
    try await tmux.wait("colours") { _ in try tmux.colored.contains("38;5;") }
    try tmux.type("q", "y")
    try await tmux.waitForShell()
    try tmux.enter("NO_COLOR=1 $ARBD --config demo.json")
    try await tmux.wait("an alert") { try $0.contains("sell") && tmux.isFullScreen }
    let plain = try tmux.colored
    #expect(
      !plain.contains("38;5;") && !plain.contains(#/\u{1B}\[(1;)?3[0-7]/#) && plain.contains("\u{1B}[1m"), "\(plain)")
  }

  @Test func withoutUTF8ThereIsOnlyASCII() async throws {
    let tmux = try await start(environment: ["LC_ALL": "C"])
    let screen = try await tmux.wait("an alert") { $0.contains(" -> sell ") }
    #expect(screen.unicodeScalars.allSatisfy { $0.isASCII })
  }

  // MARK: Trouble

  @Test func aVenueThatIsKilledIsSeen() async throws {
    let venues = try ["coinbase=BTC-USD", "binance=BTC-USDT"].map {
      try daemon.start(["simulate", "--venue", $0, "--rate", "40", "--quote-rate", "0"])
    }
    var addresses: [String] = []
    for venue in venues {
      try await venue.wait("the venue") { venue.outputSoFar.contains("\n") }
      addresses.append(try #require(venue.outputSoFar.firstMatch(of: #/ws://127\.0\.0\.1:\d+/#).map { String($0.0) }))
    }
    try daemon.file(
      "venues.json",
      #"""
      {"sources":[
         {"type":"coinbase","endpoint":"\#(addresses[0])","instruments":["BTC-USD"]},
         {"type":"binance","endpoint":"\#(addresses[1])/stream","instruments":["BTC-USDT"]}],
       "detectors":[{"name":"btc","type":"spread","instrument":"BTC-USD","venues":["coinbase","binance"],
         "treat_as_equal":[["USD","USDT"]],"window":{"size":"200ms","out_of_orderness":"300ms"}}],
       "sinks":[{"type":"terminal","stale_after":"1s"}]}
      """#)
    let tmux = try Tmux(daemon)
    try await tmux.wait(for: Tmux.prompt)
    try tmux.enter("$ARBD --config venues.json")
    try await tmux.wait("both live") {
      $0.contains("coinbase live") && $0.contains("binance  live") && $0.contains("sell")
    }
    venues[1].send(SIGKILL)
    _ = try await venues[1].result()
    let screen = try await tmux.wait("one down, its price stale") { screen in
      screen.contains("coinbase live") && screen.contains(#/binance (down|connecting)/#) && screen.contains("!")
    }
    #expect(screen.contains("BTC-USD"))
  }
}
