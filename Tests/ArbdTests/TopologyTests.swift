import Foundation
import KafkaTestSupport
import Testing

/// Ingest, two workers that detect, and deliver, as processes of their own with brokers between them.
struct Topology {
  private static let bases = ["BTC", "ETH", "SOL", "ADA", "XRP", "DOT"]
  private static let start = 1_700_000_000_000_000
  private static let patience = Duration.seconds(90)

  private let daemon: Daemon
  private let brokers: any KafkaBrokers
  /// Alerts and offsets go in one transaction.
  private let isTransactional: Bool
  private let topics: (prices: String, alerts: String)
  private let groups: (detect: String, deliver: String)

  init(_ brokers: any KafkaBrokers, transactions: Bool) throws {
    daemon = try Daemon()
    self.brokers = brokers
    isTransactional = transactions
    topics = (try brokers.makeTopic("prices", partitions: 4), try brokers.makeTopic("alerts", partitions: 2))
    groups = (brokers.makeGroup("detect"), brokers.makeGroup("deliver"))
  }

  /// One worker is killed while it has open windows and, where it can be, alerts that are not committed. What arrives is
  /// what one process finds; with transactions on real brokers each alert is in the topic once, and arrives once.
  func aWorkerIsKilledMidWindow() async throws {
    try daemon.file("first.jsonl", Self.prices(seconds: 0..<6))
    try daemon.file("second.jsonl", Self.prices(seconds: 6..<12))
    let workers = try (1...2).map { number in
      try daemon.start(["--config", try config("detect-\(number)", source, alertsToKafka(worker: number))])
    }
    let deliverer = try daemon.start(["--config", try deliver()])
    for worker in workers {
      try await wait("its partitions: \(worker.errorsSoFar)") { worker.errorsSoFar.contains("reads \(topics.prices)") }
    }

    try await ingest("first.jsonl")
    // Windows 0 to 4 fire; those of the sixth second are open.
    try await wait("the first alerts") { try distinctAlerts().count >= 5 * Self.bases.count }
    workers[0].send(SIGKILL)
    try await ingest("second.jsonl")
    try await wait("all alerts") { try distinctAlerts().count >= 11 * Self.bases.count }
    let expected = try await undisturbed(windows: 11)
    #expect(try distinctAlerts() == Set(expected))

    for process in [workers[1], deliverer] {
      process.send(SIGTERM)
      let result = try await process.result()
      #expect(result.status == 0, "\(result.errors)")
    }
    #expect(try distinctAlerts() == Set(expected))
    guard isTransactional, brokers.isReal else { return }
    let reader = try #require(TopicReader(brokers.bootstrap, topics.alerts, partitions: 2))
    let written = reader.read(expected.count + 1, seconds: 10).map { Self.withoutClock($0.value) }
    #expect(written.sorted() == expected.sorted())
    #expect(try daemon.lines("alerts.jsonl").map(Self.withoutClock).sorted() == expected.sorted())
  }

  /// A lone worker is killed over and over in the middle of its work, and begun again.
  func aLoneWorkerIsKilledOverAndOver() async throws {
    let expected = try await {
      try daemon.file("first.jsonl", Self.prices(seconds: 0..<12))
      try daemon.file("second.jsonl", "")
      return try await undisturbed(windows: 11)
    }()
    for second in stride(from: 0, to: 12, by: 2) {
      let file = "part-\(second).jsonl"
      try daemon.file(file, Self.prices(seconds: second..<second + 2))
      let worker = try daemon.start(["--config", try config("detect", source, alertsToKafka(worker: 1))])
      try await ingest(file)
      // Two kills in three come as soon as it has partitions: in the middle of a transaction, or before the first.
      if second % 6 == 4 {
        try await wait("alerts of second \(second)") {
          try committedAlerts().count >= (second + 1) * Self.bases.count
        }
      } else {
        try await wait("its partitions") { worker.errorsSoFar.contains("reads \(topics.prices)") }
      }
      worker.send(SIGKILL)
      _ = try? await worker.result()
    }
    let last = try daemon.start(["--config", try config("detect", source, alertsToKafka(worker: 1))])
    try await wait("all alerts") { try Set(committedAlerts()).count >= expected.count }
    last.send(SIGTERM)
    let result = try await last.result()
    #expect(result.status == 0, "\(result.errors)")
    let written = try committedAlerts()
    if isTransactional, brokers.isReal {
      #expect(written.sorted() == expected.sorted())
    } else {
      #expect(Set(written) == Set(expected))
    }
  }

