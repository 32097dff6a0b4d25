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
public final class KafkaSink: Sink {
  public static let name = "kafka"
  public static let summary = "Sends alerts, and market data on request, to topics of Kafka."
  public static let accepts: Set<Record.Kind> = [.alert, .trade, .quote, .window]

  private let options: KafkaSinkOptions
  private let configuration: KafkaConfiguration
  private let topics: KafkaRecordWriter.Topics
  private let lines: Mutex<KafkaRecordWriter>
  private let logger: Logger
  private let producer = Mutex<KafkaProducer?>(nil)

  public init(options: KafkaSinkOptions, context: PluginContext) throws {
    self.options = options
    logger = context.logger
    topics = KafkaRecordWriter.Topics(options.topics)
    lines = Mutex(KafkaRecordWriter(options.key))
    configuration = try KafkaConfiguration(
      .producer, brokers: options.connection.brokers, properties: options.connection.properties,
      defaults: [
        "client.id": "arbd",
        "compression.type": options.compression.rawValue,
        // A batch's last records are sent at once; before them, a request for each would cost more than it gains.
        "linger.ms": "5",
        "message.timeout.ms": "30000",
        "queue.buffering.max.kbytes": "262144",
        // As Java's clients share out keys.
        "partitioner": "murmur2_random",
        "statistics.interval.ms": "5000",
      ], fixed: ["acks": "all", "enable.idempotence": "true"])
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
    guard let producer = producer.withLock({ $0 }) else { throw DeliveryError("not connected", verdict: .reconnect) }
    var delivery = KafkaDelivery(batch.indices.filter { batch[$0].kind != .status })
    // Synchronous: the sink has a thread of its own to wait on.
    while let places = delivery.next() {
      let shipment = KafkaProducer.Shipment(places.count)
      lines.withLock { lines in
        for (number, place) in places.enumerated() {
          guard let topic = lines.write(batch[place], topics) else { continue }
          producer.produce(shipment, place: number, topic: topic, key: lines.key, value: lines.value)
        }
      }
      delivery.answered(places, producer.finish(shipment))
    }
    if let error = delivery.error(lastFault: producer.lastFault) { throw error }
  }

  public func close() async {
    // Freed outside of the lock, which takes as long as its thread takes to end.
    let closed = producer.withLock { producer in
      defer { producer = nil }
      return producer
    }
    _ = consume closed
  }
}
