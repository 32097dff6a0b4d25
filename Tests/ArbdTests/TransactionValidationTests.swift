import ArbdFramework
import Testing

@testable import ArbdMain

/// What a sink with a `transactional_id` must have around it.
@Suite struct TransactionValidationTests {
  struct Case: CustomTestStringConvertible {
    let name: String
    var source = #"{"type":"kafka","brokers":"a:1, b:2","topics":["p"],"group":"g"}"#
    var sink = ""
    var more = ""
    /// A part of each report, in the order of the file.
    let reports: [String]

    var testDescription: String { name }
    var text: String {
      """
      {"sources":[\(source)],"fees":{"coinbase":{"taker_bps":1},"binance":{"taker_bps":1}},
      "detectors":[{"name":"d","type":"spread","instrument":"BTC-USD","venues":["coinbase","binance"],
      "treat_as_equal":[["USD","USDT"]],"window":{"size":"1s"}}],
      "sinks":[{"type":"kafka","brokers":"b:2,a:1","transactional_id":"w"\(sink)}]\(more)}
      """
    }
  }

  static let cases = [
    Case(name: "all is well", reports: []),
    Case(name: "a filter that remembers nothing", sink: #","filter":{"min_net_bps":1}"#, reports: []),
    Case(
      name: "another cluster", source: #"{"type":"kafka","brokers":"c:1","topics":["p"],"group":"g"}"#,
      reports: ["transactional_id: a transaction is within one cluster, and the source reads from Kafka at c:1"]),
    Case(
      name: "a replay", source: #"{"type":"replay","path":"f.jsonl"}"#,
      reports: [
        #"sources[0]: "transactional_id" needs a "kafka" source, whose offsets go into the transaction; this is "replay""#
      ]),
    Case(
      name: "two sources",
      source: #"{"type":"kafka","brokers":"a:1,b:2","topics":["p"],"group":"g"},{"type":"replay","path":"f.jsonl"}"#,
      reports: ["transactional_id: \"transactional_id\" needs one source alone"]),
    Case(
      name: "a venue",
      source: #"{"type":"binance","instruments":["BTC-USDT"]},{"type":"coinbase","instruments":["BTC-USD"]}"#,
      reports: ["needs one source alone"]),
    Case(
      name: "a state folder", more: #","state":{"path":"s"}"#,
      reports: ["state: a state folder is of no use beside \"transactional_id\""]),
    Case(
      name: "market data", sink: #","records":["alerts","trades"]"#,
      reports: ["records: a sink with \"transactional_id\" takes alerts alone"]),
    Case(
      name: "a cool-down", sink: #","filter":{"cooldown":"1s"}"#,
      reports: ["filter.cooldown: what a cool-down remembers does not survive a restart"]),
    Case(
      name: "giving up", sink: #","retry":{"give_up_after":"1s"}"#,
      reports: ["retry.give_up_after: a sink with \"transactional_id\" cannot give alerts up"]),
    Case(
      name: "going on without it", sink: #","startup":"ignore""#,
      reports: ["startup: the run cannot do without a sink with \"transactional_id\""]),
    Case(
      name: "partial rebalances",
      source: #"""
        {"type":"kafka","brokers":"a:1,b:2","topics":["p"],"group":"g",
        "properties":{"partition.assignment.strategy":"cooperative-sticky"}}
        """#,
      reports: ["sources[0]: with transactions all partitions must be given up at once"]),
    Case(
      name: "the property in place of the option", sink: #","properties":{"transactional.id":"w"}"#,
      reports: ["transactional.id is the option \"transactional_id\""]),
  ]

  @Test(arguments: cases) func whatIsInTheWayIsNamed(_ example: Case) throws {
    let (configuration, diagnostics) = Configuration.load(
      text: Array(example.text.utf8), fileName: "c.json", environment: [:], registry: try BuiltIns.registry())
    let found = diagnostics.all.map { "\($0.path): \($0.message)" }
    #expect((configuration == nil) == !example.reports.isEmpty)
    #expect(found.count == example.reports.count, "\(found)")
    for (report, part) in zip(found, example.reports) { #expect(report.contains(part), "\(report)") }
  }

  @Test func anotherWayOutForAlertsIsRefused() throws {
    let text = Case(name: "", reports: []).text.replacing(
      #""sinks":["#,
      with: #""sinks":[{"type":"console"},{"type":"jsonl","path":"t","records":["trades"]},{"type":"terminal"},"#)
    let (_, diagnostics) = Configuration.load(
      text: Array(text.utf8), fileName: "c.json", environment: [:], registry: try BuiltIns.registry())
    let found = diagnostics.all.map { "\($0.path): \($0.message)" }
    #expect(found == [#"sinks[0]: what this sink does with an alert cannot be in the transaction of sink "kafka""#])
  }
}
