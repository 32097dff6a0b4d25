import Foundation
import KafkaTestSupport
import Testing

/// Ingest, two workers that detect, and deliver, as processes of their own with a mock cluster between them.
///
/// The mock shows at-least-once: every alert arrives, and what arrives twice has the same id and the same content.
@Suite(.serialized, .timeLimit(.minutes(4))) struct TopologyTests {
  private static let bases = ["BTC", "ETH", "SOL", "ADA", "XRP", "DOT"]
  private static let start = 1_700_000_000_000_000
  private static let patience = Duration.seconds(90)

  private let daemon: Daemon
  private let cluster: MockCluster

  init() throws {
    daemon = try Daemon()
    cluster = try #require(MockCluster())
    cluster.create("prices", partitions: 4)
    cluster.create("alerts", partitions: 2)
  }

  @Test func aWorkerThatIsKilledMidWindowLosesNothing() async throws {
    try daemon.file("first.jsonl", Self.prices(seconds: 0..<6))
    try daemon.file("second.jsonl", Self.prices(seconds: 6..<12))
    let workers = try (1...2).map { _ in try daemon.start(["--config", try config("detect", source, alertsToKafka)]) }
    let deliverer = try daemon.start(["--config", try deliver()])
    for worker in workers { try await worker.wait("its partitions") { worker.errorsSoFar.contains("reads prices") } }

    try await ingest("first.jsonl")
    // Windows 0 to 4 fire; those of the sixth second are open.
    try await wait("the first alerts") { try distinctAlerts().count >= 5 * Self.bases.count }
    workers[0].send(SIGKILL)
    try await ingest("second.jsonl")
    try await wait("all alerts") { try distinctAlerts().count >= 11 * Self.bases.count }
    let expected = try await undisturbed(windows: 11)
    #expect(try distinctAlerts() == expected)

    for process in [workers[1], deliverer] {
      process.send(SIGTERM)
      let result = try await process.result()
      #expect(result.status == 0, "\(result.errors)")
    }
    #expect(try distinctAlerts() == expected)
  }

  // MARK: Processes

  private func ingest(_ file: String) async throws {
    let sink = """
      {"type":"kafka","brokers":"\(cluster.bootstrap)","records":["trades"],"topics":{"trades":"prices"}}
      """
    let config = try config("ingest", #"{"type":"replay","path":"\#(file)"}"#, sink, detects: false)
    let result = try await daemon.run("--config", config)
    #expect(result.status == 0, "\(result.errors)")
  }

  private func deliver() throws -> String {
    let source = """
      {"type":"kafka","brokers":"\(cluster.bootstrap)","topics":["alerts"],"group":"deliver","reads":"alerts",
       "from":"earliest"}
      """
    return try config(
      "deliver", source, #"{"type":"jsonl","path":"alerts.jsonl"}"#, detects: false, more: #","state":{"path":"state"}"#
    )
  }

  private var source: String {
    """
    {"type":"kafka","brokers":"\(cluster.bootstrap)","topics":["prices"],"group":"detect","from":"earliest",
     "commit_interval":"200ms","properties":{"session.timeout.ms":"6000","heartbeat.interval.ms":"500"}}
    """
  }

  private var alertsToKafka: String {
    #"{"type":"kafka","brokers":"\#(cluster.bootstrap)","topics":{"alerts":"alerts"}}"#
  }

  /// Writes a config and gives its name.
  private func config(
    _ name: String, _ source: String, _ sink: String, detects: Bool = true, more: String = ""
  ) throws -> String {
    let detectors = Self.bases.map { base in
      """
      {"name":"\(base)","type":"spread","instrument":"\(base)-USD","venues":["coinbase","binance"],
       "treat_as_equal":[["USD","USDT"]],"window":{"size":"1s","out_of_orderness":"500ms"}}
      """
    }
    let list = detects ? detectors.joined(separator: ",") : ""
    try daemon.file(
      "\(name).json", #"{"sources":[\#(source)],"detectors":[\#(list)],"sinks":[\#(sink)]\#(more)}"#)
    return "\(name).json"
  }

  // MARK: Alerts

  /// What one process finds in all records, without the windows that only the end of the input closes.
  private func undisturbed(windows: Int) async throws -> Set<String> {
    let lines = try daemon.lines("first.jsonl") + daemon.lines("second.jsonl")
    try daemon.file("whole.jsonl", lines.joined(separator: "\n"))
    try? FileManager.default.removeItem(atPath: daemon.path("whole-alerts.jsonl"))
    let config = try config(
      "whole", #"{"type":"replay","path":"whole.jsonl"}"#, #"{"type":"jsonl","path":"whole-alerts.jsonl"}"#)
    let result = try await daemon.run("--config", config)
    #expect(result.status == 0, "\(result.errors)")
    return Set(try daemon.lines("whole-alerts.jsonl").filter { Self.window($0) < windows }.map(Self.withoutClock))
  }

  private func distinctAlerts() throws -> Set<String> {
    guard FileManager.default.fileExists(atPath: daemon.path("alerts.jsonl")) else { return [] }
    return Set(try daemon.lines("alerts.jsonl").map(Self.withoutClock))
  }

  /// The clock is that of a worker's own partitions.
  private static func withoutClock(_ line: String) -> String { line.components(separatedBy: ",\"detected_at_us\"")[0] }

  private static func window(_ line: String) -> Int {
    let text = line.components(separatedBy: "\"window_start_us\":").last?.prefix { $0.isNumber } ?? ""
    return ((Int(text) ?? 0) - start) / 1_000_000
  }

  private static func prices(seconds: Range<Int>) -> String {
    (seconds.lowerBound * 10..<seconds.upperBound * 10).flatMap { tenth in
      bases.map { base in
        let isDear = !tenth.isMultiple(of: 2)
        let market =
          isDear ? "\"coinbase\",\"instrument\":\"\(base)-USD\"" : "\"binance\",\"instrument\":\"\(base)-USDT\""
        let time = start + tenth * 100_000
        return "{\"venue\":\(market),\"price\":\"\(1_000 + tenth % 7 + (isDear ? 50 : 0)).5\",\"size\":\"1\","
          + "\"side\":\"buy\",\"trade_id\":\"\(tenth)\",\"event_time_us\":\(time),\"receive_time_us\":\(time + 20_000)}\n"
      }
    }.joined()
  }

  private func wait(_ what: String, until isTrue: () throws -> Bool) async throws {
    let deadline = ContinuousClock.now + Self.patience
    while try !isTrue() {
      guard ContinuousClock.now < deadline else {
        Issue.record("waited \(Self.patience) for \(what)")
        throw CancellationError()
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }
}
