import Foundation
import Testing

/// Runs that cannot do what they were asked: an error that names the culprit, exit status 1, no death by signal.
@Suite struct FailureTests {
  private let daemon: Daemon

  init() throws { daemon = try Daemon() }

  private func expectFailure(
    _ result: Invocation.Result, saying words: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(result.signal == nil, sourceLocation: sourceLocation)
    #expect(result.status == 1, sourceLocation: sourceLocation)
    #expect(result.errors.contains(words), "\(result.errors)", sourceLocation: sourceLocation)
  }

  // MARK: Configuration

  @Test func namesAMissingConfiguration() async throws {
    expectFailure(
      try await daemon.run("--config", "nowhere.json"),
      saying: "nowhere.json: error: cannot read: No such file or directory")
  }

  @Test func namesAnEmptyConfiguration() async throws {
    try daemon.file("empty.json", "")
    expectFailure(try await daemon.run("--config", "empty.json"), saying: "empty.json")
  }

  @Test func namesAConfigurationThatIsAFolder() async throws {
    expectFailure(try await daemon.run("--config", "."), saying: ".: error: cannot read")
  }

  @Test func wantsAConfiguration() async throws {
    let result = try await daemon.run()
    #expect(result.status != 0 && result.signal == nil)
    #expect(result.errors.contains("--config"))
  }

