import ArbdFramework
import ArbdKafka
import KafkaTestSupport
import Logging
import Testing

@Suite struct KafkaProducerTests {
  private let logger = Logger(label: "tests")

  private func configuration(
    _ brokers: String, _ properties: [String: String] = [:]
  ) throws -> KafkaConfiguration {
    try KafkaConfiguration(
      .producer, brokers: brokers, properties: properties.mapValues { Secret($0) },
      defaults: ["linger.ms": "0", "message.timeout.ms": "3000"], fixed: ["enable.idempotence": "true"])
  }

  private func records(_ count: Int, from first: Int = 0) -> [(key: String, value: String)] {
    (first..<first + count).map { ("key", "value \($0)") }
  }

  @Test func everyRecordOfABatchIsAcknowledged() throws {
    let cluster = try #require(MockCluster())
    let producer = try KafkaProducer(configuration(cluster.bootstrap), topics: ["prices"], logger: logger)
    #expect(producer.send(records(1_000)).allSatisfy { $0 == nil })
  }

  @Test func aFullQueueIsWaitedFor() throws {
    let cluster = try #require(MockCluster())
    let producer = try KafkaProducer(
      configuration(cluster.bootstrap, ["queue.buffering.max.messages": "10"]), topics: ["prices"], logger: logger)
    #expect(producer.send(records(2_000)).allSatisfy { $0 == nil })
  }

  @Test func aFullQueueKeepsTheOrder() throws {
    let cluster = try #require(MockCluster())
    cluster.create("prices", partitions: 1)
    let producer = try KafkaProducer(
      configuration(cluster.bootstrap, ["queue.buffering.max.messages": "7"]), topics: ["prices"], logger: logger)
    #expect(producer.send(records(600)).allSatisfy { $0 == nil })
    let values = try #require(TopicReader(cluster.bootstrap, "prices", partitions: 1)).read(600).map(\.value)
    #expect(values == records(600).map(\.value))
  }

  @Test func severalShipmentsAreOnTheirWayAtOnce() throws {
    let cluster = try #require(MockCluster())
    cluster.create("prices", partitions: 1)
    let producer = try KafkaProducer(configuration(cluster.bootstrap), topics: ["prices"], logger: logger)
    let shipments = (0..<20).map { producer.begin(records(300, from: $0 * 300)) }
    for (number, shipment) in shipments.enumerated() {
      #expect(producer.finish(shipment, hurrying: number == 19) == nil)
    }
    let values = try #require(TopicReader(cluster.bootstrap, "prices", partitions: 1)).read(6_000).map(\.value)
    #expect(values == records(6_000).map(\.value))
  }

  /// The blocks of a shipment are librdkafka's to read as long as a report is due, and nobody's afterwards. `isSent`: their
  /// answer is due; else they wait for a connection.
  @Test(arguments: [false, true])
  func whatIsOnItsWayWhenTheProducerGoesIsGivenUp(isSent: Bool) async throws {
    let cluster = try #require(MockCluster())
    cluster.create("prices", partitions: 1)
    let bootstrap = cluster.bootstrap
    if !isSent { cluster.setDown() }
    weak var left: KafkaProducer.Shipment?
    do {
      let producer = try KafkaProducer(
        configuration(
          bootstrap,
          ["statistics.interval.ms": "10", "message.timeout.ms": "300000", "socket.timeout.ms": "300000"]),
        topics: ["prices"], logger: logger)
      if isSent {
        #expect(producer.send(records(1)) == [nil])
        cluster.setRoundTrip(milliseconds: 600_000)
      }
      left = producer.begin(records(1_000))
      while isSent, producer.statistics.sentRecords < 2 { try await Task.sleep(for: .milliseconds(5)) }
      #expect(left != nil)
    }
    #expect(left == nil)
  }

  @Test func aRecordMayBeLargerThanABlock() throws {
    let cluster = try #require(MockCluster())
    cluster.create("prices", partitions: 1)
    let producer = try KafkaProducer(configuration(cluster.bootstrap), topics: ["prices"], logger: logger)
    let values = [10, 200_000, 30_000, 40_000, 70_000, 1].map { String(repeating: "a", count: $0) }
    #expect(producer.send(values.map { ("key", $0) }).allSatisfy { $0 == nil })
    let reader = try #require(TopicReader(cluster.bootstrap, "prices", partitions: 1))
    #expect(reader.read(values.count).map(\.value) == values)
  }

  @Test func withoutABrokerRecordsComeBackInTime() throws {
    let cluster = try #require(MockCluster())
    let bootstrap = cluster.bootstrap
    cluster.setDown()
    let producer = try KafkaProducer(
      configuration(bootstrap, ["message.timeout.ms": "300"]), topics: ["prices"], logger: logger)
    #expect(producer.send(records(3)).allSatisfy { $0?.kind == .passing })
    #expect(producer.lastFault?.contains("refused") == true)
  }

