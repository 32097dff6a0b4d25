/// The way to a value of a JSON document (RFC 6901): `/data/0/price`. The empty pointer is the document itself.
public struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
  /// As it is written.
  public let description: String
  /// Keys, or places in arrays.
  public let tokens: [String]

  /// Nil where the text is no pointer: it must be empty or begin with a slash, and `~` stands in front of `0` or `1` alone.
  public init?(_ text: String) {
    guard text.isEmpty || text.hasPrefix("/") else { return nil }
    var tokens: [String] = []
    for written in text.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
      guard let token = JSONPointer.unescaped(written) else { return nil }
      tokens.append(token)
    }
    self.description = text
    self.tokens = tokens
  }

  public init(tokens: [String]) {
    self.tokens = tokens
    description = tokens.map { "/\(JSONPointer.escaped($0))" }.joined()
  }

  private static func unescaped(_ written: Substring) -> String? {
    var token = ""
    var isEscape = false
    for scalar in written.unicodeScalars {
      if isEscape {
        guard scalar == "0" || scalar == "1" else { return nil }
        token.unicodeScalars.append(scalar == "0" ? "~" : "/")
        isEscape = false
      } else if scalar == "~" {
        isEscape = true
      } else {
        token.unicodeScalars.append(scalar)
      }
    }
    return isEscape ? nil : token
  }

  /// A key as a pointer writes it.
  static func escaped(_ key: String) -> String {
    guard key.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return key }
    return key.split(separator: "~", omittingEmptySubsequences: false).joined(separator: "~0")
      .split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
  }
}

extension JSONPointer: OptionValue {
  public static var typeName: String { "JSON pointer" }
  public static var expectation: String { "a JSON pointer such as \"/data/price\"" }
  public static var schema: JSONTree { ["type": "string", "pattern": "^(/([^~]|~[01])*)?$"] }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> JSONPointer? {
    guard let text = decoder.string(node, expected: expectation) else { return nil }
    if let pointer = JSONPointer(text) { return pointer }
    return decoder.mismatch(
      node, expected: expectation,
      suggestion: text.hasPrefix("/") ? "\"~\" is written \"~0\", \"/\" in a key \"~1\"" : "it begins with \"/\"")
  }

  public var encoded: JSONTree { .string(description) }
}
