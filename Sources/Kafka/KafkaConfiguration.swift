package import ArbdFramework
internal import CRdKafka

/// What a client of librdkafka is made with: its properties, those of the user among them.
package struct KafkaConfiguration: Sendable {
  package enum Role: Sendable { case producer, consumer }

  package let role: Role
  /// In the order in which they are set; a later one wins.
  private var properties: [(name: String, value: String)]
  /// What must not be shown.
  private let secrets: [String]

  /// `defaults` can be overridden by the user's properties; `fixed` cannot: what arbd promises rests on them.
  ///
  /// Throws when librdkafka has no such property, does not take the value, or when the property is fixed.
  package init(
    _ role: Role, brokers: String, properties user: [String: Secret], defaults: KeyValuePairs<String, String> = [:],
    fixed: KeyValuePairs<String, String> = [:]
  ) throws(OptionError) {
    self.role = role
    let user = user.sorted { $0.key < $1.key }
    let own = [
      "bootstrap.servers": "\"brokers\"", "metadata.broker.list": "\"brokers\"",
      "transactional.id": "\"transactional_id\"",
    ]
    for (name, _) in user {
      if let option = own[name] { throw OptionError(key: "properties", "\(name) is the option \(option)") }
      if fixed.contains(where: { $0.key == name })
        || ["delivery.report.only.error", "message.copy.max.bytes"].contains(name)
      {
        throw OptionError(key: "properties", "\(name) is set by arbd, whose promises rest on it")
      }
    }
    properties = defaults.map { ($0.key, $0.value) } + user.map { ($0.key, $0.value.revealed) }
    properties += fixed.map { ($0.key, $0.value) } + [("bootstrap.servers", brokers)]
    // Each record is reported: librdkafka then leaves it to the thread that takes the reports to free them.
    // What a request is made of is copied into it, so that a report is the end of every use of a record's memory.
    if role == .producer {
      properties += [("delivery.report.only.error", "false"), ("message.copy.max.bytes", "1000000000")]
    }
    secrets = user.filter { KafkaConfiguration.isSensitive($0.key) || $0.value.revealed.count >= 6 }
      .map(\.value.revealed).sorted { $0.count > $1.count }
    rd_kafka_conf_destroy(try makeHandle())
  }

  /// A property from here on, whatever was said before.
  package mutating func set(_ name: String, _ value: String) { properties.append((name, value)) }

  /// librdkafka's own object; whoever calls owns it.
  func makeHandle() throws(OptionError) -> OpaquePointer {
    guard let handle = rd_kafka_conf_new() else { throw OptionError(key: "properties", "out of memory") }
    for (name, value) in properties {
      // librdkafka's own message shows the value.
      switch rd_kafka_conf_set(handle, name, value, nil, 0) {
      case RD_KAFKA_CONF_OK: continue
      case RD_KAFKA_CONF_UNKNOWN:
        rd_kafka_conf_destroy(handle)
        throw OptionError(key: "properties", "librdkafka \(Self.libraryVersion) has no property \(name.encoded)")
      default:
        rd_kafka_conf_destroy(handle)
        let key = name == "bootstrap.servers" ? "brokers" : "properties"
        throw OptionError(key: key, "librdkafka does not take this value of \(name)")
      }
    }
    return handle
  }

  /// The text without the values of the user's properties.
  func masked(_ text: String) -> String {
    secrets.reduce(text) { $0.replacing($1, with: "***") }
  }

  package static var libraryVersion: String { String(cString: rd_kafka_version_str()) }

  private static func isSensitive(_ name: String) -> Bool {
    ["password", "secret", "key", "token", "jaas", "username", "oauthbearer", "pem"].contains { name.contains($0) }
  }
}
