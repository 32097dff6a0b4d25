public import ArbdFramework
public import ArbdKafka

/// What the records of the topics are.
public enum KafkaRecords: String, OptionChoice {
  /// Trades and quotes, for detectors.
  case prices
  /// Alerts that other runs have found, for sinks.
  case alerts
}

public struct KafkaSourceOptions: PluginOptions {
  public var connection = KafkaConnectionOptions()
  public var topics: [String] = []
  public var group = ""
  public var reads = KafkaRecords.prices
  public var key = RecordKey.base
  public var from = StartingPoint.latest
  public var commitInterval = Duration.seconds(1)
  public var startup = Startup.retry

  public init() {}

  /// Where a group begins that has committed nothing.
  public enum StartingPoint: String, OptionChoice {
    case earliest, latest
  }

  /// What it means that the cluster does not answer at the start.
  public enum Startup: String, OptionChoice {
    case error, retry
  }

  public static let fields: [OptionField<Self>] =
    KafkaConnectionOptions.fields.map { $0.inside(\.connection) } + [
      .required("topics", \.topics, "What is read.", .nonEmpty, .distinct, .each(.nonEmpty)),
      .required("group", \.group, "The consumer group, whose members share the partitions.", .nonEmpty),
      .optional("reads", \.reads, "Whether the topics hold trades and quotes, or alerts that other runs have found."),
      .optional("key", \.key, "How the topics of prices are keyed: as the sink says that writes them."),
      .optional("from", \.from, "Where a group begins that has committed nothing."),
      .optional(
        "commit_interval", \.commitInterval, "How often offsets are committed; after a crash so much is read again.",
        .positive),
      .optional(
        "startup", \.startup,
        "When no broker answers at the start: retry waits until one does, error ends the run."),
    ]
}
