/// Why a document cannot be read on, and where.
public struct JSONError: Error, Equatable, Sendable {
  public enum Reason: String, Sendable, CaseIterable {
    case unexpectedEnd = "unexpected end"
    case unexpectedByte = "unexpected byte"
    case controlCharacter = "control character in a string"
    case invalidEscape = "invalid escape"
    case invalidUTF8 = "invalid UTF-8"
    case tooDeep = "nested too deeply"
    case wrongType = "value of another type"
    case numberOutOfRange = "number out of range"
    case malformedNumber = "malformed number"
    case trailingBytes = "bytes after the document"
  }

  public let reason: Reason
  /// From the start of the document, in bytes.
  public let offset: Int

  public init(_ reason: Reason, at offset: Int) {
    self.reason = reason
    self.offset = offset
  }
}

extension JSONError: CustomStringConvertible {
  public var description: String { "\(reason.rawValue) at byte \(offset)" }
}

/// The kind of a JSON value.
@frozen
public enum JSONKind: String, Sendable {
  case object, array, string, number, boolean, null
}
