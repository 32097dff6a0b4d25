import Foundation
import Testing

/// The daemon and its venues as processes, and what is left when one of them is killed.
@Suite struct LiveTests {
  private let daemon: Daemon

  init() throws { daemon = try Daemon() }

  private func alerts() -> [String] { (try? daemon.lines("alerts.jsonl")) ?? [] }

  private static func number(_ key: String, _ line: String) -> Int {
    line.firstRange(of: "\"\(key)\":").flatMap { Int(line[$0.upperBound...].prefix { $0.isNumber }) } ?? -1
  }

  @Test func alertsResumeAfterTheVenuesWereKilled() async throws {
    let venues = try await Venues(daemon)
    try daemon.file("config.json", venues.configuration())
    let run = try daemon.start(["--config", "config.json", "--log-level", "info", "--summary", "summary.json"])
    try await run.wait("the first alerts") { alerts().count >= 3 }
    try await venues.kill()
    // Both are tried again and again, at growing intervals, which the log shows.
    try await run.wait("attempts") {
      ["coinbase", "binance"].allSatisfy { venue in
        let lines = run.errorsSoFar.split(separator: "\n").filter { $0.contains("\(venue) connection") }
        return lines.count { $0.contains(": down: ") && $0.contains("; again in ") } >= 3
      }
    }
    let again = try await Venues(daemon, like: venues)
    // Windows that one venue alone held open may fire before the other is back.
    try await run.wait("both venues") {
      ["coinbase", "binance"].allSatisfy { venue in
        let lines = run.errorsSoFar.split(separator: "\n").filter { $0.contains("\(venue) connection") }
        return lines.count { $0.hasSuffix(": connected") } >= 2
      }
    }
    let before = alerts().count
    try await run.wait("alerts again") { alerts().count >= before + 3 }
    run.send(SIGTERM)
    let result = try await run.result()
    #expect(result.status == 0, "\(result.errors)")
    for venue in ["coinbase", "binance"] {
      #expect(
        result.errors.contains(
          "\(venue) connection 0: down: the peer closed the connection without a close frame; again in "),
        "\(result.errors)")
    }
    let own = try #require(daemon.json("summary.json")["arbd"] as? [String: Any])
    let counts = try #require(own["venues"] as? [String: [String: Any]])
    for venue in ["coinbase", "binance"] {
      #expect(counts[venue]?["connects"] as? Int == 2)
      #expect(counts[venue]?["disconnects"] as? Int == 2)
    }
    try await again.kill()
  }

  @Test func whatWasFlushedSurvivesTheKillOfADaemonThatRecords() async throws {
    let venues = try await Venues(daemon)
    try daemon.file("config.json", venues.configuration(record: ["day.jsonl", "day.jsonl"]))
    let run = try daemon.start(["--config", "config.json"])
    try await run.wait("alerts and a capture") {
      alerts().count >= 10 && (try? daemon.lines("day.jsonl").count) ?? 0 > 50
    }
    run.send(SIGKILL)
    #expect(try await run.result().signal == SIGKILL)
    let killed = Int(Date().timeIntervalSince1970 * 1e6)
    try await venues.kill()

    let live = alerts()
    let capture = try daemon.content("day.jsonl")
    #expect(capture.last == UInt8(ascii: "\n"))
    let end = Self.number("receive_time_us", try #require(daemon.lines("day.jsonl").last))
    // A second, and patience for a machine that is busy.
    #expect(killed - end < 4_000_000)
    try FileManager.default.removeItem(atPath: daemon.path("alerts.jsonl"))
    try daemon.file("replay.json", Venues.replay(["day.jsonl"]))
    let replay = try await daemon.run("--config", "replay.json", "--summary", "summary.json")
    #expect(replay.status == 0 && !replay.errors.contains("skipped"), "\(replay.errors)")
    // What was detected before the capture ends is detected again.
    let covered = live.filter { Self.number("detected_at_us", $0) < end }
    #expect(covered.count >= 3)
    #expect(alerts().starts(with: covered))
  }

  @Test(arguments: [["day.jsonl", "day.jsonl"], ["coinbase.jsonl", "binance.jsonl"]])
  func theReplayGivesTheAlertsOfTheLiveRun(captures: [String]) async throws {
    let venues = try await Venues(daemon)
    try daemon.file("config.json", venues.configuration(record: captures))
    let run = try daemon.start(["--config", "config.json", "--summary", "live.json"])
    try await run.wait("alerts") { alerts().count >= 10 }
    run.send(SIGTERM)
    #expect(try await run.result().status == 0)
    try await venues.kill()
    let live = alerts()

    try FileManager.default.removeItem(atPath: daemon.path("alerts.jsonl"))
    try daemon.file("replay.json", Venues.replay(Set(captures).sorted()))
    let replay = try await daemon.run("--config", "replay.json", "--summary", "replayed.json")
    #expect(replay.status == 0, "\(replay.errors)")
    // Byte for byte; behind them are only windows that the live run discarded.
    let replayed = alerts()
    #expect(replayed.starts(with: live))
    let (before, after) = (try daemon.json("live.json"), try daemon.json("replayed.json"))
    func windows(_ summary: [String: Any]) -> Int { (summary["btc"] as? [String: Any])?["windows"] as? Int ?? -1 }
    let discarded = try #require((before["arbd"] as? [String: Any])?["discarded_windows"] as? Int)
    #expect(windows(after) == windows(before) + discarded)
    #expect(replayed.count - live.count <= discarded)
  }
}
