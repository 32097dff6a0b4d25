public import ArbdFramework

/// The options of every client of Kafka: where the cluster is, and librdkafka's own properties.
public struct KafkaConnectionOptions: PluginOptions {
  public var brokers = ""
  public var properties: [String: Secret] = [:]
  public var timeout = Duration.seconds(10)

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .required("brokers", \.brokers, "Brokers to begin with: host:port, host:port, …", .nonEmpty),
    .optional(
      "properties", \.properties,
      "Any property of librdkafka, such as those of SASL and TLS; the values are kept secret."),
    .optional("timeout", \.timeout, "How long the cluster may take to answer at the start.", .positive),
  ]
}
