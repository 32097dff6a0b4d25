public import ArbdFramework
internal import ArbdKafka
internal import Logging
internal import Synchronization

/// Sends alerts, trades, quotes and window summaries to topics of Kafka as JSON, each the value of a record.
///
/// A record is delivered once the broker has acknowledged it, with all replicas that are in step (`acks=all`). librdkafka's
/// idempotent producer repeats what a broken connection left open without writing it twice; only what was given up after
/// `message.timeout.ms` and is delivered anew by the runner, or by the next run after a crash, can be there twice, with the
/// same id.
///
/// With a `transactional_id` alerts and the offsets of their source are committed in one transaction, and whoever reads the
/// topic with `isolation.level=read_committed` sees each alert once.
public final class KafkaSink: TransactionalSink, PipelinedSink {
  public static let name = "kafka"
  public static let summary = "Sends alerts, and market data on request, to topics of Kafka."
  public static let accepts: Set<Record.Kind> = [.alert, .trade, .quote, .window]

  private let options: KafkaSinkOptions
  private let configuration: KafkaConfiguration
  private let topics: KafkaRecordWriter.Topics
  private let writer: Mutex<KafkaRecordWriter>
  private let logger: Logger
  private let producer = Mutex<KafkaProducer?>(nil)
  private let transaction = Mutex(KafkaTransaction())
  /// Begun and not finished, in order.
  private let flights = Mutex<[Flight]>([])

  public init(options: KafkaSinkOptions, context: PluginContext) throws {
    self.options = options
    logger = context.logger
    let topics = KafkaRecordWriter.Topics(options.topics)
    self.topics = topics
    writer = Mutex(KafkaRecordWriter(options.key, topics))
    configuration = try KafkaConfiguration(
      .producer, brokers: options.connection.brokers, properties: options.connection.properties,
      defaults: [
        "client.id": "arbd",
        "compression.type": options.compression.rawValue,
        // A batch's last records are sent at once; before them, a request for each would cost more than it gains.
        "linger.ms": "5",
        "message.timeout.ms": "30000",
        "queue.buffering.max.kbytes": "262144",
        "queue.buffering.max.messages": "\(2 * KafkaSink.pipelineLimit)",
        // As Java's clients share out keys.
        "partitioner": "murmur2_random",
        "statistics.interval.ms": "5000",
      ], fixed: ["acks": "all", "enable.idempotence": "true"])
  }

  public var transactionScope: TransactionScope? {
    options.transactionalID.map { _ in .kafka(options.connection.brokers, option: "transactional_id") }
  }

  public var partitionedBy: RecordKey? { options.key }

  public var figures: [PluginFigure] {
    let statistics = producer.withLock { $0?.statistics } ?? KafkaStatistics()
    return statistics.producerFigures
  }

  public func connect() async throws(DeliveryError) {
    do throws(KafkaError) {
      let made = try KafkaProducer(configuration, topics: topics.names, logger: logger)
      try made.checkConnection(within: options.connection.timeout)
      producer.withLock { $0 = made }
    } catch {
      throw DeliveryError("no answer from Kafka: \(error)", verdict: .reconnect)
    }
  }

  public func deliver(_ batch: [Record]) async throws(DeliveryError) {
    try finish(try depart(batch), hurrying: true, isAlone: true)
  }

  // Synchronous from here on: the sink has a thread of its own to wait on.

  /// Nil when all are acknowledged, else an answer for each place.
  private func send(_ batch: [Record], _ places: [Int], by producer: KafkaProducer) -> [KafkaError?]? {
    producer.finish(produce(batch, places, by: producer))
  }

  private func produce(_ batch: [Record], _ places: [Int], by producer: KafkaProducer) -> KafkaProducer.Shipment {
    let shipment = KafkaProducer.Shipment(places.count)
    writer.withLock { $0.write(batch, places, shipment) { producer.produce($0, shipment) } }
    return shipment
  }

  // MARK: Several batches at once

  private struct Flight {
    let batch: [Record]
    let places: [Int]
    let shipment: KafkaProducer.Shipment
    let producer: KafkaProducer
  }

  /// librdkafka has enough to do with so many, and what it reads is still in the processor's caches.
  public static let pipelineLimit = 32_768

  public func begin(_ batch: [Record]) async throws(DeliveryError) {
    let flight = try depart(batch)
    flights.withLock { $0.append(flight) }
  }

