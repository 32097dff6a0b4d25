/// A value of a document that a pointer has led to: where it lies.
@frozen
public struct JSONCapture: Sendable {
  /// Nil where there is no such value.
  public var kind: JSONKind?
  /// Of a string, what stands between the quotes; of anything else, all of it.
  public var start: Int
  public var end: Int
  /// A string's escapes have to be replaced before it is compared.
  public var hasEscapes = false

  @inlinable
  init(kind: JSONKind? = nil, start: Int = 0, end: Int = 0) {
    self.kind = kind
    self.start = start
    self.end = end
  }

  @inlinable
  public var range: Range<Int> { start..<max(start, end) }

  /// A text, a number, a truth or null: something that has no parts.
  @inlinable
  public var isScalar: Bool {
    switch kind {
    case .string, .number, .boolean, .null: true
    case .object, .array, nil: false
    }
  }
}

extension JSONCapture {
  /// The text, escapes replaced, or the digits of a number. Allocates.
  public func text(in document: RawSpan) -> String {
    JSONText(bytes: document.extracting(range), hasEscapes: hasEscapes).string
  }

  /// Whether it is this text; numbers and truths are compared as they are written, so `0` and `"0"` are the same.
  public func isText(_ expected: [UInt8], in document: RawSpan) -> Bool {
    guard isScalar else { return false }
    if hasEscapes { return text(in: document).utf8.elementsEqual(expected) }
    return document.extracting(range).isEqual(to: expected.span.bytes)
  }

  /// The same for its beginning.
  public func hasPrefix(_ expected: [UInt8], in document: RawSpan) -> Bool {
    guard isScalar else { return false }
    if hasEscapes { return text(in: document).utf8.starts(with: expected) }
    guard range.count >= expected.count else { return false }
    return document.extracting(start..<start + expected.count).isEqual(to: expected.span.bytes)
  }

  /// Whether both hold the same bytes.
  public static func areEqual(_ bytes: RawSpan, _ expected: [UInt8]) -> Bool { bytes.isEqual(to: expected.span.bytes) }

  /// A number, or a text that holds one: `missing` where there is none, `malformed` where it is something else.
  public func quantity(in document: RawSpan) -> Quantity {
    switch kind {
    case nil: return .missing
    case .number, .string:
      var json = JSONScanner(document, from: start)
      if let short = json.shortNumber(), json.position == end { return Quantity(short) }
      return hasEscapes ? .malformed : Quantity(text: document.extracting(range))
    default: return .malformed
    }
  }

  /// A whole number; nil for anything else.
  public func integer(in document: RawSpan) -> Int64? {
    guard let value = quantity(in: document).exact, value.exponent == 0 else { return nil }
    return value.mantissa
  }
}
