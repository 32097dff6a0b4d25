/// The content of a JSON string, in place: the bytes between the quotes, escapes not yet replaced.
///
/// Comparing and reading numbers decodes escapes only where there are some, which market data never has but an adversary
/// may send.
@frozen
public struct JSONText: ~Escapable {
  public let bytes: RawSpan
  public let hasEscapes: Bool
  /// The first eight bytes, the first one lowest; zeros behind the end of a shorter text. Most keys are told apart by it.
  @usableFromInline let prefix: UInt64

  @inlinable
  @_lifetime(copy bytes)
  init(bytes: RawSpan, hasEscapes: Bool, prefix: UInt64) {
    self.bytes = bytes
    self.hasEscapes = hasEscapes
    self.prefix = prefix
  }

  @inlinable
  @_lifetime(copy bytes)
  init(bytes: RawSpan, hasEscapes: Bool) {
    self.init(bytes: bytes, hasEscapes: hasEscapes, prefix: bytes.word(at: 0, count: bytes.byteCount))
  }

  /// Whether this is the text of `right`, which is given as a literal: its bytes are compared as constants.
  @inlinable
  @inline(__always)
  public static func == (left: JSONText, right: StaticString) -> Bool {
    if left.hasEscapes { return left.isEqualUnescaped(to: right) }
    guard left.prefix == right.prefix else { return false }
    // No text has a zero byte but by an escape, so a prefix that ends within the word tells the length too.
    if right.utf8CodeUnitCount < 8 { return true }
    return left.bytes.byteCount == right.utf8CodeUnitCount
      && (right.utf8CodeUnitCount == 8 || left.isEqualBehindPrefix(to: right))
  }

  /// Whether it begins with the text of `literal`.
  @inlinable
  public func hasPrefix(_ literal: StaticString) -> Bool {
    if hasEscapes { return string.hasPrefix(literal.description) }
    let count = literal.utf8CodeUnitCount
    guard bytes.byteCount >= count else { return false }
    return bytes.extracting(unchecked: 0..<count).isEqual(to: literal)
  }

  @usableFromInline
  func isEqualUnescaped(to literal: StaticString) -> Bool { string == literal.description }

  /// Apart, so that what stands in front of it is small enough for the compiler to put it where it is used.
  @usableFromInline
  func isEqualBehindPrefix(to literal: StaticString) -> Bool { bytes.isEqual(to: literal) }

  /// The text with its escapes replaced, as a `String`: allocates, so not for the path of a market event.
  public var string: String {
    guard hasEscapes else { return bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
    return String(decoding: unescapedBytes, as: UTF8.self)
  }

  /// The text's bytes with escapes replaced.
  public var unescapedBytes: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: bytes.byteCount) { buffer, count in
      count = unescape(into: UnsafeMutableRawBufferPointer(buffer))
    }
  }

  /// The text as an amount; `malformed` where it is no number.
  @inlinable
  public var quantity: Quantity { hasEscapes ? unescapedQuantity : Quantity(text: bytes) }

  @usableFromInline
  var unescapedQuantity: Quantity {
    let unescaped = unescapedBytes
    return Quantity(text: unescaped.span.bytes)
  }
}

extension StaticString {
  /// The first eight bytes, as in `JSONText.prefix`.
  @inlinable
  @inline(__always)
  var prefix: UInt64 {
    var word: UInt64 = 0
    for offset in 0..<min(8, utf8CodeUnitCount) { word |= UInt64(utf8Start[offset]) << UInt64(offset * 8) }
    return word
  }
}

extension RawSpan {
  /// Whether both hold the same bytes.
  @inlinable
  func isEqual(to other: RawSpan) -> Bool {
    guard byteCount == other.byteCount else { return false }
    var offset = 0
    while offset < byteCount {
      guard word(at: offset, count: byteCount - offset) == other.word(at: offset, count: byteCount - offset) else {
        return false
      }
      offset += 8
    }
    return true
  }

  @inlinable
  func isEqual(to literal: StaticString) -> Bool {
    guard byteCount == literal.utf8CodeUnitCount else { return false }
    return literal.withUTF8Buffer { expected in
      for offset in 0..<expected.count where byte(offset) != expected[offset] { return false }
      return true
    }
  }
}

extension JSONText {
  /// Writes the content with its escapes replaced by the UTF-8 they stand for; `output` has at least as much room as the
  /// text has bytes. Gives how many were written.
  func unescape(into output: UnsafeMutableRawBufferPointer) -> Int {
    precondition(output.count >= bytes.byteCount)
    var place = 0
    var offset = 0
    while true {
      (offset, place) = bytes.copyPlain(from: offset, to: output, at: place)
      // What stands at `offset` is a backslash, or the end.
      guard offset + 1 < bytes.byteCount else { break }
      switch bytes.byte(offset + 1) {
      case UInt8(ascii: "u"):
        offset = bytes.unescapeScalar(at: offset, into: output, &place)
        continue
      case UInt8(ascii: "n"): output[place] = 0x0A
      case UInt8(ascii: "t"): output[place] = 0x09
      case UInt8(ascii: "r"): output[place] = 0x0D
      case UInt8(ascii: "b"): output[place] = 0x08
      case UInt8(ascii: "f"): output[place] = 0x0C
      case let escaped: output[place] = escaped
      }
      place += 1
      offset += 2
    }
    // A backslash at the very end stands for itself.
    if offset < bytes.byteCount {
      output[place] = bytes.byte(offset)
      place += 1
    }
    return place
  }
}

extension RawSpan {
  /// Copies up to the next backslash or the end, eight bytes at a time where both sides have them.
  fileprivate func copyPlain(
    from start: Int, to output: UnsafeMutableRawBufferPointer, at first: Int
  ) -> (offset: Int, place: Int) {
    var (offset, place) = (start, first)
    while offset + 8 <= byteCount, place + 8 <= output.count {
      let word = UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
      output.storeBytes(of: word.littleEndian, toByteOffset: place, as: UInt64.self)
      let other = word ^ 0x5C5C_5C5C_5C5C_5C5C
      let found = (other &- 0x0101_0101_0101_0101) & ~other & 0x8080_8080_8080_8080
      let count = found.trailingZeroBitCount >> 3
      offset += count
      place += count
      if count < 8 { return (offset, place) }
    }
    while offset < byteCount, byte(offset) != UInt8(ascii: "\\") {
      output[place] = byte(offset)
      offset += 1
      place += 1
    }
    return (offset, place)
  }

  /// The character that `\uXXXX`, or a pair of them, stands for: at most four bytes, never more than its escape has.
  fileprivate func unescapeScalar(
    at start: Int, into output: UnsafeMutableRawBufferPointer, _ place: inout Int
  ) -> Int {
    var end = min(start + 6, byteCount)
    var scalar = hexadecimal(at: start + 2) ?? 0xFFFD
    if scalar >= 0xD800, scalar <= 0xDBFF, let low = hexadecimal(at: start + 8), low >= 0xDC00, low <= 0xDFFF {
      scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
      end = start + 12
    }
    let character = UTF8.encode(Unicode.Scalar(scalar) ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter
    for byte in character where place < output.count {
      output[place] = byte
      place += 1
    }
    return end
  }
}

extension RawSpan {
  /// The number that four hex digits at `start` write; nil when they are not there.
  func hexadecimal(at start: Int) -> UInt32? {
    guard start + 4 <= byteCount else { return nil }
    var value: UInt32 = 0
    for offset in start..<start + 4 {
      let digit: UInt8
      switch byte(offset) {
      case let byte where byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case let byte where byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case let byte where byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: return nil
      }
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}