  /// What is in the topic for who reads committed records alone.
  private func committedAlerts() throws -> [String] {
    let reader = try #require(TopicReader(brokers.bootstrap, topics.alerts, partitions: 2))
    return reader.read(10_000, seconds: 2).map { Self.withoutClock($0.value) }
  }

  // MARK: Processes

  private func ingest(_ file: String) async throws {
    let sink = """
      {"type":"kafka","brokers":"\(brokers.bootstrap)","records":["trades"],"topics":{"trades":"\(topics.prices)"}}
      """
    let config = try config("ingest", #"{"type":"replay","path":"\#(file)"}"#, sink, detects: false)
    let result = try await daemon.run("--config", config)
    #expect(result.status == 0, "\(result.errors)")
  }

  private func deliver() throws -> String {
    let source = """
      {"type":"kafka","brokers":"\(brokers.bootstrap)","topics":["\(topics.alerts)"],"group":"\(groups.deliver)","reads":"alerts",
       "from":"earliest"}
      """
    return try config(
      "deliver", source, #"{"type":"jsonl","path":"alerts.jsonl"}"#, detects: false, more: #","state":{"path":"state"}"#
    )
  }

  private var source: String {
    """
    {"type":"kafka","brokers":"\(brokers.bootstrap)","topics":["\(topics.prices)"],"group":"\(groups.detect)","from":"earliest",
     "commit_interval":"200ms","properties":{"session.timeout.ms":"6000","heartbeat.interval.ms":"500"}}
    """
  }

  private func alertsToKafka(worker: Int) -> String {
    let transactions = isTransactional ? ",\"transactional_id\":\"\(groups.detect)-\(worker)\"" : ""
    return """
      {"type":"kafka","brokers":"\(brokers.bootstrap)","topics":{"alerts":"\(topics.alerts)"}\(transactions)}
      """
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
  private func undisturbed(windows: Int) async throws -> [String] {
    let lines = try daemon.lines("first.jsonl") + daemon.lines("second.jsonl")
    try daemon.file("whole.jsonl", lines.joined(separator: "\n"))
    try? FileManager.default.removeItem(atPath: daemon.path("whole-alerts.jsonl"))
    let config = try config(
      "whole", #"{"type":"replay","path":"whole.jsonl"}"#, #"{"type":"jsonl","path":"whole-alerts.jsonl"}"#)
    let result = try await daemon.run("--config", config)
    #expect(result.status == 0, "\(result.errors)")
    return try daemon.lines("whole-alerts.jsonl").filter { Self.window($0) < windows }.map(Self.withoutClock)
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

/// The mock shows at-least-once: every alert arrives, and what arrives twice has the same id and the same content.
@Suite(.serialized, .timeLimit(.minutes(5))) struct TopologyTests {
  @Test(arguments: [false, true]) func aWorkerThatIsKilledMidWindowLosesNothing(transactions: Bool) async throws {
    try await Topology(try #require(MockCluster()), transactions: transactions).aWorkerIsKilledMidWindow()
  }

  @Test func aLoneWorkerThatIsKilledOverAndOverLosesNothing() async throws {
    try await Topology(try #require(MockCluster()), transactions: true).aLoneWorkerIsKilledOverAndOver()
  }
}

/// Real brokers show exactly-once, from the topic of prices to that of alerts.
///
///     ARBD_KAFKA_BROKERS=localhost:9092 swift test --filter TopologyBrokerTests
@Suite(.enabled(if: RealCluster.isNamed, "\(RealCluster.reason)"), .serialized, .timeLimit(.minutes(10)))
struct TopologyBrokerTests {
  @Test func withoutTransactionsAKilledWorkerLosesNothing() async throws {
    try await Topology(try #require(RealCluster()), transactions: false).aWorkerIsKilledMidWindow()
  }

  @Test func withTransactionsAKilledWorkerLosesAndRepeatsNothing() async throws {
    try await Topology(try #require(RealCluster()), transactions: true).aWorkerIsKilledMidWindow()
  }

  @Test func aLoneWorkerThatIsKilledOverAndOverLosesAndRepeatsNothing() async throws {
    try await Topology(try #require(RealCluster()), transactions: true).aLoneWorkerIsKilledOverAndOver()
  }
}
