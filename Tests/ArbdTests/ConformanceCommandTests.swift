import Foundation
import Testing

/// `arbd conformance` on frames of a simulated venue that the daemon has recorded itself.
@Suite(.timeLimit(.minutes(5))) struct ConformanceCommandTests {
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

  private func program(_ lines: [String]) throws {
    let script = (["read -r request", "echo '{\"arbd\":1}'"] + lines.map { "echo '\($0)'" }).joined(separator: "\n")
    try daemon.file("program.sh", script + "\n")
    try daemon.file(
      "config.json",
      #"{"sources":[{"type":"process","name":"mine","venue":"mine","instruments":["BTC-USD"],"clock":"records","#
        + #""command":["sh","program.sh"]}],"sinks":[{"type":"console"}]}"#)
  }

  private static let time: Int64 = 1_767_225_599_000_000

  private static func trade(_ id: Int, at time: Int64 = time, instrument: String = "BTC-USD") -> String {
    #"{"venue":"mine","instrument":"\#(instrument)","price":"60000.10","size":"0.1","side":"buy","trade_id":"\#(id)","#
      + #""event_time_us":\#(time),"receive_time_us":1767225600000000}"#
  }

  @Test func aProgramIsHeldAgainstWhatItPrints() async throws {
    try program([Self.trade(1), Self.trade(2)])
    let result = try await daemon.run("conformance", "--config", "config.json")
    #expect(result.status == 0, "\(result.text) \(result.errors)")
    #expect(result.text.contains("✓  records    2 trades, 0 quotes") && result.text.hasSuffix("mine: conforms\n"))
  }

  @Test(arguments: [
    ([trade(1, at: time / 1_000)], "times"), ([trade(1), trade(1)], "trade ids"), ([trade(1), "nonsense"], "records"),
    ([], "records"), ([trade(1, instrument: "ETH-USD")], "records"),
  ])
  func whatIsWrongWithAProgramIsFound(_ lines: [String], _ check: String) async throws {
    try program(lines)
    let result = try await daemon.run("conformance", "--config", "config.json")
    #expect(result.status == 1 && result.text.contains("✗  \(check)"), "\(result.text) \(result.errors)")
  }

  @Test(arguments: [
    ("", "no program to look at; adapters need a --recording"),
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
