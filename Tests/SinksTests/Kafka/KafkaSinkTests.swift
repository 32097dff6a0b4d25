import ArbdFramework
import ArbdKafka
import KafkaTestSupport
import Logging
import Testing

@testable import ArbdSinks

@Suite struct KafkaSinkTests {
  private func sink(
    _ brokers: String, key: RecordKey = .base, _ properties: [String: String] = [:]
  ) throws -> KafkaSink {
    var options = KafkaSinkOptions()
    options.connection.brokers = brokers
    options.connection.timeout = .seconds(5)
    options.connection.properties = properties.mapValues { Secret($0) }
    options.key = key
    return try KafkaSink(options: options, context: Sample.context("kafka"))
  }

  private func failure(of sink: KafkaSink, _ batch: [Record]) async -> DeliveryError? {
    do throws(DeliveryError) {
      try await sink.deliver(batch)
      return nil
    } catch {
      return error
    }
  }

  /// Too much for a client that takes 1,000 bytes.
  private static let long = Alert(
    detector: String(repeating: "x", count: 2_000), type: "spread", windowStart: Timestamp(microseconds: 0),
    windowEnd: Timestamp(microseconds: 1), legs: Sample.spread().legs, spread: 1, grossBasisPoints: 1,
    netBasisPoints: 1, detectedAt: Timestamp(microseconds: 2))

  @Test func recordsAreWrittenAsTheFormatsSay() async throws {
    let cluster = try #require(MockCluster())
    let sink = try sink(cluster.bootstrap)
    try await sink.connect()
    try await sink.deliver([Sample.trade(7), Sample.quote, .alert(Sample.spread())])
    await sink.close()
    let prices = try #require(TopicReader(cluster.bootstrap, "crypto-prices")?.read(2))
    #expect(prices.map(\.value) == [Sample.tradeLine(7), Sample.quoteLine])
    #expect(prices.map(\.key) == ["BTC", "BTC"])
    let alerts = try #require(TopicReader(cluster.bootstrap, "arbitrage-alerts")?.read(1))
    var expected: [UInt8] = []
    expected.append(alert: Sample.spread())
    #expect(alerts.map(\.value) == [String(decoding: expected, as: UTF8.self)])
    #expect(alerts.map(\.key) == ["btc"])
  }

  @Test func batchesThatAreOnTheirWayTogetherStayInOrder() async throws {
    let cluster = try #require(MockCluster())
    cluster.create("crypto-prices", partitions: 1)
    let sink = try sink(cluster.bootstrap)
    try await sink.connect()
    for batch in 0..<10 { try await sink.begin((0..<100).map { Sample.trade(UInt64(batch * 100 + $0)) }) }
    for batch in 0..<10 { try await sink.finishFirst(hurrying: batch == 9) }
    await sink.close()
    let values = try #require(TopicReader(cluster.bootstrap, "crypto-prices")?.read(1_000)).map(\.value)
    #expect(values == (0..<1_000).map { Sample.tradeLine(UInt64($0)) })
  }

  @Test func ofBatchesOnTheirWayOnlyTheOneThatFailsIsToldSo() async throws {
    let cluster = try #require(MockCluster())
    let sink = try sink(cluster.bootstrap, ["message.max.bytes": "1000"])
    try await sink.connect()
    for batch in [[Sample.trade(1)], [Sample.trade(2), .alert(Self.long)], [Sample.trade(3)]] {
      try await sink.begin(batch)
    }
    var failures: [DeliveryError?] = []
    for _ in 0..<3 { failures.append(await failureOfFirst(of: sink)) }
    #expect(failures.map { $0?.verdict } == [nil, .retry(), nil])
    #expect(failures[1]?.delivered == [0])
    // Alone, it is known to be the one.
    #expect(await failure(of: sink, [.alert(Self.long)])?.verdict == .reject([0]))
    #expect(await failureOfFirst(of: sink)?.reason == "nothing is on its way")
    await sink.close()
  }

  private func failureOfFirst(of sink: KafkaSink) async -> DeliveryError? {
    do throws(DeliveryError) {
      try await sink.finishFirst(hurrying: true)
      return nil
    } catch {
      return error
    }
  }

