import ArbdAdapters
import ArbdKafka
import ArbdSinks
import Foundation
import KafkaTestSupport
import Logging
import Synchronization
import Testing

@testable import ArbdFramework

/// Brokers with a topic of prices and one of alerts, and workers of one group that detect in it.
struct KafkaTrial {
  /// A whole second, in microseconds.
  static let start: Int64 = 1_700_000_000_000_000

  let brokers: any KafkaBrokers
  /// Nil where they are real.
  private let mock: MockCluster?
  let topics: (prices: String, alerts: String)
  let group: String
  private let producer: KafkaProducer
  private let partitions: Int32
  private let logger = Logger(label: "tests") {
    ProcessInfo.processInfo.environment["ARBD_TEST_LOG"] == nil
      ? SwiftLogNoOpLogHandler() as any LogHandler : StreamLogHandler.standardError(label: $0)
  }

  init(partitions: Int32, brokers: Int32 = 1) throws {
    try self.init(partitions, on: try #require(MockCluster(brokers: brokers)))
  }

  /// On the brokers that the environment names.
  init(real partitions: Int32) throws { try self.init(partitions, on: try #require(RealCluster())) }

  init(_ partitions: Int32, on brokers: any KafkaBrokers) throws {
    self.brokers = brokers
    mock = brokers as? MockCluster
    topics = (
      try brokers.makeTopic("prices", partitions: partitions), try brokers.makeTopic("alerts", partitions: 1)
    )
    group = brokers.makeGroup("workers")
    self.partitions = partitions
    producer = try KafkaProducer(
      KafkaConfiguration(
        .producer, brokers: brokers.bootstrap, properties: [:],
        defaults: ["linger.ms": "0", "partitioner": "murmur2_random", "reconnect.backoff.max.ms": "200"],
        fixed: ["enable.idempotence": "true", "acks": "all"]), topics: [topics.prices, topics.alerts], logger: logger)
  }

  private var bootstrap: String { brokers.bootstrap }

  /// Trades of two venues, one every 100 ms by turns; the second venue is 50 dearer.
  static func prices(_ base: String = "BTC", seconds: Range<Int>) -> [String] {
    (seconds.lowerBound * 10..<seconds.upperBound * 10).map { tenth in
      let isDear = !tenth.isMultiple(of: 2)
      let time = start + Int64(tenth) * 100_000
      let market =
        isDear ? "\"coinbase\",\"instrument\":\"\(base)-USD\"" : "\"binance\",\"instrument\":\"\(base)-USDT\""
      return "{\"venue\":\(market),\"price\":\"\(1_000 + tenth % 7 + (isDear ? 50 : 0)).5\",\"size\":\"1\","
        + "\"side\":\"buy\",\"trade_id\":\"\(tenth)\",\"event_time_us\":\(time),\"receive_time_us\":\(time + 20_000)}"
    }
  }

  /// What is said of the topic of prices; nil: that all is well.
  func setTopic(_ answer: MockCluster.Answer?) { mock?.set(answer ?? .none, of: topics.prices) }

  func consumer() throws -> KafkaConsumer {
    try KafkaConsumer(
      KafkaConfiguration(
        .consumer, brokers: bootstrap, properties: [:], fixed: ["group.id": group, "enable.auto.commit": "false"]),
      logger: logger)
  }

  func setDown() { mock?.setDown() }
  func setUp() { mock?.setUp() }
  func refuse(_ request: MockCluster.Request, _ answers: MockCluster.Answer...) {
    for answer in answers { mock?.refuse(request, answer) }
  }
  func moveCoordinator(to broker: Int32) { mock?.moveCoordinator(of: group, to: broker) }

  /// kcat writes the lines, and nothing else of ours.
  func produceByKcat(_ lines: [String]) throws {
    _ = try Kcat.run(["-P", "-b", bootstrap, "-t", topics.prices, "-p", "0"], input: lines.joined(separator: "\n"))
  }

  static func withoutClock(_ line: String) -> String { line.components(separatedBy: ",\"detected_at_us\"")[0] }

  /// By base where there is one.
  func produce(_ lines: [String], to topic: String = "prices") throws {
    let records = lines.map { line in
      let base = line.components(separatedBy: "\"instrument\":\"").last?.prefix { $0 != "-" } ?? ""
      return (key: String(base), value: line)
    }
    try #require(producer.send(records, topic: topic == "prices" ? 0 : 1).allSatisfy { $0 == nil })
  }

  /// Up to which offsets the workers have read, of all partitions together, as far as they have committed it.
  func committedReadUntil() -> Int {
    let positions = (try? committed()) ?? []
    return positions.map { position in
      let text = String(decoding: position.metadata, as: UTF8.self).components(separatedBy: "\"read_until\":")
      return text.last.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
    }.reduce(0, +)
  }

  func committed(of topic: String = "prices") throws -> [KafkaPosition] {
    let consumer = try consumer()
    let partitions = (0..<(topic == "prices" ? partitions : 1)).map {
      KafkaPartition(topic: topic == "prices" ? topics.prices : topics.alerts, number: $0)
    }
    return try consumer.committed(partitions, within: .seconds(10))
  }

  /// Starts a run with a detector for each base, over windows of a second.
  func worker(
    bases: [String] = ["BTC"], reads: KafkaRecords = .prices, isSinkDown: Bool = false,
    timeout: Duration = .seconds(10), startup: KafkaSourceOptions.Startup = .retry, transactions id: String? = nil,
    queue: Int? = nil,
    properties: [String: String] = [:]
  ) throws -> Worker {
    var options = KafkaSourceOptions()
    options.connection.brokers = bootstrap
    options.connection.timeout = timeout
    options.connection.properties = [
      "reconnect.backoff.max.ms": Secret("200"), "session.timeout.ms": Secret("6000"),
      "heartbeat.interval.ms": Secret("300"), "fetch.wait.max.ms": Secret("50"),
      "topic.metadata.refresh.interval.ms": Secret("500"),
    ]
    options.connection.properties.merge(properties.mapValues { Secret($0) }) { $1 }
    options.topics = [reads == .prices ? topics.prices : topics.alerts]
    options.group = group
    options.reads = reads
    options.from = .earliest
    options.commitInterval = .milliseconds(100)
    options.startup = startup
    let markets = MarketTable()
    let context = PluginContext(logger: logger, name: "kafka", markets: markets)
    let source = try KafkaSource(options: options, context: context)
    let detectors = detectors(bases, markets)
    let sink = GatedSink(isDown: isSinkDown)
    var retrying = SinkOptions()
    retrying.retry.first = .milliseconds(20)
    retrying.retry.longest = .milliseconds(40)
    if let queue { retrying.queue.capacity = queue }
    let output: any Sink = try id.map { try alertSink(transactions: $0, context) } ?? sink
    let run = Run(
      inputs: [Run.Input(name: "kafka", source: source)], detectors: detectors,
      fees: FeeSchedule(takerBasisPoints: [:]),
      outputs: [Run.Output(name: "alerts", options: retrying, sink: output)], markets: markets, logger: logger)
    return Worker(run, source, sink)
  }

  /// A detector for each base, over windows of a second.
  private func detectors(_ bases: [String], _ markets: MarketTable) -> [any Detector] {
    bases.map { base in
      var options = SpreadOptions()
      options.instrument = Instrument(base: base, quote: "USD")
      options.venues = ["coinbase", "binance"]
      options.treatAsEqual = [["USD", "USDT"]]
      options.window.size = .seconds(1)
      options.window.outOfOrderness = .milliseconds(500)
      return SpreadDetector(options: options, context: PluginContext(logger: logger, name: base, markets: markets))
    }
  }

  /// What one process finds in the prices of so many seconds, without any broker; all windows but the last.
  func undisturbed(_ bases: [String], seconds: Int) async -> [String] {
    let lines = bases.map { KafkaTrial.prices($0, seconds: 0..<seconds) }.interleaved()
    let (markets, sink) = (MarketTable(), GatedSink(isDown: false))
    let run = Run(
      inputs: [Run.Input(name: "lines", source: LineSource(lines))], detectors: detectors(bases, markets),
      fees: FeeSchedule(takerBasisPoints: [:]),
      outputs: [Run.Output(name: "alerts", options: SinkOptions(), sink: sink)], markets: markets, logger: logger)
    _ = await run.execute()
    return sink.lines.filter { KafkaTrial.window($0).map { $0 < seconds - 1 } ?? false }
  }

  /// The second at which the window of an alert begins.
  static func window(_ line: String) -> Int? {
    let text = line.components(separatedBy: "\"window_start_us\":").last?.prefix { $0.isNumber || $0 == "-" } ?? ""
    return Int64(text).map { Int(($0 - start) / 1_000_000) }
  }

  private func alertSink(transactions id: String, _ context: PluginContext) throws -> KafkaSink {
    var options = KafkaSinkOptions()
    options.connection.brokers = bootstrap
    options.connection.properties = ["reconnect.backoff.max.ms": Secret("200")]
    (options.topics.alerts, options.topics.trades, options.topics.quotes) = (
      topics.alerts, topics.alerts, topics.alerts
    )
    // Unique as the group is.
    let transactionalID = "\(group)-\(id)"
    options.transactionalID = transactionalID
    mock?.coordinate(group: group, transactions: transactionalID)
    return try KafkaSink(options: options, context: context)
  }

  /// What is in the topic of alerts, for who reads what is committed alone.
  func alerts(_ count: Int, seconds: Int32 = 10) throws -> [String] {
    try #require(TopicReader(bootstrap, topics.alerts, partitions: 1)).read(count, seconds: seconds).map(\.value)
  }

  /// So many alerts are in the topic, or a minute is over; gives all there are.
  func waitForAlerts(_ count: Int) async throws -> [String] {
    let reader = try #require(TopicReader(bootstrap, topics.alerts, partitions: 1))
    var lines: [String] = []
    let deadline = ContinuousClock.now + .seconds(60)
    while Set(lines.map(KafkaTrial.withoutClock)).count < count, ContinuousClock.now < deadline {
      lines += reader.read(1_000, seconds: 1).map(\.value)
      await Task.yield()
    }
    return lines
  }

  /// Until the condition holds, or a minute is over.
  static func wait(_ condition: () -> Bool) async {
    let deadline = ContinuousClock.now + .seconds(60)
    while !condition(), ContinuousClock.now < deadline { try? await Task.sleep(for: .milliseconds(20)) }
    #expect(condition())
  }

  final class Worker: Sendable {
    private let run: Run
    private let source: KafkaSource
    private let sink: GatedSink
    private let ending: Task<RunSummary, Never>

    init(_ run: Run, _ source: KafkaSource, _ sink: GatedSink) {
      self.run = run
      self.source = source
      self.sink = sink
      ending = Task { await run.execute() }
    }

    var lines: [String] { sink.lines }

    func wait(for count: Int) async { await KafkaTrial.wait { sink.lines.count >= count } }
    func waitForAttempts(_ count: Int) async { await KafkaTrial.wait { sink.attempts >= count } }

    func waitForPartitions() async {
      await KafkaTrial.wait { source.figures.contains { $0.name == "kafka_partitions" && $0.value > 0 } }
    }

    /// Why the source brings nothing.
    var fault: String? { source.fault }
    var isRunning: Bool { !source.figures.isEmpty }
    var partitions: Int { source.figures.first { $0.name == "kafka_partitions" }.map { Int($0.value) } ?? 0 }
    func inspect() throws -> String? { try source.inspect() }

    func setSinkUp() { sink.setUp() }

    func stop(atOnce: Bool = true) async -> RunSummary {
      if atOnce { run.stop() }
      return await ending.value
    }

    /// The windows of a base that had an alert, by the seconds at which they begin.
    func windows(_ base: String) -> [Int] {
      lines.filter { $0.contains("\"detector\":\"\(base)\"") }.compactMap(KafkaTrial.window)
    }
  }
}

/// Keeps alerts as lines; refuses them while it is down.
final class GatedSink: Sink {
  struct Options: PluginOptions {
    static let fields: [OptionField<Self>] = []
  }

  static let name = "gated"
  static let summary = "Keeps alerts for a test."
  static let accepts: Set<Record.Kind> = [.alert]

  private let state: Mutex<(isDown: Bool, attempts: Int, lines: [String])>

  init(options: Options, context: PluginContext) { state = Mutex((false, 0, [])) }
  init(isDown: Bool) { state = Mutex((isDown, 0, [])) }

  var lines: [String] { state.withLock { $0.lines } }
  var attempts: Int { state.withLock { $0.attempts } }
  func setUp() { state.withLock { $0.isDown = false } }

  func connect() async throws(DeliveryError) {}

  func deliver(_ batch: [Record]) async throws(DeliveryError) {
    let lines = batch.compactMap { record -> String? in
      guard case .alert(let alert) = record else { return nil }
      var line: [UInt8] = []
      line.append(alert: alert)
      return String(decoding: line, as: UTF8.self)
    }
    let isDown = state.withLock { state in
      state.attempts += 1
      if !state.isDown { state.lines += lines }
      return state.isDown
    }
    if isDown { throw DeliveryError("down", verdict: .retry()) }
  }

  func close() async {}
}

extension [[String]] {
  /// One of each by turns.
  func interleaved() -> [String] {
    (0..<(map(\.count).max() ?? 0)).flatMap { place in compactMap { place < $0.count ? $0[place] : nil } }
  }
}

/// Brings records from lines.
struct LineSource: Source {
  struct Options: PluginOptions {
    static let fields: [OptionField<Self>] = []
  }

  static let name = "lines"
  static let summary = "Brings the lines of a test."

  private let lines: [String]

  init(options: Options, context: PluginContext) { lines = [] }
  init(_ lines: [String]) { self.lines = lines }

  var provides: [ProvidedMarket]? { nil }
  var pace: InputLog.Pace { .maximum }
  func open() {}

  func run(_ log: InputLog.Writer) throws {
    var decoder = RecordDecoder(markets: log.markets)
    var batch = InputBatch()
    for line in lines { batch.append(.record(try decoder.decode(Array(line.utf8).span.bytes))) }
    _ = try log.append(batch)
  }
}
