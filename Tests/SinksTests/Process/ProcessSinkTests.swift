import ArbdFramework
import ArbdProcesses
import ArbdTestKit
import Foundation
import Testing

@testable import ArbdSinks

@Suite struct ProcessSinkTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let shake = #"read -r request; echo '{"arbd":1}'"#

  /// A sink on a script for a shell; `$DIR` is the test's folder.
  private func sink(
    _ script: String, head: String = shake, _ change: (inout ProcessSinkOptions) -> Void = { _ in }
  ) throws -> ProcessSink {
    try Data("\(head)\n\(script)\n".utf8).write(to: folder.url.appendingPathComponent("program.sh"))
    var options = ProcessSinkOptions()
    options.process.command = ["sh", folder.path("program.sh")]
    options.process.environment = ["DIR": Secret(folder.url.path)]
    options.process.grace = .milliseconds(200)
    options.timeout = .seconds(20)
    change(&options)
    return ProcessSink(options: options, context: Sample.context("program"))
  }

  /// Keeps records in a file and answers every batch; `answer` in place of that.
  private static func keeper(_ answer: String = #"echo "{\"batch\":$n}""#) -> String {
    #"""
    while read -r line; do
      case $line in
        '{"batch":'*) n=${line#*:}; n=${n%%,*}; \#(answer) ;;
        *) printf '%s\n' "$line" >> "$DIR/out.jsonl" ;;
      esac
    done
    """#
  }

  private func verdict(_ sink: ProcessSink, _ batch: [Record]) async -> DeliveryError? {
    do throws(DeliveryError) {
      try await sink.deliver(batch)
      return nil
    } catch {
      return error
    }
  }

  @Test func recordsAreLinesAndABatchIsAnswered() async throws {
    let sink = try sink(Self.keeper())
    try await sink.connect()
    try await sink.deliver([Sample.trade(1), Sample.quote])
    #expect(try folder.text("out.jsonl") == "\(Sample.tradeLine(1))\n\(Sample.quoteLine)\n", "before deliver returns")
    try await sink.deliver([Sample.trade(2)])
    await sink.close()
    await sink.close()
    #expect(try folder.text("out.jsonl").split(separator: "\n").count == 3)
    #expect(await verdict(sink, [Sample.trade(3)])?.verdict == .reconnect)
  }

  @Test func largeBatchesGoThroughSmallPipes() async throws {
    let sink = try sink(Self.keeper())
    try await sink.connect()
    try await sink.deliver((1...3_000).map { Sample.trade($0) })
    await sink.close()
    let expected = (1...3_000).map { Sample.tradeLine($0) + "\n" }.joined()
    #expect(try folder.text("out.jsonl") == expected)
  }

  /// What it answers, and what that means for a batch of three.
  private static let answers: [(answer: String, verdict: DeliveryError.Verdict, reason: String, delivered: Set<Int>)] =
    [
      (#"{"batch":1,"retry":"full","after_ms":500}"#, .retry(after: .milliseconds(500)), "full", []),
      (#"{"batch":1,"retry":"full"}"#, .retry(after: nil), "full", []),
      (#"{"batch":1,"rejected":[2,0],"reason":"no desk"}"#, .reject([0, 2]), "no desk", [1]),
      (#"{"batch":1,"stop":"closed"}"#, .stop, "closed", []),
      (#"{"batch":1,"rejected":[3]}"#, .reconnect, "it rejects records that were not in the batch", []),
    ]

  @Test(arguments: answers.indices)
  func anAnswerIsAVerdict(_ place: Int) async throws {
    let (answer, verdict, reason, delivered) = Self.answers[place]
    let sink = try sink(Self.keeper("echo '\(answer)'"))
    try await sink.connect()
    let error = try #require(await self.verdict(sink, [Sample.trade(1), Sample.trade(2), Sample.trade(3)]))
    #expect(error == DeliveryError(reason, verdict: verdict, delivered: delivered))
    await sink.close()
  }

  /// Neither nonsense nor the answer to another batch decides anything.
  @Test func whatIsNoAnswerIsPassedOver() async throws {
    let sink = try sink(
      Self.keeper(#"echo hello; echo; echo '{"batch":99}'; head -c 70000 /dev/zero; echo; echo "{\"batch\":$n}""#))
    try await sink.connect()
    try await sink.deliver([Sample.trade(1)])
    await sink.close()
  }

  @Test func aProgramThatDiesIsConnectedAnew() async throws {
    let sink = try sink(Self.keeper("exit 4"))
    try await sink.connect()
    let error = await verdict(sink, [Sample.trade(1)])
    #expect(error == DeliveryError("it ended with status 4", verdict: .reconnect))
    try await sink.connect()
    #expect(sink.figures.first?.value == 2)
    await sink.close()
  }

  @Test func aProgramThatDoesNotAnswerIsConnectedAnew() async throws {
    let sink = try sink("exec sleep 60") { $0.timeout = .milliseconds(100) }
    try await sink.connect()
    #expect(await verdict(sink, [Sample.trade(1)])?.verdict == .reconnect)
    await sink.close()
  }

  /// Floods of answers and of log lines do not keep it from noticing the time.
  @Test(arguments: ["yes", "yes >&2"])
  func aFloodHasAnEnd(_ flood: String) async throws {
    let sink = try sink(flood) { $0.timeout = .milliseconds(200) }
    try await sink.connect()
    #expect(await verdict(sink, [Sample.trade(1)])?.verdict == .reconnect)
    await sink.close()
  }

  @Test(arguments: [
    ("echo hello", #"its first line is not {"arbd":1} but "hello""#),
    (#"echo '{"arbd":7}'"#, "it speaks version 7 of the protocol; this program speaks 1"),
    ("exit 5", "it ended with status 5"),
  ])
  func aBadBeginningIsAnError(_ head: String, _ reason: String) async throws {
    let sink = try sink("", head: head)
    do throws(DeliveryError) {
      try await sink.connect()
      Issue.record("it is connected")
    } catch {
      #expect(error.reason == reason && error.verdict == .reconnect)
    }
    await sink.close()
  }

  @Test func itConforms() async throws {
    let folder = folder
    let make = { try self.sink(Self.keeper()) as any Sink }
    let report = await SinkConformance(make) {
      let text = (try? folder.text("out.jsonl")) ?? ""
      return try text.split(separator: "\n").map { line in
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return object?["id"] as? String ?? ""
      }
    }.run()
    let isGood = report.lines.allSatisfy { if case .failed = $0.outcome { false } else { true } }
    #expect(isGood, "\(report)")
  }
}
