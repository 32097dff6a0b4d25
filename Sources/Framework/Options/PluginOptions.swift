/// The options of a plugin, or a group of options inside them, declared once.
///
///     public struct ReplayOptions: PluginOptions {
///       public var path = ""
///       public var speed = ReplaySpeed.max
///
///       public init() {}
///
///       public static let fields: [OptionField<Self>] = [
///         .required("path", \.path, "File to read, or - for standard input.", .nonEmpty),
///         .optional("speed", \.speed, "How fast to replay."),
///       ]
///     }
///
/// Reading, messages, `arbd list`, the JSON Schema and the documentation all come from `fields`; the defaults are those
/// of `init()`.
public protocol PluginOptions: Sendable {
  /// The defaults. What stands here for a required option is never seen.
  init()

  /// In the order in which they are documented and written.
  static var fields: [OptionField<Self>] { get }

  /// Rules that join several options. Called once every option was read without an error.
  func validate(_ validator: inout OptionValidator)
}

extension PluginOptions {
  public func validate(_ validator: inout OptionValidator) {}

  /// All options with their values as a JSON object, keys in the order of `fields`. Options without a value are left out.
  public var encoded: JSONTree { .object(Self.fields.compactMap { $0.member(of: self) }) }
}

/// Options that stand together in an object of their own: `"window": { "size": "10s" }`.
///
/// The defaults inside a group are those of its own `init()`, wherever it stands.
public protocol OptionGroup: PluginOptions, OptionValue {}

extension OptionGroup {
  public static var typeName: String { "object" }
  public static var nested: [OptionDocumentation] { fields.map(\.documentation) }
  public static var schema: JSONTree { OptionSchema.object(fields.map(\.documentation)) }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> Self? {
    decoder.options(Self.self, from: node)
  }
}

/// Takes what `PluginOptions.validate` has to report.
public struct OptionValidator {
  private let node: ConfigurationNode
  private(set) var diagnostics: Diagnostics
  private(set) var isValid = true

  init(_ node: ConfigurationNode, _ diagnostics: Diagnostics) {
    self.node = node
    self.diagnostics = diagnostics
  }

  /// An error at the value of `key`, or at the options as a whole where the file does not give that key. The message
  /// goes on from the path: `vwap needs trades, which carry sizes; quotes have none`.
  public mutating func error(at key: String, _ message: String, suggestion: String? = nil) {
    diagnostics.error(message, at: node.position(of: key), suggestion: suggestion)
    isValid = false
  }

  /// As `error`, for what works but is perhaps not meant.
  public mutating func warning(at key: String, _ message: String, suggestion: String? = nil) {
    diagnostics.warning(message, at: node.position(of: key), suggestion: suggestion)
  }
}
