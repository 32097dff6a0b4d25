import Foundation
import Testing

/// Runs that come to their end.
@Suite struct EndToEndTests {
  private let daemon: Daemon

  init() throws { daemon = try Daemon() }

  @Test func tellsItsVersion() async throws {
    let result = try await daemon.run("--version")
    #expect(result.status == 0)
    #expect(result.text.wholeMatch(of: /arbd \d+\.\d+\.\d+\n/) != nil, "\(result.text)")
    #expect(result.errors.isEmpty)
  }

  // MARK: Cases

  static let cases = (try? FileManager.default.contentsOfDirectory(atPath: casesFolder.path).sorted()) ?? []
  private static let casesFolder = Daemon.project.appendingPathComponent("Tests/Fixtures/cases")

  @Test func thereAreCases() { #expect(Self.cases.count > 3) }

  @Test(arguments: cases)
  func reproduces(_ name: String) async throws {
    let example = Self.casesFolder.appendingPathComponent(name)
    for file in ["config.json", "records.jsonl"] {
      try FileManager.default.copyItem(
        at: example.appendingPathComponent(file), to: daemon.folder.appendingPathComponent(file))
    }
    let result = try await daemon.run("--config", "config.json", "--summary", "summary.json")
    #expect(result.status == 0, "\(result.errors)")
    let alerts = try daemon.content("alerts.jsonl")

    // Expected alerts stand grouped by detector; those of one detector leave in this order.
    let detectors = try #require(daemon.json("config.json")["detectors"] as? [[String: Any]])
      .compactMap { $0["name"] as? String }
    let written = try Self.objects(alerts)
    let grouped = detectors.flatMap { name in written.filter { $0["detector"] as? String == name } }
    let expected = try Self.objects(Data(contentsOf: example.appendingPathComponent("expected.jsonl")))
    #expect(grouped == expected)
    #expect(grouped.count == written.count)

    let counts = try JSONSerialization.jsonObject(
      with: Data(contentsOf: example.appendingPathComponent("expected.counts.json")))
    var summary = try daemon.json("summary.json")
    let own = try #require(summary.removeValue(forKey: "arbd") as? [String: Any])
    #expect(summary as NSDictionary == counts as? NSDictionary)
    #expect(own["end"] as? String == "finished")
    #expect(own["alerts"] as? Int == written.count)

    // Once more, the same bytes.
    try FileManager.default.removeItem(atPath: daemon.path("alerts.jsonl"))
    #expect(try await daemon.run("--config", "config.json").status == 0)
    #expect(try daemon.content("alerts.jsonl") == alerts)
  }

  private static func objects(_ lines: Data) throws -> [NSDictionary] {
    try lines.split(separator: UInt8(ascii: "\n")).map { line in
      try #require(JSONSerialization.jsonObject(with: line) as? NSDictionary)
    }
  }

  // MARK: The demo

  @Test func theReplayFindsWhatIsInIt() async throws {
    try daemon.replay(into: [["type": "console"], ["type": "jsonl", "path": "alerts.jsonl"]])

    let result = try await daemon.run("--config", "config.json", "--summary", "summary.json")
    #expect(result.status == 0, "\(result.errors)")
    let alerts = try daemon.lines("alerts.jsonl").map { line in
      try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
    let start = 1_767_225_600
    func seconds(of detector: String) -> [Int] {
      alerts.filter { $0["detector"] as? String == detector }
        .compactMap { ($0["window_start_us"] as? Int).map { $0 / 1_000_000 - start } }
    }
    #expect(seconds(of: "btc") == [5, 20, 30, 45, 50])
    #expect(seconds(of: "triangle") == [22, 48])
    let gaps = alerts.filter { $0["detector"] as? String == "btc" }
    #expect(Self.rounded(gaps[0]["spread"]) == 68.02)
    #expect(Self.rounded(gaps[2]["net_bps"]) == 11.84)
    #expect(gaps.filter { ($0["net_bps"] as? Double ?? 0) > 0 }.count == 1)

    // The console has a line for each and one for the end.
    let shown = result.text.split(separator: "\n").filter { !$0.hasPrefix("status ") }
    #expect(shown.count == 8)
    #expect(shown.last?.hasPrefix("end ") == true)
    #expect(!result.text.contains("\u{1B}"), "no colours where it is no terminal")

    let own = try #require(daemon.json("summary.json")["arbd"] as? [String: Any])
    for (venue, counts) in try #require(own["venues"] as? [String: [String: Any]]) {
      let frames = try #require(counts["frames"] as? [String: Any])
      #expect(frames["unknown"] as? Int == 0 && frames["undecodable"] as? Int == 0, "\(venue)")
    }
  }

  /// Over sockets, with venues that the program serves itself.
  @Test func theQuickstartAlertsWithinHalfAMinute() async throws {
    let file = Daemon.project.appendingPathComponent("Configs/quickstart.json")
    let run = try daemon.start(["--config", file.path, "--summary", "summary.json"])
    try await run.wait("an alert") { run.outputSoFar.contains("  gross +") }
    run.send(SIGTERM)
    let result = try await run.result()
    #expect(result.status == 0, "\(result.errors)")
    let own = try #require(daemon.json("summary.json")["arbd"] as? [String: Any])
    #expect(own["end"] as? String == "stopped")
    let venues = try #require(own["venues"] as? [String: [String: Any]])
    #expect(venues.keys.sorted() == ["binance", "coinbase"])
    for (venue, counts) in venues {
      let frames = try #require(counts["frames"] as? [String: Any])
      #expect(frames["unknown"] as? Int == 0 && frames["undecodable"] as? Int == 0, "\(venue)")
      #expect(counts["connects"] as? Int == 1 && counts["disconnects"] as? Int == 1, "\(venue)")
      #expect(counts["acknowledged"] as? Int == (venue == "binance" ? 6 : 2), "\(venue)")
    }
  }

  private static func rounded(_ value: Any?) -> Double? {
    (value as? Double).map { ($0 * 100).rounded() / 100 }
  }

  // MARK: Pipes

  @Test func readsStandardInputAndWritesStandardOutput() async throws {
    let records = (1...5_000).map { Record.trade($0, at: $0 * 1_000) }
    try daemon.file("config.json", Record.configuration(path: "-", sinks: Record.toStandardOutput))
    let result = try await daemon.run(
      "--config", "config.json", input: Data(records.map { $0 + "\n" }.joined().utf8))
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.text.split(separator: "\n").map(String.init) == records)
    // Only one of the two venues is in the input, which is worth a word.
    #expect(result.errors.hasPrefix("warning: detector btc: no record that it looks at came from coinbase;"))
  }

