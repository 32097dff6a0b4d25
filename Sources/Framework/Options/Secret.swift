/// A value that must not be shown: a key, a password, an address that holds one.
///
/// Descriptions, mirrors and the effective configuration have `***` in its place, or the text of the file where the value
/// came from a variable: `${DISCORD_WEBHOOK}`. Only `revealed` gives it away.
public struct Secret: Sendable, Hashable {
  public let revealed: String
  /// What may be shown.
  private let shown: String

  public init(_ value: String) {
    revealed = value
    shown = Secret.mask
  }

  private init(_ value: String, from text: ConfigurationText) {
    revealed = value
    // Where a default was taken, the value stands in the text.
    shown = text.usesVariable && !text.usesDefault ? text.written : Secret.mask
  }

  private static let mask = "***"
}

extension Secret {
  public static func == (left: Secret, right: Secret) -> Bool { left.revealed == right.revealed }
  public func hash(into hasher: inout Hasher) { hasher.combine(revealed) }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { shown }
  public var debugDescription: String { shown }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Secret: OptionValue {
  public static var typeName: String { "secret" }
  public static var expectation: String { "a string" }
  public static var schema: JSONTree { OptionSchema.string }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> Secret? {
    guard case .string(let text) = node.value else {
      // Not `mismatch`, which shows the value.
      return decoder.refuse(node, "expected \(expectation), found \(node.kindName)")
    }
    guard let value = text.text else { return nil }
    return value.isEmpty ? decoder.refuse(node, "must not be empty") : Secret(value, from: text)
  }

  public var encoded: JSONTree { .string(shown) }
}