  public func finishFirst(hurrying: Bool) async throws(DeliveryError) {
    guard let flight = flights.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else {
      throw DeliveryError("nothing is on its way", verdict: .reconnect)
    }
    try finish(flight, hurrying: hurrying, isAlone: false)
  }

  private func depart(_ batch: [Record]) throws(DeliveryError) -> Flight {
    guard let producer = producer.withLock({ $0 }) else { throw DeliveryError("not connected", verdict: .reconnect) }
    let places = batch.indices.filter { batch[$0].kind != .status }
    let shipment = produce(batch, places, by: producer)
    return Flight(batch: batch, places: places, shipment: shipment, producer: producer)
  }

  private func finish(_ flight: Flight, hurrying: Bool, isAlone: Bool) throws(DeliveryError) {
    var delivery = KafkaDelivery(flight.places, isAlone: isAlone)
    let answers = flight.producer.finish(flight.shipment, hurrying: hurrying)
    if let places = delivery.next() { delivery.answered(places, answers) }
    while let places = delivery.next() {
      delivery.answered(places, send(flight.batch, places, by: flight.producer))
    }
    if let error = delivery.error(lastFault: flight.producer.lastFault) { throw error }
  }

  // MARK: Transactions

  public func beginTransactions() async throws(DeliveryError) {
    guard let id = options.transactionalID else { return }
    var configuration = configuration
    configuration.set("transactional.id", id)
    do throws(KafkaError) {
      let made = try KafkaProducer(configuration, topics: topics.names, logger: logger)
      if let error = made.beginTransactions(within: options.connection.timeout) { throw error }
      transaction.withLock { $0 = KafkaTransaction() }
      producer.withLock { $0 = made }
    } catch {
      throw DeliveryError("no transactions: \(error)", verdict: .reconnect)
    }
  }

  public func commit(
    _ alerts: [Record], _ place: any SourcePlace
  ) async throws(DeliveryError) -> TransactionOutcome {
    guard let producer = producer.withLock({ $0 }) else { throw DeliveryError("not connected", verdict: .reconnect) }
    guard let place = place as? KafkaPlace else { throw DeliveryError("not a place in Kafka", verdict: .stop) }
    let calls = Calls(sink: self, producer: producer, alerts: alerts, place: place)
    switch transaction.withLock({ $0.advance(calls) }) {
    case .committed: return .committed
    case .outdated: return .outdated
    case .refused(let errors):
      let reason = errors.min { $0.key < $1.key }?.value.reason ?? ""
      throw DeliveryError("Kafka refuses it: \(reason)", verdict: .reject(Set(errors.keys)))
    case .again(let error):
      let cause = producer.lastFault.map { " (\($0))" } ?? ""
      throw DeliveryError("not committed: \(error)\(cause)", verdict: .retry())
    case .fatal(let error, let isInDoubt):
      if error.isFenced {
        throw DeliveryError(
          "another run has taken the transactional_id, or the transaction took too long: \(error)", verdict: .stop)
      }
      guard isInDoubt else {
        throw DeliveryError("the producer is of no more use: \(error)", verdict: .reconnect)
      }
      // Only the group's offsets tell, which the next run reads.
      throw DeliveryError("whether the last transaction was committed is not known: \(error)", verdict: .stop)
    }
  }

  private struct Calls: KafkaTransactionCalls {
    let sink: KafkaSink
    let producer: KafkaProducer
    let alerts: [Record]
    let place: KafkaPlace

    func begin() -> KafkaError? { producer.beginTransaction() }

    func produce(separately: Bool) -> [KafkaError?] {
      if separately { return alerts.indices.flatMap { sink.send(alerts, [$0], by: producer) ?? [nil] } }
      return sink.send(alerts, Array(alerts.indices), by: producer) ?? []
    }

    func sendOffsets() -> KafkaError? {
      place.positions.isEmpty ? nil : producer.send(place, within: sink.options.connection.timeout)
    }

    func commit() -> KafkaError? { producer.commitTransaction() }
    func abort() -> KafkaError? { producer.abortTransaction() }
  }

  public func close() async {
    // Freed outside of the lock, which takes as long as its thread takes to end.
    flights.withLock { $0 = [] }
    let closed = producer.withLock { producer in
      defer { producer = nil }
      return producer
    }
    _ = consume closed
  }
}
