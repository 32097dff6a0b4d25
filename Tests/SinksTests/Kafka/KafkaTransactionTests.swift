import ArbdKafka
import Synchronization
import Testing

@testable import ArbdSinks

/// The order of calls, and what each error leads to.
@Suite struct KafkaTransactionTests {
  /// Gives for each call the next of its answers, and nothing to complain of behind them.
  private final class Script: KafkaTransactionCalls {
    let answers: Mutex<[String: [KafkaError?]]>
    let log = Mutex<[String]>([])
    let alerts: Int

    init(alerts: Int = 2, _ answers: [String: [KafkaError?]]) {
      self.alerts = alerts
      self.answers = Mutex(answers)
    }

    private func next(_ call: String) -> KafkaError? {
      log.withLock { $0.append(call) }
      return take(call)
    }

    private func take(_ call: String) -> KafkaError? {
      answers.withLock { answers in
        guard var left = answers[call], !left.isEmpty else { return nil }
        defer { answers[call] = left }
        return left.removeFirst()
      }
    }

    func begin() -> KafkaError? { next("begin") }
    func produce(separately: Bool) -> [KafkaError?] {
      log.withLock { $0.append(separately ? "produce each" : "produce") }
      return (0..<alerts).map { _ in take("produce") }
    }
    func sendOffsets() -> KafkaError? { next("offsets") }
    func commit() -> KafkaError? { next("commit") }
    func abort() -> KafkaError? { next("abort") }
  }

  private static let retriable = KafkaError(code: -185, reason: "timed out", isRetriable: true)
  private static let abortable = KafkaError(code: 14, reason: "unknown", requiresAbort: true)
  private static let outdated = KafkaError(code: 22, reason: "generation", requiresAbort: true)
  private static let fenced = KafkaError(code: -144, reason: "fenced", isFatal: true)
  private static let tooLarge = KafkaError(code: 10, reason: "too large")
  private static let expired = KafkaError(code: -192, reason: "message timed out")

  struct Case: CustomTestStringConvertible {
    let name: String
    let answers: [String: [KafkaError?]]
    let outcomes: [KafkaTransaction.Outcome]
    let calls: [String]
    var testDescription: String { name }
  }

  static let whole = ["begin", "produce", "offsets", "commit"]

  static let cases = [
    Case(name: "all is well", answers: [:], outcomes: [.committed], calls: whole),
    Case(
      name: "beginning may be called again", answers: ["begin": [retriable]],
      outcomes: [.again(retriable), .committed],
      calls: ["begin"] + whole),
    Case(
      name: "an alert that did not arrive", answers: ["produce": [nil, expired]],
      outcomes: [.again(expired), .committed], calls: ["begin", "produce", "abort"] + whole),
    Case(
      name: "one alert that is refused", answers: ["produce": [nil, tooLarge]],
      outcomes: [.refused([1: tooLarge]), .committed], calls: ["begin", "produce", "abort"] + whole),
    Case(
      name: "a batch that is refused for one alert", answers: ["produce": [tooLarge, tooLarge, nil, tooLarge]],
      outcomes: [.again(tooLarge), .refused([1: tooLarge]), .committed],
      calls: [
        "begin", "produce", "abort", "begin", "produce each", "abort", "begin", "produce each", "offsets", "commit",
      ]),
    Case(
      name: "offsets may be sent again in the same transaction", answers: ["offsets": [retriable]],
      outcomes: [.again(retriable), .committed], calls: ["begin", "produce", "offsets", "offsets", "commit"]),
    Case(
      name: "offsets that end the transaction", answers: ["offsets": [abortable]],
      outcomes: [.again(abortable), .committed], calls: ["begin", "produce", "offsets", "abort"] + whole),
    Case(
      name: "offsets of a group that has changed", answers: ["offsets": [outdated]], outcomes: [.outdated],
      calls: ["begin", "produce", "offsets", "abort"]),
    Case(
      name: "a commit that goes on in the background", answers: ["commit": [retriable, retriable]],
      outcomes: [.again(retriable), .again(retriable), .committed], calls: whole + ["commit", "commit"]),
    Case(
      name: "a commit that ends in an abort", answers: ["commit": [abortable]],
      outcomes: [.again(abortable), .committed], calls: whole + ["abort"] + whole),
    Case(
      name: "an abort that goes on in the background", answers: ["offsets": [abortable], "abort": [retriable]],
      outcomes: [.again(retriable), .again(abortable), .committed],
      calls: ["begin", "produce", "offsets", "abort", "abort"] + whole),
    Case(
      name: "shut out before the commit", answers: ["offsets": [fenced]], outcomes: [.fatal(fenced, isInDoubt: false)],
      calls: ["begin", "produce", "offsets"]),
    Case(
      name: "shut out by the commit", answers: ["commit": [fenced]], outcomes: [.fatal(fenced, isInDoubt: true)],
      calls: whole),
    Case(
      name: "what cannot be aborted after a commit may have been committed",
      answers: ["commit": [abortable], "abort": [fenced]], outcomes: [.fatal(fenced, isInDoubt: true)],
      calls: whole + ["abort"]),
  ]

  @Test(arguments: cases) func eachErrorLeadsWhereLibrdkafkaSays(_ example: Case) {
    let script = Script(example.answers)
    var transaction = KafkaTransaction()
    for outcome in example.outcomes { #expect(transaction.advance(script) == outcome) }
    #expect(script.log.withLock { $0 } == example.calls)
  }
}
