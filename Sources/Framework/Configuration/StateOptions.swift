/// `state`: what a run keeps so that the next one can go on.
public enum StateSetting: Sendable, Equatable {
  /// Nothing: alerts that were not delivered do not survive the process.
  case memory
  case folder(StateOptions)

  public var folder: StateOptions? { if case .folder(let options) = self { options } else { nil } }
}

extension StateSetting: OptionValue {
  public static var typeName: String { "\"memory\" or object" }
  public static var expectation: String { "\"memory\", or an object with a \"path\"" }
  public static var nested: [OptionDocumentation] { StateOptions.nested }
  public static var schema: JSONTree {
    ["anyOf": [["enum": ["memory"]], OptionSchema.variable, StateOptions.schema]]
  }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> StateSetting? {
    if case .object = node.value { return StateOptions.decode(node, &decoder).map { .folder($0) } }
    guard let text = decoder.string(node, expected: expectation) else { return nil }
    return text == "memory" ? .memory : decoder.mismatch(node, expected: expectation)
  }

  public var encoded: JSONTree {
    switch self {
    case .memory: "memory"
    case .folder(let options): options.encoded
    }
  }
}

public struct StateOptions: OptionGroup, Equatable {
  public var path = ""
  public var durability = Durability.process
  public var keep = RetentionOptions()

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .required(
      "path", \.path, "A folder of this run's own; made where it is not there.", .named("path"), .nonEmpty, .path),
    .optional(
      "durability", \.durability,
      "What alerts survive before they are delivered: process, its end by kill -9; power, that of the machine too."),
    .optional("keep", \.keep, "How long the journal keeps alerts that every sink has had, and how much room it has."),
  ]
}

/// What written alerts survive.
public enum Durability: String, OptionChoice {
  case process, power
}

/// `keep`: when the journal forgets.
public struct RetentionOptions: OptionGroup, Equatable {
  public var age = Duration.seconds(7 * 86_400)
  public var size = ByteCount(bytes: 1_000_000_000)

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .optional("age", \.age, "What every sink has had goes after this long.", .positive),
    .optional(
      "size", \.size, "Above this the oldest alerts go, also those that a sink waits for, which is counted and logged."),
  ]
}
