import Foundation
import Testing

/// What holds a run up, and what it leaves behind.
@Suite struct ShutdownTests {
  private let daemon: Daemon

  init() throws { daemon = try Daemon() }

  /// Opening a FIFO waits for its writer.
  @Test func aReplayThatNobodyFeedsCanBeStopped() async throws {
    try daemon.file("config.json", Record.configuration(path: "pipe", sinks: Record.toStandardOutput))
    let result = try await daemon.shell(
      """
      mkfifo pipe
      "$ARBD" --config config.json --duration 1s; echo $? > status
      """)
    #expect(try daemon.lines("status") == ["0"], "\(result.errors)")
  }

  /// The second record is due in centuries.
  @Test(arguments: ["1", "1e-12", "5e-324"])
  func aWaitOfCenturiesIsAWaitLikeAnyOther(_ speed: String) async throws {
    try daemon.file(
      "config.json",
      Record.configuration(path: "far.jsonl", more: ",\"speed\":\(speed)", sinks: Record.toStandardOutput))
    try daemon.file(
      "far.jsonl",
      Record.trade(1, at: -9_007_199_254_740_991) + "\n" + Record.trade(2, at: 9_007_199_254_740_991) + "\n")
    let result = try await daemon.run("--config", "config.json", "--duration", "1s")
    #expect(result.status == 0, "\(result.errors)")
    #expect(String(decoding: result.output, as: UTF8.self).split(separator: "\n").count == 1)
  }

  @Test func aSummaryThatCannotBeWrittenIsKnownBeforeTheRun() async throws {
    try daemon.file("config.json", Record.configuration(path: "records.jsonl", sinks: Record.toStandardOutput))
    try daemon.file("records.jsonl", Record.trade(1, at: 1) + "\n")
    let result = try await daemon.run("--config", "config.json", "--summary", "no/folder.json")
    #expect(result.status == 1)
    #expect(result.output.isEmpty)
    #expect(result.errors.contains("cannot write the summary to no/folder.json: No such file"), "\(result.errors)")
  }

  @Test func aSummaryGoesIntoWhatIsThere() async throws {
    try daemon.file("config.json", Record.configuration(path: "records.jsonl", sinks: ""))
    try daemon.file("records.jsonl", Record.trade(1, at: 1) + "\n")
    try daemon.file("real.json", String(repeating: "x", count: 100_000))
    let result = try await daemon.shell(
      """
      ln -s real.json link.json
      "$ARBD" --config config.json --summary link.json
      test -L link.json && echo link
      "$ARBD" --config config.json --summary /dev/stdout | head -c 1
      """)
    #expect(result.status == 0, "\(result.errors)")
    #expect(String(decoding: result.output, as: UTF8.self).contains("link"))
    #expect(String(decoding: result.output, as: UTF8.self).contains("{"))
    #expect((try daemon.json("real.json")["arbd"] as? [String: Any])?["end"] as? String == "finished")
  }

  @Test func whatFailedIsSaidThoughTheSummaryFailsToo() async throws {
    try daemon.file(
      "config.json", Record.configuration(path: "missing.jsonl", sinks: Record.toStandardOutput))
    let result = try await daemon.run("--config", "config.json", "--summary", "/dev/full")
    #expect(result.status == 1)
    #expect(result.errors.contains("missing.jsonl: cannot open"), "\(result.errors)")
    #expect(result.errors.contains("cannot write the summary to /dev/full"), "\(result.errors)")
  }

  @Test func twoReplaysDoNotShareStandardInput() async throws {
    let text = """
      {"sources":[{"type":"replay","path":"-"},{"type":"replay","path":"-"}],"sinks":[]}
      """
    try daemon.file("config.json", text)
    let result = try await daemon.run("--config", "config.json", input: Data())
    #expect(result.status == 1)
    #expect(result.errors.contains("sources[1] replay: standard input: another replay reads it already"))
  }

  /// Longer than a pipe takes at once, by two sinks at once.
  @Test func sinksThatShareStandardOutputKeepTheirLinesWhole() async throws {
    let sinks = ["a", "b"].map { #"{"type":"jsonl","name":"\#($0)","path":"-","records":["trades"]}"# }
    try daemon.file("config.json", Record.configuration(path: "records.jsonl", sinks: sinks.joined(separator: ",")))
    try daemon.file("records.jsonl", (1...20_000).map { Record.trade($0, at: $0) + "\n" }.joined())
    let result = try await daemon.shell(
      """
      "$ARBD" --config config.json | while read -r line; do case $line in {*}) ;; *) echo "torn: $line" ;; esac; done
      """)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.isEmpty)
  }

  @Test(arguments: ["list", "schema"])
  func outputThatIsLostIsAnError(_ command: String) async throws {
    let result = try await daemon.shell(#""$ARBD" \#(command) > /dev/full; echo $? > status"#)
    #expect(try daemon.lines("status") == ["1"], "\(result.errors)")
  }

  @Test func aFolderIsNoConfiguration() async throws {
    let result = try await daemon.run("validate", "--config", ".")
    #expect(result.status == 1)
    #expect(result.errors.hasPrefix(".: error: cannot read: it is not a file"), "\(result.errors)")
  }

  /// Plugins will find the framework in the program.
  @Test func theProgramExportsTheFramework() throws {
    let binary = try #require(Daemon.binary)
    let data = try Data(contentsOf: binary, options: .alwaysMapped)
    // The name of the type stands in the dynamic string table only when its symbols are exported.
    #expect(data.range(of: Data("\u{0}$s13ArbdFramework4SinkMp\u{0}".utf8)) != nil)
  }
}
