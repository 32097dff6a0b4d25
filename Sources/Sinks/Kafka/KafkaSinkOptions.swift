public import ArbdFramework
public import ArbdKafka

public struct KafkaSinkOptions: PluginOptions {
  public var connection = KafkaConnectionOptions()
  public var topics = KafkaTopics()
  public var key = RecordKey.base
  public var compression = KafkaCompression.lz4
  public var transactionalID: String?

  public init() {}

  public static let fields: [OptionField<Self>] =
    KafkaConnectionOptions.fields.map { $0.inside(\.connection) } + [
      .optional("topics", \.topics, "Where each kind of record goes."),
      .optional(
        "key", \.key,
        "What trades and quotes of one partition have in common, so that one worker sees them; alerts and windows have the detector."
      ),
      .optional("compression", \.compression, "How batches are packed."),
      .optional(
        "transactional_id", \.transactionalID,
        "Alerts and the offsets of the one kafka source go in one transaction, under this id, which no other worker has.",
        .nonEmpty),
    ]
}

/// `topics`: by kind of record.
public struct KafkaTopics: OptionGroup, Equatable {
  public var trades = "crypto-prices"
  public var quotes = "crypto-prices"
  public var alerts = "arbitrage-alerts"
  public var windows = "arbitrage-windows"

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .optional("trades", \.trades, "The topic of trades.", .nonEmpty),
    .optional("quotes", \.quotes, "The topic of quotes.", .nonEmpty),
    .optional("alerts", \.alerts, "The topic of alerts.", .nonEmpty),
    .optional("windows", \.windows, "The topic of window summaries.", .nonEmpty),
  ]
}

/// What librdkafka can pack with.
public enum KafkaCompression: String, OptionChoice {
  case none, lz4, zstd, snappy, gzip
}
