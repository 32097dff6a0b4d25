/// Reads options from a file's tree and collects what is wrong with them.
public struct OptionDecoder: Sendable {
  public private(set) var diagnostics: Diagnostics
  /// Where plugins that stand inside options are looked up.
  let registry: Registry

  init(_ diagnostics: Diagnostics, registry: Registry) {
    self.diagnostics = diagnostics
    self.registry = registry
  }

  // MARK: For values

  /// The text of a string, variables replaced. Anything else is reported.
  public mutating func string(_ node: ConfigurationNode, expected: String) -> String? {
    guard case .string(let text) = node.value else { return mismatch(node, expected: expected) }
    return text.text
  }

  /// The digits, in JSON's grammar, of a number or of a string that holds one. Anything else is reported.
  public mutating func number(_ node: ConfigurationNode, expected: String) -> String? {
    switch node.value {
    case .number(let digits): return digits
    case .string(let text):
      guard let digits = text.text else { return nil }
      return NumberText.isNumber(digits) ? digits : mismatch(node, expected: expected)
    default: return mismatch(node, expected: expected)
    }
  }

  /// Reports that the value is of another kind, or written in another way, than `expected`; gives nil to return.
  public mutating func mismatch<Value>(
    _ node: ConfigurationNode, expected: String, suggestion: String? = nil
  ) -> Value? {
    refuse(node, "expected \(expected), found \(node.finding)", suggestion: suggestion)
  }

  /// Reports what is wrong with the value; gives nil to return. The message goes on from the path.
  public mutating func refuse<Value>(
    _ node: ConfigurationNode, _ message: String, suggestion: String? = nil
  ) -> Value? {
    diagnostics.error(message, at: node.position, suggestion: suggestion)
    return nil
  }

  /// Reads the object at the node as a group of options, as `OptionGroup.decode` does: for groups that have a shorter form.
  public mutating func group<Group: OptionGroup>(_ type: Group.Type, from node: ConfigurationNode) -> Group? {
    options(type, from: node)
  }

  // MARK: For the framework

  /// As `refuse`, for whoever has a truth to return.
  mutating func fail(_ message: String, at node: ConfigurationNode, suggestion: String? = nil) -> Bool {
    diagnostics.error(message, at: node.position, suggestion: suggestion)
    return false
  }

  mutating func error(_ message: String, at position: ConfigurationPosition, suggestion: String? = nil) {
    diagnostics.error(message, at: position, suggestion: suggestion)
  }

  mutating func warning(_ message: String, at position: ConfigurationPosition, suggestion: String? = nil) {
    diagnostics.warning(message, at: position, suggestion: suggestion)
  }

  /// Reads `fields` of the object at `node`. Keys that are neither there nor in `otherKeys`, which somebody else reads,
  /// are reported, unless somebody else does that too.
  mutating func options<Options: PluginOptions>(
    _ type: Options.Type, from node: ConfigurationNode, fields: [OptionField<Options>] = Options.fields,
    otherKeys: [String] = [], reportsUnknownKeys: Bool = true
  ) -> Options? {
    guard case .object = node.value else { return mismatch(node, expected: "an object") }
    let known = otherKeys + fields.map(\.key)
    let unknown = node.members.filter { !known.contains($0.key) }
    if reportsUnknownKeys { report(unknown, known: known) }
    let misspelt = unknown.compactMap { Spelling.nearest(to: $0.key, among: known) }
    var options = Options()
    var isComplete = true
    for field in fields {
      if let value = node[field.key] {
        isComplete = field.decode(value, into: &options, &self) && isComplete
      } else if field.isRequired {
        // One slip, one report: the misspelt key has its own.
        if !misspelt.contains(field.key) {
          diagnostics.error("missing; it is required", at: node.position(of: field.key))
        }
        isComplete = false
      }
    }
    guard isComplete else { return nil }
    var validator = OptionValidator(node, diagnostics)
    options.validate(&validator)
    diagnostics = validator.diagnostics
    return validator.isValid ? options : nil
  }

  private mutating func report(_ unknown: [ConfigurationNode.Member], known: [String]) {
    for member in unknown {
      diagnostics.error(
        "unknown key", at: member.keyPosition,
        suggestion: Spelling.suggestion(for: member.key, among: known, noun: "keys"))
    }
  }
}

extension NumberText {
  /// Whether the text is a number in JSON's grammar, whole.
  fileprivate static func isNumber(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return switch parse(bytes.span.bytes, from: 0) {
    case .exact(_, let end), .inexact(let end): end == bytes.count
    case .malformed: false
    }
  }
}

extension ConfigurationNode {
  /// What was found, with the value itself where it is short.
  fileprivate var finding: String {
    switch value {
    case .number(let digits): "the number \(digits.prefix(40))"
    case .string(let text):
      if let value = text.text, text.usesVariable || text.usesDefault {
        "\(Quoted(value)) (from \(Quoted(text.written)))"
      } else {
        "the string \(Quoted(text.text ?? text.written))"
      }
    default: kindName
    }
  }
}
