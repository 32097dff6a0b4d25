/// A value that is one of a few words.
///
///     enum PriceKind: String, CaseIterable, OptionChoice { case mean, vwap, last }
public protocol OptionChoice: OptionValue, RawRepresentable, CaseIterable where RawValue == String {
  /// Those that a file may name; all unless a type says otherwise.
  static var choices: [Self] { get }
}

extension OptionChoice {
  public static var choices: [Self] { Array(allCases) }

  public static var typeName: String { words.joined(separator: ", ") }
  public static var pluralName: String { typeName }
  public static var expectation: String { words.count > 1 ? "one of \(typeName)" : typeName }
  public static var schema: JSONTree {
    ["anyOf": [["enum": .array(choices.map { .string($0.rawValue) })], OptionSchema.variable]]
  }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> Self? {
    guard let text = decoder.string(node, expected: expectation) else { return nil }
    if let choice = choices.first(where: { $0.rawValue == text }) { return choice }
    let near = Spelling.nearest(to: text, among: choices.map(\.rawValue)).map {
      "did you mean \(Quoted($0))?"
    }
    return decoder.mismatch(node, expected: expectation, suggestion: near)
  }

  public var encoded: JSONTree { .string(rawValue) }

  private static var words: [String] { choices.map { "\(Quoted($0.rawValue))" } }
}
