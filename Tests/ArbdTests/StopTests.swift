import Foundation
import Testing

/// Runs that are ended before their input.
@Suite struct StopTests {
  private let daemon: Daemon

  init() throws { daemon = try Daemon() }

  /// Two trades at once, and one in an hour.
  private func startSlowReplay(_ arguments: String...) throws -> Invocation {
    try daemon.file(
      "config.json",
      Record.configuration(path: "slow.jsonl", more: #","speed":1"#, sinks: Record.toStandardOutput))
    let times = [0, 0, 3_600_000_000]
    try daemon.file(
      "slow.jsonl", times.enumerated().map { Record.trade($0.offset, at: $0.element) + "\n" }.joined())
    return try daemon.start(["--config", "config.json"] + arguments)
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func aSignalEndsARunInOrder(_ signal: Int32) async throws {
    let run = try startSlowReplay("--summary", "summary.json")
    try await run.wait("the first trades") { run.outputSoFar.split(separator: "\n").count == 2 }
    run.send(signal)
    let result = try await run.result()
    #expect(result.signal == nil)
    #expect(result.status == 0, "\(result.errors)")
    let discarded = "1 window was not complete when the run was stopped, and discarded"
    #expect(result.errors.contains(discarded), "\(result.errors)")
    let own = try #require(daemon.json("summary.json")["arbd"] as? [String: Any])
    #expect(own["end"] as? String == "stopped")
    #expect(own["discarded_windows"] as? Int == 1)
  }

  @Test func aDurationEndsARunInOrder() async throws {
    let start = ContinuousClock.now
    let run = try startSlowReplay("--duration", "1s", "--summary", "summary.json")
    let result = try await run.result()
    #expect(ContinuousClock.now - start >= .seconds(1))
    #expect(result.status == 0, "\(result.errors)")
    let own = try #require(daemon.json("summary.json")["arbd"] as? [String: Any])
    #expect(own["end"] as? String == "stopped")
  }

  /// Writes records to a pipe that nobody reads on, over this many sinks, and sends the signal `signalling` does.
  private func runStuck(sinks: Int, _ signalling: String) async throws -> Invocation.Result {
    let sinks = (1...sinks).map { #"{"type":"jsonl","name":"sink\#($0)","path":"-","records":["trades"]}"# }
    try daemon.file(
      "config.json", Record.configuration(path: "records.jsonl", sinks: sinks.joined(separator: ",")))
    try daemon.file("records.jsonl", (1...20_000).map { Record.trade($0, at: $0) + "\n" }.joined())
    return try await daemon.shell(
      """
      mkfifo pipe
      "$ARBD" --config config.json > pipe & run=$!
      exec 3< pipe
      # The run has begun with the first byte, and no more is read.
      head -c 1 <&3 > first
      \(signalling)
      wait $run; echo $? > status
      """)
  }

  /// More stuck sinks than processors hold everything up; the second signal gets through all the same.
  @Test func aSecondSignalEndsItAtOnce() async throws {
    let sinks = ProcessInfo.processInfo.activeProcessorCount + 1
    let result = try await runStuck(
      sinks: sinks, "while kill -TERM $run 2> /dev/null; do sleep 0.05; done")
    #expect(try daemon.lines("status") == ["130"], "\(result.errors)")
  }

  /// As `timeout` does, which signals its child and then the group that the child is in.
  @Test func twoSignalsAtOnceAreOne() async throws {
    let result = try await runStuck(sinks: 1, "kill -TERM $run; kill -TERM $run")
    #expect(try daemon.lines("status") == ["1"])
    #expect(result.errors.contains("sink sink1: not done in time"), "\(result.errors)")
  }

  @Test func aStuckSinkIsLeftBehindInTheEnd() async throws {
    let result = try await runStuck(sinks: 1, "kill -TERM $run")
    #expect(try daemon.lines("status") == ["1"])
    #expect(result.errors.contains("sink sink1: not done in time"), "\(result.errors)")
  }
}
