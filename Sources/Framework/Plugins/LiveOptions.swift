/// The keys that every adapter has as a source, whatever its venue: what the runtime needs for connections.
public struct LiveOptions: PluginItemOptions, Equatable {
  public var name: String?
  /// Where to connect instead of the venue's own endpoint; `simulator` for one that the program starts itself.
  public var endpoint: String?
  public var restEndpoint: String?
  public var certificateFile: String?
  public var compresses = false
  public var staleAfter: Duration?
  public var instrumentRefresh = DurationOrNever.duration(.seconds(900))
  public var recording: RecordingOptions?

  public init() {}

  /// The value of `endpoint` that no address is.
  public static let simulator = "simulator"

  static let nameField = OptionField<Self>.optional(
    "name", \.name, "How logs and metrics call it; the type where absent.", .printable)

  public static let fields: [OptionField<Self>] = [
    nameField,
    .optional(
      "endpoint", \.endpoint,
      "A WebSocket address in place of the venue's own, or \"simulator\" for a venue that arbd simulates itself.",
      .rule { text in
        let isAddress = text.hasPrefix("ws://") || text.hasPrefix("wss://")
        return isAddress || text == simulator ? nil : "must begin with ws:// or wss://, or be \"simulator\""
      }),
    .optional(
      "rest_endpoint", \.restEndpoint,
      "An HTTP address in place of the venue's own; where absent, the host of `endpoint` if that is given.",
      .rule { text in
        text.hasPrefix("http://") || text.hasPrefix("https://") ? nil : "must begin with http:// or https://"
      }),
    .optional(
      "ca_file", \.certificateFile, "Certificates (PEM) to trust in place of the system's.", .named("path"), .nonEmpty),
    .optional("compression", \.compresses, "Offers permessage-deflate: less traffic, more work."),
    .optional(
      "stale_after", \.staleAfter,
      "How long a stream may be silent before it no longer counts; the venue's own limits where absent.", .positive),
    .optional(
      "instrument_refresh", \.instrumentRefresh,
      "How often the venue's list of instruments is fetched, to notice what is halted, delisted or new."),
    .optional("record", \.recording, "Writes what arrives to a capture, from which the run can be replayed."),
  ]
}

/// `record`: where a source's capture goes.
public struct RecordingOptions: OptionGroup, Equatable {
  public var path = ""
  public var rotation: ByteCount?

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .required("path", \.path, "The capture; sources with the same path share it.", .named("path"), .nonEmpty),
    .optional(
      "rotate", \.rotation,
      "At this size the file is set aside as PATH.1 (the next as PATH.2, …) and a new one begun."),
  ]
}

/// A number of bytes, as `100MB`: a whole number and `KB`, `MB` or `GB` (powers of 1,000).
public struct ByteCount: OptionValue, Equatable {
  public let bytes: Int

  public init(bytes: Int) { self.bytes = bytes }

  private static let units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000)]

  public static var typeName: String { "size" }
  public static var expectation: String { "a size such as \"100MB\" (KB, MB, GB)" }
  public static var schema: JSONTree { OptionSchema.text(pattern: "^[0-9]+(KB|MB|GB)$") }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> ByteCount? {
    guard let text = decoder.string(node, expected: expectation) else { return nil }
    for (unit, factor) in units where text.hasSuffix(unit) {
      guard let count = Int(text.dropLast(unit.count)), count > 0, count <= 1_000_000 else { continue }
      return ByteCount(bytes: count * factor)
    }
    return decoder.mismatch(node, expected: expectation)
  }

  public var encoded: JSONTree {
    for (unit, factor) in ByteCount.units where bytes % factor == 0 { return .string("\(bytes / factor)\(unit)") }
    return .string("\(bytes / 1_000)KB")
  }
}