  @Test func triesAVenueThatIsNotThereAgain() async throws {
    try daemon.file(
      "live.json",
      #"""
      {"sources":[{"type":"binance","instruments":["BTC-USDT"],"endpoint":"ws://127.0.0.1:1/stream"}],
       "sinks":[{"type":"console"}]}
      """#)
    let run = try daemon.start(["--config", "live.json"])
    try await run.wait("the second attempt") { run.errorsSoFar.components(separatedBy: "127.0.0.1:1").count > 2 }
    run.send(SIGTERM)
    let result = try await run.result()
    #expect(result.status == 0)
    #expect(result.errors.contains("binance connection 0: down: "))
  }

  @Test func namesAVenueThatCannotBeSimulated() async throws {
    try daemon.file(
      "live.json",
      #"{"sources":[{"type":"coinbase","instruments":["BTC-USD"],"endpoint":"localhost:1"}],"sinks":[{"type":"console"}]}"#
    )
    expectFailure(try await daemon.run("--config", "live.json"), saying: "sources[0].endpoint: must begin with ws://")
  }

  // MARK: Input

  @Test func namesAMissingReplay() async throws {
    try daemon.file("config.json", Record.configuration(path: "gone.jsonl", sinks: Record.toStandardOutput))
    expectFailure(
      try await daemon.run("--config", "config.json"),
      saying: "gone.jsonl: cannot open: No such file or directory")
  }

  @Test func namesABadLine() async throws {
    try daemon.file("config.json", Record.configuration(path: "bad.jsonl", sinks: Record.toStandardOutput))
    try daemon.file(
      "bad.jsonl", [Record.trade(1, at: 1), "", "{", Record.trade(2, at: 2)].joined(separator: "\n"))
    let result = try await daemon.run("--config", "config.json", "--summary", "summary.json")
    expectFailure(result, saying: "bad.jsonl:3: unexpected end at byte 1")
    #expect(result.text == Record.trade(1, at: 1) + "\n", "what stands before it has been published")
    let own = try #require(daemon.json("summary.json")["arbd"] as? [String: Any])
    #expect(own["end"] as? String == "failed")
    #expect((own["failure"] as? String)?.contains("bad.jsonl:3") == true)
  }

  @Test func skipsBadLinesWhereAsked() async throws {
    let configuration = Record.configuration(
      path: "bad.jsonl", more: #","on_error":"skip""#, sinks: Record.toStandardOutput)
    try daemon.file("config.json", configuration)
    try daemon.file(
      "bad.jsonl", [Record.trade(1, at: 1), "{", Record.trade(2, at: 2), "["].joined(separator: "\n"))
    let result = try await daemon.run("--config", "config.json", "--summary", "summary.json")
    #expect(result.status == 0)
    #expect(result.text == Record.trade(1, at: 1) + "\n" + Record.trade(2, at: 2) + "\n")
    #expect(result.errors.contains("bad.jsonl:2: unexpected end at byte 1"), "\(result.errors)")
    #expect(
      String(decoding: try daemon.content("summary.json"), as: UTF8.self).contains("\"skipped_lines\": 2"))
  }

  // MARK: Output

  private func writeRecords(_ count: Int = 3, sinks: String) throws {
    try daemon.file("config.json", Record.configuration(path: "records.jsonl", sinks: sinks))
    try daemon.file("records.jsonl", (1...count).map { Record.trade($0, at: $0) + "\n" }.joined())
  }

  @Test(arguments: [
    #"{"type":"jsonl","path":"/dev/full","records":["trades"]}"#,
    #"{"type":"jsonl","path":"/dev/full","records":["trades"]},{"type":"console"}"#,
  ])
  func aFullDiskEndsTheRun(_ sinks: String) async throws {
    try writeRecords(100_000, sinks: sinks)
    expectFailure(
      try await daemon.run("--config", "config.json"),
      saying: "sink jsonl: cannot write /dev/full: No space left on device")
  }

  @Test(arguments: ["jsonl", "console"])
  func aFullStandardOutputEndsTheRun(_ type: String) async throws {
    try writeRecords(sinks: type == "console" ? #"{"type":"console"}"# : Record.toStandardOutput)
    expectFailure(
      try await daemon.shell("\"$ARBD\" --config config.json > /dev/full"),
      saying: "sink \(type): cannot write standard output: No space left on device")
  }

  /// A file that may not grow: what was written of the last line is taken back.
  @Test func aFileIsLeftWithWholeLines() async throws {
    try writeRecords(2_000, sinks: #"{"type":"jsonl","path":"out.jsonl","records":["trades"]}"#)
    let result = try await daemon.shell("trap '' XFSZ; ulimit -f 8; exec \"$ARBD\" --config config.json")
    expectFailure(result, saying: "cannot write out.jsonl: File too large")
    let written = String(decoding: try daemon.content("out.jsonl"), as: UTF8.self)
    #expect(written.hasSuffix("}\n"))
    let lines = written.split(separator: "\n").map(String.init)
    #expect(lines.count > 10)
    #expect(lines == (1...lines.count).map { Record.trade($0, at: $0) })
  }

  @Test func namesASinkWhoseFolderIsMissing() async throws {
    try writeRecords(sinks: #"{"type":"jsonl","path":"no/folder/out.jsonl"}"#)
    expectFailure(
      try await daemon.run("--config", "config.json"),
      saying: "sink jsonl: cannot open no/folder/out.jsonl: No such file or directory")
  }

  @Test(arguments: [#"{"type":"console"}"#, Record.toStandardOutput])
  func aReaderThatGoesAwayIsAnError(_ sinks: String) async throws {
    try writeRecords(10_000, sinks: sinks)
    // The reader has closed its end before arbd starts; $? is that of arbd.
    let result = try await daemon.shell(
      "{ while [ ! -e closed ]; do :; done; \"$ARBD\" --config config.json; echo $? > status; } | "
        + "{ exec 0<&-; touch closed; while [ ! -e status ]; do :; done; }")
    #expect(try daemon.lines("status") == ["1"], "\(result.errors)")
    #expect(result.errors.contains("cannot write standard output: Broken pipe"), "\(result.errors)")
  }

  @Test(arguments: ["2>&-", "2>/dev/full"])
  func nobodyWhoHearsOfItChangesNothing(_ redirection: String) async throws {
    try writeRecords(sinks: #"{"type":"jsonl","path":"/dev/full","records":["trades"]}"#)
    for file in ["config.json", "nowhere.json"] {
      let result = try await daemon.shell("exec \"$ARBD\" --config \(file) \(redirection)")
      #expect(result.signal == nil)
      #expect(result.status == 1)
    }
  }

  @Test func namesASummaryThatCannotBeWritten() async throws {
    try writeRecords(sinks: Record.toStandardOutput)
    let result = try await daemon.run("--config", "config.json", "--summary", "no/folder/summary.json")
    expectFailure(result, saying: "cannot write the summary to no/folder/summary.json")
  }
}