  @Test func namesStandardInputInAnError() async throws {
    try daemon.file("config.json", Record.configuration(path: "-", sinks: Record.toStandardOutput))
    let result = try await daemon.run(
      "--config", "config.json", input: Data((Record.trade(1, at: 1) + "\n{\n").utf8))
    #expect(result.status == 1)
    #expect(result.errors.contains("standard input:2: unexpected end at byte 1"), "\(result.errors)")
    #expect(result.text == Record.trade(1, at: 1) + "\n")
  }
}

/// Records and configurations of the tests.
enum Record {
  static func trade(_ id: Int, at time: Int) -> String {
    #"{"venue":"binance","instrument":"BTC-USDT","price":"50123.40","size":"0.5","side":"buy","trade_id":"\#(id)","#
      + #""event_time_us":\#(time),"receive_time_us":\#(time)}"#
  }

  static let toStandardOutput = #"{"type":"jsonl","path":"-","records":["trades"]}"#

  /// Replays `path`; one detector, so that there are windows.
  static func configuration(path: String, more: String = "", sinks: String) -> String {
    #"""
    {"sources":[{"type":"replay","path":"\#(path)"\#(more)}],
     "fees":{"binance":{"taker_bps":10},"coinbase":{"taker_bps":60}},
     "detectors":[{"name":"btc","type":"spread","instrument":"BTC-USDT","venues":["binance","coinbase"],
       "window":{"size":"1s"}}],
     "sinks":[\#(sinks)]}
    """#
  }
}
