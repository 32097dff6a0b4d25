import ArbdFramework
import Testing

/// One way to spoil a good frame, and how it must be refused.
struct BadFrame: Sendable, CustomTestStringConvertible {
  let frame: String
  let reason: UndecodableReason
  let field: String?

  var testDescription: String { frame.isEmpty ? "an empty frame" : frame }

  init(_ frame: String, _ reason: UndecodableReason, field: String? = nil) {
    self.frame = frame
    self.reason = reason
    self.field = field
  }

  /// `good` with `part` replaced.
  init(
    _ good: String, _ part: String, _ replacement: String, _ reason: UndecodableReason, field: String? = nil
  ) {
    self.init(good.replacing(part, with: replacement), reason, field: field)
  }

  /// What no venue sends as text and any parser must refuse.
  static let malformed = [
    "", " ", "\r\n", "\u{FEFF}{}", "{", "}", "{]", "[", "[1", "nul", "tru", "\"", "-", "01", "+1", "NaN",
    "'{}'",
    "{\"type\"}", "{\"type\":}", "{\"type\":\"match\",}", "{,}", "{\"a\":1 \"b\":2}", "{\"a\":1}{\"b\":2}",
    "{\"a\":\"\u{1}\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\ud800\"}", "{\"a\":01}", "{\"a\":1.}",
    "<html></html>",
    "ping", String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000),
  ]

  /// Texts of a price that are no number, or none that a price can be.
  static let badPrices = [
    "0", "0.00", "-0", "-1", "-0.01", "1e400", "1e-400", "1234567890123456789012345678901234567890",
    "9223372036854775808",
    "0.00000000000000000000000000000000000000001234567890123456789012345", "", " ", " 1", "1 ", "1,5", "1.",
    ".5", "01",
    "+1", "0x10", "1e", "1e+", "--1", "NaN", "nan", "Infinity", "-Infinity", "inf", "null", "one", "１",
  ]

  static let badSizes = badPrices.filter { !["0", "0.00", "-0"].contains($0) }
}

extension Reception {
  /// Refused for this reason, and nothing else came of it.
  func expectRefusal(_ bad: BadFrame, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(error?.reason == bad.reason, "\(bad.frame)", sourceLocation: sourceLocation)
    #expect(error?.remedy == .skip, "\(bad.frame)", sourceLocation: sourceLocation)
    if let field = bad.field {
      #expect(error?.field == field, "\(bad.frame)", sourceLocation: sourceLocation)
    }
    #expect(
      events.isEmpty && actions.isEmpty && duplicates == 0, "\(bad.frame)", sourceLocation: sourceLocation)
  }
}

extension Conversation {
  /// A good trade is refused with `part` replaced, and read as it is.
  mutating func expectRefusal(
    of good: String, with part: String, as replacement: String, _ reason: UndecodableReason,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(good.contains(part), sourceLocation: sourceLocation)
    receive(good.replacing(part, with: replacement)).expectRefusal(
      BadFrame(good, part, replacement, reason), sourceLocation: sourceLocation)
    #expect(receive(good).events.count == 1, "the next good one is read", sourceLocation: sourceLocation)
  }
}
