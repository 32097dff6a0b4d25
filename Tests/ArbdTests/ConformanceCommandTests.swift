import Foundation
import Testing

/// `arbd conformance` on frames of a simulated venue that the daemon has recorded itself.
@Suite(.timeLimit(.minutes(2))) struct ConformanceCommandTests {
  private let daemon: Daemon

  init() throws { daemon = try Daemon() }

  private func record() async throws {
    try daemon.file(
      "config.json",
      #"{"sources":[{"type":"binance","endpoint":"simulator","instruments":["BTC-USDT","ETH-USDT"],"#
        + #""channels":["trades","quotes","book"],"record":{"path":"capture.jsonl"}}],"sinks":[{"type":"console"}]}"#)
    let result = try await daemon.run("--config", "config.json", "--duration", "4s", "--log-level", "error")
    #expect(result.status == 0, "\(result.errors)")
  }

  @Test func anAdapterAndItsRecordingConform() async throws {
    try await record()
    let result = try await daemon.run("conformance", "--config", "config.json", "--recording", "capture.jsonl")
    #expect(result.status == 0, "\(result.text) \(result.errors)")
    #expect(result.text.hasSuffix("binance: conforms\n"))
    #expect(result.text.contains("✓  symbols"))
  }

  @Test func whatFailsEndsWithOne() async throws {
    try await record()
    try daemon.file("expected.jsonl", #"{"venue":"binance"}"# + "\n")
    let result = try await daemon.run(
      "conformance", "--config", "config.json", "--recording", "capture.jsonl", "--expected", "expected.jsonl")
    #expect(result.status == 1)
    #expect(result.text.contains("✗  expected records"))
    #expect(result.text.hasSuffix("binance: 1 of 21 checks failed\n"))
  }

  @Test(arguments: [
    ("--venue kraken --recording capture.jsonl", "it has those of binance"),
    ("--recording missing.jsonl", "missing.jsonl: cannot open: No such file or directory"),
    ("--recording config.json", "config.json: line 1: "),
  ])
  func whatIsMissingIsNamed(_ arguments: String, _ message: String) async throws {
    try daemon.file(
      "config.json",
      #"{"sources":[{"type":"binance","instruments":["BTC-USDT"]}],"sinks":[{"type":"console"}]}"#)
    let result = try await daemon.shell("\"$ARBD\" conformance --config config.json \(arguments)")
    #expect(result.status == 1)
    #expect(result.errors.contains(message), "\(result.errors)")
  }
}