  @Test func whatIsTooLargeForTheClientIsRefusedAlone() throws {
    let cluster = try #require(MockCluster())
    let producer = try KafkaProducer(
      configuration(cluster.bootstrap, ["message.max.bytes": "2000"]), topics: ["prices"], logger: logger)
    let answers = producer.send(records(2) + [("", String(repeating: "a", count: 4_000))])
    #expect(answers.map { $0?.kind } == [nil, nil, .refused])
  }
}

@Suite struct KafkaConfigurationTests {
  private func report(_ properties: [String: String]) -> String? {
    do throws(OptionError) {
      _ = try KafkaConfiguration(
        .producer, brokers: "localhost:9092", properties: properties.mapValues { Secret($0) }, fixed: ["acks": "all"])
      return nil
    } catch {
      return error.description
    }
  }

  @Test func anyPropertyOfTheLibraryIsTaken() {
    #expect(report(["sasl.username": "me", "sasl.password": "secret", "security.protocol": "SASL_SSL"]) == nil)
  }

  @Test(arguments: [
    (["no.such.thing": "1"], "has no property \"no.such.thing\""),
    (["linger.ms": "hunter2"], "does not take this value of linger.ms"),
    (["acks": "1"], "acks is set by arbd"),
    (["message.copy.max.bytes": "1000"], "message.copy.max.bytes is set by arbd"),
    (["bootstrap.servers": "elsewhere"], "is the option \"brokers\""),
  ])
  func whatIsWrongIsNamedAndItsValueIsNot(properties: [String: String], message: String) throws {
    let problem = try #require(report(properties))
    #expect(problem.hasPrefix("properties: "))
    #expect(problem.contains(message))
    #expect(!problem.contains("hunter2"))
  }
}

@Suite struct KafkaStatisticsTests {
  @Test func theFiguresAreThoseOfTheLibrary() throws {
    let text = #"""
      {"name":"arbd#producer-1","type":"producer","msg_cnt":7,"msg_size":700,"txmsgs":4300,"txmsg_bytes":130000,
       "rxmsgs":2,"rxmsg_bytes":20,"topics":{"prices":{"batchcnt":{"avg":3}}},
       "brokers":{"a:9092/bootstrap":{"nodeid":-1,"state":"UP","txretries":1,"rtt":{"avg":100}},
                  "a:9092/1":{"nodeid":1,"state":"UP","txretries":2,"rtt":{"min":1,"avg":5708}},
                  "b:9092/2":{"nodeid":2,"state":"DOWN","txretries":0,"rtt":{"avg":0}}}}
      """#
    let bytes = Array(text.utf8)
    let statistics = try KafkaStatistics(json: bytes.span.bytes)
    #expect(statistics.queuedRecords == 7)
    #expect(statistics.sentRecords == 4_300)
    #expect(statistics.receivedBytes == 20)
    #expect(statistics.connectedBrokers == 1)
    #expect(statistics.retries == 3)
    #expect(statistics.roundTrip == 0.005708)
    #expect(statistics.lag == nil)
  }

  @Test(
    arguments: [
      // Of two that are read, 29 and 0 are at the brokers, and 5 in the queue that they share.
      (
        #""0":{"fetch_state":"active","next_offset":41,"ls_offset":70,"fetchq_cnt":5,"broker":1},"#
          + #""1":{"fetch_state":"active","next_offset":12,"ls_offset":12,"fetchq_cnt":5}"#, 34
      ),
      (#""0":{"fetch_state":"active","next_offset":41,"ls_offset":41,"fetchq_cnt":0}"#, 0),
      (#""0":{"fetch_state":"active","next_offset":50,"ls_offset":41,"fetchq_cnt":-1}"#, 0),
      // What others read, what is unassigned, and what is not known yet.
      (
        #""0":{"fetch_state":"none","next_offset":0,"ls_offset":70,"fetchq_cnt":5},"#
          + #""1":{"fetch_state":"active","next_offset":-1001,"ls_offset":70,"fetchq_cnt":5},"#
          + #""-1":{"fetch_state":"active","next_offset":0,"ls_offset":-1001,"fetchq_cnt":5}"#, nil
      ),
      (
        #""0":{"fetch_state":"active","next_offset":0,"ls_offset":9223372036854775807,"fetchq_cnt":0}"#,
        9_223_372_036_854_775_807
      ),
    ] as [(String, UInt64?)])
  func theLagIsWhatIsYetToBeGivenOut(partitions: String, lag: UInt64?) throws {
    let bytes = Array(#"{"topics":{"prices":{"age":1,"partitions":{\#(partitions)},"batchcnt":{}}},"rxmsgs":2}"#.utf8)
    let statistics = try KafkaStatistics(json: bytes.span.bytes)
    #expect(statistics.lag == lag && statistics.receivedRecords == 2)
    #expect(statistics.consumerFigures.first { $0.name == "kafka_lag_records" }?.value == lag.map { Double($0) })
  }
}