  /// Two batches go out in one request, and the broker does not say for the sake of which record it refuses that.
  @Test func whatIsRefusedTogetherIsNobodysFault() async throws {
    let cluster = try #require(MockCluster())
    cluster.create("crypto-prices", partitions: 1)
    let sink = try sink(cluster.bootstrap, ["linger.ms": "100"])
    try await sink.connect()
    try await sink.deliver([Sample.trade(0)])
    cluster.refuse(.produce, .tooLarge)
    for number in 1...2 { try await sink.begin([Sample.trade(UInt64(number))]) }
    let failures = [await failureOfFirst(of: sink), await failureOfFirst(of: sink)]
    #expect(failures.map { $0?.verdict } == [.retry(), .retry()])
    for number in 1...2 { try await sink.deliver([Sample.trade(UInt64(number))]) }
    await sink.close()
    let values = try #require(TopicReader(cluster.bootstrap, "crypto-prices", partitions: 1)).read(3).map(\.value)
    #expect(values == [0, 1, 2].map { Sample.tradeLine($0) })
  }

  @Test func withoutABrokerConnectingFailsAndLaterSucceeds() async throws {
    let cluster = try #require(MockCluster())
    var options = KafkaSinkOptions()
    options.connection.brokers = cluster.bootstrap
    options.connection.timeout = .milliseconds(500)
    options.connection.properties = ["reconnect.backoff.max.ms": Secret("100")]
    let sink = try KafkaSink(options: options, context: Sample.context("kafka"))
    cluster.setDown()
    do throws(DeliveryError) {
      try await sink.connect()
      Issue.record("connected to nothing")
    } catch {
      #expect(error.verdict == .reconnect)
      #expect(error.reason.contains("refused"), "\(error.reason)")
    }
    cluster.setUp()
    try await sink.connect()
    try await sink.deliver([Sample.trade(1)])
    await sink.close()
  }

  @Test func aBrokerThatVanishesIsTriedAgainAndNothingIsLost() async throws {
    let cluster = try #require(MockCluster())
    let sink = try sink(
      cluster.bootstrap, ["message.timeout.ms": "400", "reconnect.backoff.max.ms": "100"])
    try await sink.connect()
    try await sink.deliver([Sample.trade(1)])
    cluster.setDown()
    let failure = await failure(of: sink, [Sample.trade(2), Sample.trade(3)])
    #expect(failure?.verdict == .retry())
    #expect(failure?.delivered == [])
    cluster.setUp()
    try await sink.deliver([Sample.trade(2), Sample.trade(3)])
    await sink.close()
    let values = try #require(TopicReader(cluster.bootstrap, "crypto-prices")?.read(3)).map(\.value)
    #expect(values == [1, 2, 3].map { Sample.tradeLine($0) })
  }

  @Test func aRecordThatIsTooLargeIsRejectedAndTheOthersArrive() async throws {
    let cluster = try #require(MockCluster())
    let sink = try sink(cluster.bootstrap, ["message.max.bytes": "1000"])
    try await sink.connect()
    let failure = await failure(of: sink, [Sample.trade(1), .alert(Self.long), Sample.trade(2)])
    #expect(failure?.verdict == .reject([1]))
    #expect(failure?.delivered == [0, 2])
    await sink.close()
  }

  @Test func whenABrokerRefusesABatchForItsSizeTheRecordsAreSentAlone() async throws {
    let cluster = try #require(MockCluster())
    cluster.create("crypto-prices", partitions: 1)
    let sink = try sink(cluster.bootstrap)
    try await sink.connect()
    cluster.refuse(.produce, .tooLarge)
    let failure = await failure(of: sink, (0..<8).map { Sample.trade($0) })
    #expect(failure == nil)
    await sink.close()
    let values = try #require(TopicReader(cluster.bootstrap, "crypto-prices")?.read(8)).map(\.value)
    #expect(Set(values) == Set((0..<8).map { Sample.tradeLine($0) }))
  }

  @Test(arguments: [MockCluster.Answer.topicNotAuthorised, .unknownTopic])
  func aTopicThatIsRefusedRejectsItsRecordsAlone(answer: MockCluster.Answer) async throws {
    let cluster = try #require(MockCluster())
    cluster.create("arbitrage-alerts", partitions: 1)
    cluster.create("crypto-prices", partitions: 1)
    cluster.set(answer, of: "crypto-prices")
    let sink = try sink(
      cluster.bootstrap, ["topic.metadata.propagation.max.ms": "100", "message.timeout.ms": "2000"])
    try await sink.connect()
    let failure = await failure(of: sink, [.alert(Sample.spread()), Sample.trade(1)])
    #expect(failure?.verdict == .reject([1]), "\(String(describing: failure))")
    #expect(failure?.delivered == [0])
    await sink.close()
  }

