extension Array: OptionValue where Element: OptionValue {
  public static var typeName: String { "list of \(Element.pluralName)" }
  public static var pluralName: String { "lists of \(Element.pluralName)" }
  public static var nested: [OptionDocumentation] { Element.nested }
  public static var schema: JSONTree { ["type": "array", "items": Element.schema] }

  /// Reports every bad element, not the first alone.
  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> [Element]? {
    guard case .array(let elements) = node.value else {
      return decoder.mismatch(node, expected: expectation)
    }
    let values = elements.compactMap { Element.decode($0, &decoder) }
    return values.count == elements.count ? values : nil
  }

  public var encoded: JSONTree { .array(map(\.encoded)) }
}

/// An object whose keys the user chooses, such as names of venues.
extension Dictionary: OptionValue where Key == String, Value: OptionValue {
  public static var typeName: String { "\(Value.pluralName) by name" }
  public static var pluralName: String { typeName }
  public static var expectation: String { "an object" }
  public static var nested: [OptionDocumentation] { Value.nested.map { $0.renamed("<name>.\($0.key)") } }
  public static var schema: JSONTree { ["type": "object", "additionalProperties": Value.schema] }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> [String: Value]? {
    guard case .object(let members) = node.value else {
      return decoder.mismatch(node, expected: expectation)
    }
    var values: [String: Value] = [:]
    for member in members {
      if let value = Value.decode(member.node, &decoder) { values[member.key] = value }
    }
    return values.count == members.count ? values : nil
  }

  /// Keys in the order of their bytes.
  public var encoded: JSONTree {
    let members = sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    return .object(members.map { JSONTree.Member($0.key, $0.value.encoded) })
  }
}

extension OptionDocumentation {
  fileprivate func renamed(_ key: String) -> OptionDocumentation {
    OptionDocumentation(
      key: key, typeName: typeName, unit: unit, isRequired: isRequired, defaultValue: defaultValue,
      text: text,
      nested: nested, schema: schema)
  }
}
