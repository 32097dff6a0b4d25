public import ArbdFramework
internal import ArbdKafka
internal import Logging

/// Reads trades and quotes, or alerts of other runs, from topics of Kafka as a member of a consumer group.
///
/// The records' receive times are the clock. What is committed is not where it has read to, but the first record of the
/// oldest window that is open, and with it how far each detector has fired: whoever reads the partition next builds the
/// open windows again and fires none twice. Offsets are committed once the alerts that they cover are in the journal or,
/// without one, with the sinks. After a crash what was read since the last commit is read again, and its alerts come
/// again with the same ids.
public struct KafkaSource: Source {
  public static let name = "kafka"
  public static let summary = "Reads trades and quotes, or alerts of other runs, from topics of Kafka."

  private let options: KafkaSourceOptions
  private let configuration: KafkaConfiguration
  private let logger: Logger
  private let consumer = Slot<KafkaConsumer>()
  /// Why nothing is read yet.
  private let absence = Slot<String>()

  public init(options: KafkaSourceOptions, context: PluginContext) throws {
    self.options = options
    logger = context.logger
    configuration = try KafkaConfiguration(
      .consumer, brokers: options.connection.brokers, properties: options.connection.properties,
      defaults: [
        "client.id": "arbd",
        "auto.offset.reset": options.from.rawValue,
        "statistics.interval.ms": "5000",
        // A topic that is made later is found so much later, and new partitions too.
        "topic.metadata.refresh.interval.ms": "30000",
      ],
      fixed: [
        "group.id": options.group, "enable.auto.commit": "false", "enable.auto.offset.store": "false",
        "enable.partition.eof": "true", "isolation.level": "read_committed",
      ])
  }

  /// Only the topics will tell.
  public var provides: [ProvidedMarket]? { nil }
  public var pace: InputLog.Pace { .maximum }
  public var asksForProgress: Bool { true }
  public var partitionedBy: RecordKey? { options.reads == .prices ? options.key : nil }
  public var figures: [PluginFigure] {
    guard let consumer = consumer.value else { return [] }
    return [PluginFigure("kafka_partitions", Double(consumer.assignmentCount))] + consumer.statistics.consumerFigures
  }

  public var transactionScope: TransactionScope? {
    // With partial rebalances an alert of a partition that stays could be dropped with those of one that goes.
    let strategy = options.connection.properties["partition.assignment.strategy"]?.revealed ?? ""
    let obstacle =
      strategy.contains("cooperative")
      ? "with transactions all partitions must be given up at once, which partition.assignment.strategy=\(strategy) does not"
      : nil
    return .kafka(options.connection.brokers, obstacle: obstacle)
  }

  public var fault: String? { absence.value }

  public func open() throws {
    let made = try KafkaConsumer(configuration, logger: logger)
    do throws(KafkaError) {
      try made.checkConnection(within: options.connection.timeout)
    } catch {
      guard options.startup == .retry, error.kind != .fatal else {
        throw KafkaError(code: error.code, reason: "no answer from Kafka: \(error)", isFatal: error.isFatal)
      }
      logger.warning("kafka: no answer from Kafka: \(error); the run begins, and it is read when it can be")
      absence.put("no answer from Kafka: \(error)")
    }
    try made.subscribe(to: options.topics)
    consumer.put(made)
  }

  /// Asks for the topics alone: a member of the group would be given partitions, and take them from those at work.
  public func inspect() throws -> String? {
    let made = try KafkaConsumer(configuration, logger: logger)
    let count = try made.partitionCount(of: options.topics, within: options.connection.timeout)
    return "\(options.topics.count) topics with \(count) partitions"
  }

  public func run(_ log: InputLog.Writer) throws {
    guard let consumer = consumer.value else { return }
    // Whoever ends leaves the group, so that its partitions go to others at once.
    defer { self.consumer.put(nil) }
    var reader = KafkaReader(consumer, options, log, logger) { [absence] in absence.put(nil) }
    try reader.run()
  }
}
