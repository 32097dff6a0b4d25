/// Parts of the JSON Schemas of options. A string with a variable is good everywhere: what it will hold is not known.
public enum OptionSchema {
  /// Any string.
  public static let string: JSONTree = ["type": "string"]

  /// A string that holds a variable.
  public static let variable: JSONTree = ["type": "string", "pattern": "\\$\\{"]

  /// A string that matches the regular expression `pattern`, or holds a variable.
  public static func text(pattern: String) -> JSONTree {
    ["type": "string", "pattern": .string("\(pattern)|\\$\\{")]
  }

  /// A value of another type, or a string that holds one and matches `pattern`, or a variable.
  public static func orText(_ type: JSONTree, pattern: String) -> JSONTree {
    ["anyOf": [type, text(pattern: pattern)]]
  }

  /// An object with just these keys.
  public static func object(_ options: [OptionDocumentation], with first: [JSONTree.Member] = []) -> JSONTree {
    var schema: JSONTree = [
      "type": "object", "properties": .object(first + options.map { JSONTree.Member($0.key, property($0)) }),
    ]
    let required = options.filter(\.isRequired).map { JSONTree.string($0.key) }
    if !required.isEmpty { schema["required"] = .array(required) }
    schema["additionalProperties"] = false
    return schema
  }

  private static func property(_ option: OptionDocumentation) -> JSONTree {
    var schema = option.schema
    schema["description"] = .string(option.unit.map { "\(option.text) Unit: \($0)." } ?? option.text)
    if let value = option.defaultValue { schema["default"] = value }
    return schema
  }
}
