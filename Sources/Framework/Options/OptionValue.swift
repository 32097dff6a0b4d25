/// What an option can hold.
public protocol OptionValue: Sendable {
  /// For people, in documentation: `duration`.
  static var typeName: String { get }
  /// For people, several of them: `durations`.
  static var pluralName: String { get }
  /// For people, behind "expected": `a duration such as "10s"`.
  static var expectation: String { get }
  /// Of a number that carries none itself; nil unless every value of the type has the same.
  static var unit: String? { get }
  /// A JSON Schema of the values, without title and description. See `OptionSchema` for the parts.
  static var schema: JSONTree { get }
  /// The options inside, where the value is an object with keys of its own.
  static var nested: [OptionDocumentation] { get }

  /// Reads the value, or reports what is wrong with it and returns nil.
  static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> Self?

  /// The JSON that `decode` reads as this value.
  var encoded: JSONTree { get }
}

extension OptionValue {
  public static var expectation: String {
    let article = typeName.first.map { "aeiou".contains($0) } == true ? "an" : "a"
    return "\(article) \(typeName)"
  }
  public static var pluralName: String { "\(typeName)s" }
  public static var unit: String? { nil }
  public static var nested: [OptionDocumentation] { [] }
}

extension String: OptionValue {
  public static var typeName: String { "string" }
  public static var schema: JSONTree { OptionSchema.string }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> String? {
    decoder.string(node, expected: expectation)
  }

  public var encoded: JSONTree { .string(ConfigurationText.escaping(self)) }
}

extension Bool: OptionValue {
  public static var typeName: String { "boolean" }
  public static var expectation: String { "true or false" }
  public static var schema: JSONTree { OptionSchema.orText(["type": "boolean"], pattern: "^(true|false)$") }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> Bool? {
    if case .boolean(let value) = node.value { return value }
    guard let text = decoder.string(node, expected: expectation) else { return nil }
    switch text {
    case "true": return true
    case "false": return false
    default: return decoder.mismatch(node, expected: expectation)
    }
  }

  public var encoded: JSONTree { .boolean(self) }
}

extension Int: OptionValue {
  public static var typeName: String { "integer" }
  public static var schema: JSONTree { OptionSchema.orText(["type": "integer"], pattern: "^-?[0-9]") }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> Int? {
    guard let digits = decoder.number(node, expected: expectation) else { return nil }
    guard let number = try? ExactDecimal(digits), let value = number.integer else {
      return decoder.mismatch(node, expected: expectation)
    }
    return value
  }

  public var encoded: JSONTree { .number(self) }
}

extension ExactDecimal {
  /// The number when it is whole and fits.
  fileprivate var integer: Int? {
    var value = mantissa
    for _ in 0..<abs(Int(exponent)) where value != 0 {
      if exponent < 0 {
        guard value % 10 == 0 else { return nil }
        value /= 10
      } else {
        let (product, overflow) = value.multipliedReportingOverflow(by: 10)
        guard !overflow else { return nil }
        value = product
      }
    }
    return Int(exactly: value)
  }
}

extension Double: OptionValue {
  public static var typeName: String { "number" }
  public static var schema: JSONTree { OptionSchema.orText(["type": "number"], pattern: "^-?[0-9]") }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> Double? {
    guard let digits = decoder.number(node, expected: expectation) else { return nil }
    guard let value = Double(digits), value.isFinite else {
      return decoder.refuse(node, "\(digits) is out of a double's range")
    }
    return value
  }

  public var encoded: JSONTree { .number(self) }
}

extension Instrument: OptionValue {
  public static var typeName: String { "instrument" }
  public static var expectation: String { "an instrument such as \"BTC-USD\"" }
  public static var schema: JSONTree { OptionSchema.text(pattern: "^[^-a-z\\s]+-[^-a-z\\s]+$") }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> Instrument? {
    guard let text = decoder.string(node, expected: expectation) else { return nil }
    guard let instrument = Instrument(text) else { return decoder.mismatch(node, expected: expectation) }
    guard !text.utf8.contains(where: { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }) else {
      return decoder.refuse(
        node, "instruments are written in capitals", suggestion: "did you mean \(Quoted(text.uppercased()))?")
    }
    return instrument
  }

  public var encoded: JSONTree { description.encoded }
}
