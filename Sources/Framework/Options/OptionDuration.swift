/// Durations stand in a file as a number with a unit: `"250ms"`, `"1.5s"`, `"5m"`, `"1h"`. They are whole milliseconds, 0
/// to 366 days.
extension Duration: OptionValue {
  public static var typeName: String { "duration" }
  public static var expectation: String { "a duration such as \"10s\"" }
  public static var schema: JSONTree { OptionSchema.text(pattern: "^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$") }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> Duration? {
    if case .number(let digits) = node.value, !digits.hasPrefix("-") {
      return decoder.mismatch(node, expected: expectation, suggestion: "a unit is missing: ms, s, m or h")
    }
    guard let text = decoder.string(node, expected: expectation) else { return nil }
    switch DurationText.parse(text) {
    case .milliseconds(let count): return .milliseconds(count)
    case .problem(let problem): return decoder.refuse(node, "\(Quoted(text)) \(problem)")
    case .malformed: return decoder.mismatch(node, expected: expectation)
    }
  }

  public var encoded: JSONTree { .string(DurationText.text(of: self)) }
}

extension Duration {
  /// Reads a duration as a configuration writes it; nil when it is not one.
  public init?(configurationText text: String) {
    guard case .milliseconds(let count) = DurationText.parse(text) else { return nil }
    self = .milliseconds(count)
  }
}

/// A time-out that may be switched off: a duration, or the word `never`.
public enum DurationOrNever: Sendable, Hashable {
  case duration(Duration)
  case never

  /// Nil for never.
  public var duration: Duration? { if case .duration(let duration) = self { duration } else { nil } }
}

extension DurationOrNever: OptionValue {
  public static var typeName: String { "duration or \"never\"" }
  public static var pluralName: String { "durations or \"never\"" }
  public static var expectation: String { "a duration such as \"10s\", or \"never\"" }
  public static var schema: JSONTree { OptionSchema.text(pattern: "^([0-9]+(\\.[0-9]+)?(ms|s|m|h)|never)$") }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> DurationOrNever? {
    guard let text = decoder.string(node, expected: expectation) else { return nil }
    if text == "never" { return .never }
    if case .malformed = DurationText.parse(text) { return decoder.mismatch(node, expected: expectation) }
    return Duration.decode(node, &decoder).map { .duration($0) }
  }

  public var encoded: JSONTree {
    switch self {
    case .duration(let duration): duration.encoded
    case .never: "never"
    }
  }
}

/// The written form of a duration.
enum DurationText {
  enum Parsed {
    case milliseconds(Int64)
    /// What is wrong, behind the text itself: `is longer than 366 days`.
    case problem(String)
    case malformed
  }

  private static let units: [(name: String, milliseconds: Int64)] = [
    ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000),
  ]
  private static let longest: Int128 = 366 * 86_400_000

  static func parse(_ text: String) -> Parsed {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-") }
    let unit = text.dropFirst(digits.count)
    let number: ExactDecimal
    do { number = try ExactDecimal(digits) } catch {
      return error == .outOfRange ? .problem("has too many digits") : .malformed
    }
    guard !unit.isEmpty else { return .problem("has no unit; write ms, s, m or h behind the number") }
    guard let factor = units.first(where: { $0.name == unit })?.milliseconds else {
      return .problem("has an unknown unit; write ms, s, m or h behind the number")
    }
    guard !digits.hasPrefix("-") else { return .problem("is negative") }
    var milliseconds = Int128(number.mantissa) * Int128(factor)
    // The digits have no exponent of their own, so the exponent is 0 or negative.
    for _ in 0..<max(0, -Int(number.exponent)) {
      guard milliseconds % 10 == 0 else { return .problem("is not a whole number of milliseconds") }
      milliseconds /= 10
    }
    guard milliseconds <= longest else { return .problem("is longer than 366 days") }
    return .milliseconds(Int64(milliseconds))
  }

  /// In the largest unit that gives a whole number.
  static func text(of duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let milliseconds = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    if milliseconds == 0 { return "0s" }
    let unit = units.last { milliseconds % $0.milliseconds == 0 } ?? units[0]
    return "\(milliseconds / unit.milliseconds)\(unit.name)"
  }
}