  @Test func answersThatPassAreRepeatedByTheClient() async throws {
    let cluster = try #require(MockCluster())
    let sink = try sink(cluster.bootstrap, ["retry.backoff.ms": "10"])
    try await sink.connect()
    cluster.refuse(.produce, .notLeader, .timedOut, .notLeader)
    try await sink.deliver([Sample.trade(1), Sample.trade(2)])
    await sink.close()
    let values = try #require(TopicReader(cluster.bootstrap, "crypto-prices")?.read(2)).map(\.value)
    #expect(values == [1, 2].map { Sample.tradeLine($0) })
  }

  @Test func aSecretIsInNoMessage() async throws {
    let cluster = try #require(MockCluster())
    cluster.setDown()
    var options = KafkaSinkOptions()
    options.connection.brokers = cluster.bootstrap
    options.connection.timeout = .milliseconds(300)
    options.connection.properties = [
      "security.protocol": Secret("SASL_PLAINTEXT"), "sasl.mechanism": Secret("PLAIN"),
      "sasl.username": Secret("hunter1"), "sasl.password": Secret("hunter2"),
    ]
    #expect(!"\(options.encoded)".contains("hunter"))
    let sink = try KafkaSink(options: options, context: Sample.context("kafka"))
    do throws(DeliveryError) {
      try await sink.connect()
      Issue.record("connected to nothing")
    } catch {
      #expect(!error.reason.contains("hunter"))
    }
  }
}

@Suite struct KafkaDeliveryTests {
  private let tooLarge = KafkaError(code: 10, reason: "too large")
  private let unknownTopic = KafkaError(code: 3, reason: "unknown topic")
  private let timedOut = KafkaError(code: -192, reason: "timed out")

  /// Answers each attempt: a batch that holds a bad place is refused as a whole.
  private func outcome(of count: Int, bad: Set<Int>) -> (error: DeliveryError?, attempts: Int) {
    var delivery = KafkaDelivery(Array(0..<count))
    var attempts = 0
    while let places = delivery.next() {
      attempts += 1
      delivery.answered(places, places.map { _ in bad.isDisjoint(with: places) ? nil : tooLarge })
    }
    return (delivery.error(lastFault: nil), attempts)
  }

  @Test(arguments: [[], [0], [7], [3, 4], [0, 1, 2, 3, 4, 5, 6, 7]] as [Set<Int>])
  func onlyWhatIsBadIsRejected(bad: Set<Int>) {
    let (error, attempts) = outcome(of: 8, bad: bad)
    #expect(error?.verdict == (bad.isEmpty ? nil : .reject(bad)))
    #expect(error.map { $0.delivered.union(bad) == Set(0..<8) } ?? bad.isEmpty)
    #expect(attempts <= 15)
  }

  @Test func whatIsRefusedGoesFirstAndTheRestIsTriedAgain() {
    var delivery = KafkaDelivery([0, 1, 2])
    _ = delivery.next()
    delivery.answered([0, 1, 2], [nil, unknownTopic, timedOut])
    #expect(delivery.next() == nil)
    let error = delivery.error(lastFault: nil)
    #expect(error?.verdict == .reject([1]))
    #expect(error?.delivered == [0])
  }

  @Test func aFatalErrorAsksForANewProducer() {
    var delivery = KafkaDelivery([0, 1])
    _ = delivery.next()
    delivery.answered([0, 1], [nil, KafkaError(code: -150, reason: "out of order", isFatal: true)])
    #expect(delivery.error(lastFault: nil)?.verdict == .reconnect)
    #expect(delivery.error(lastFault: nil)?.delivered == [0])
  }

  @Test func anOutageSaysWhatTheConnectionSaid() {
    var delivery = KafkaDelivery([0])
    _ = delivery.next()
    delivery.answered([0], [timedOut])
    let error = delivery.error(lastFault: "connection refused")
    #expect(error?.verdict == .retry())
    #expect(error?.reason == "not acknowledged: timed out (connection refused)")
  }
}
