public import ArbdFramework

/// What the lines of a replayed file are.
public enum ReplayFormat: String, CaseIterable, OptionChoice {
  /// Trades and quotes.
  case records
  /// The input log of an earlier run.
  case capture
}

/// What a line that cannot be read means.
public enum LineErrorPolicy: String, CaseIterable, OptionChoice {
  case stop, skip
}

/// `max`, or how many times as fast as in life.
public enum ReplaySpeed: Sendable, Equatable {
  case maximum
  case factor(Double)
}

extension ReplaySpeed: OptionValue {
  public static var typeName: String { "\"max\" or number, more than 0" }

  public static var schema: JSONTree {
    ["anyOf": [["const": "max"], ["type": "number", "exclusiveMinimum": 0], ["type": "string"]]]
  }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> ReplaySpeed? {
    if case .string(let text) = node.value, text.text == "max" { return .maximum }
    guard let factor = Double.decode(node, &decoder) else { return nil }
    guard factor > 0, factor.isFinite else {
      return decoder.refuse(node, "a replay's speed is \"max\" or a number above 0", suggestion: nil)
    }
    return .factor(factor)
  }

  public var encoded: JSONTree {
    switch self {
    case .maximum: "max"
    case .factor(let factor): factor.encoded
    }
  }
}

public struct ReplayOptions: PluginOptions {
  public var path = ""
  public var format = ReplayFormat.records
  public var speed = ReplaySpeed.maximum
  public var adapters = PluginList<AdapterSlot>()
  public var onError = LineErrorPolicy.stop

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .required(
      "path", \.path, "JSON lines to read; gzip where it ends in .gz; - is standard input.", .nonEmpty, .path),
    .optional("format", \.format, "Whether the lines are trades and quotes, or a capture of frames."),
    .optional("speed", \.speed, "max, or a factor of real time, kept by the receive times."),
    .optional("adapters", \.adapters, "Who reads the frames of a capture, each those of its venue."),
    .optional("on_error", \.onError, "What a line that cannot be read does."),
  ]

  public func validate(_ validator: inout OptionValidator) {
    switch format {
    case .capture where adapters.isEmpty:
      validator.error(at: "adapters", "a capture needs the adapters of the venues whose frames it holds")
    case .records where !adapters.isEmpty:
      validator.error(at: "adapters", "records need no adapters; did you mean \"format\": \"capture\"?")
    default: break
    }
  }
}
