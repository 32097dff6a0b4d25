/// A pull parser for market data: reads a JSON document where it lies, allocates nothing, keeps nothing.
///
/// The caller walks the document in its own order and skips what it does not want:
///
///     var json = JSONScanner(frame)
///     try json.beginObject()
///     while let key = try json.nextKey() {
///       if key == "p" { price = try json.readQuantity() } else { try json.skipValue() }
///     }
///     try json.finish()
///
/// Whatever the bytes are, it never reads outside them and never traps; an error names the byte. What is read or skipped
/// is checked as strictly as RFC 8259 asks, UTF-8 included. Calls out of order (a key inside an array, say) give an error
/// or nonsense, never harm.
@frozen
public struct JSONScanner: ~Copyable, ~Escapable {
  @usableFromInline let bytes: RawSpan
  /// The next byte to read.
  public private(set) var offset: Int {
    @inlinable get { position }
    set { position = newValue }
  }
  @usableFromInline var position: Int
  /// How many objects and arrays are open.
  @usableFromInline var depth: Int
  @usableFromInline let depthLimit: Int
  /// Right behind an opening bracket, where no comma is due.
  @usableFromInline var isFresh: Bool

  /// How deep a document may nest unless the caller says otherwise; venues nest four deep.
  public static let defaultDepthLimit = 128

  /// `offset`: where the document begins in `bytes`.
  @inlinable
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, from offset: Int = 0, depthLimit: Int = JSONScanner.defaultDepthLimit) {
    self.bytes = bytes
    self.position = min(max(0, offset), bytes.byteCount)
    self.depth = 0
    self.depthLimit = depthLimit
    self.isFresh = false
  }

  // MARK: Structure

  /// The kind of the value that comes next, which stays unread.
  @inlinable
  public mutating func peek() throws(JSONError) -> JSONKind {
    switch try nextByte() {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    default: throw JSONError(.unexpectedByte, at: position)
    }
  }

  @inlinable
  public mutating func beginObject() throws(JSONError) { try open(UInt8(ascii: "{")) }

  /// The next key of the object, or nil behind its last: then the object is closed.
  @inlinable
  @_lifetime(copy self)
  public mutating func nextKey() throws(JSONError) -> JSONText? {
    guard try nextMember(closing: UInt8(ascii: "}")) else { return nil }
    let key = try string()
    guard try nextByte() == UInt8(ascii: ":") else { throw JSONError(.unexpectedByte, at: position) }
    position += 1
    return key
  }

  @inlinable
  public mutating func beginArray() throws(JSONError) { try open(UInt8(ascii: "[")) }

  /// Whether the array has another element, which then comes next; when not, the array is closed.
  @inlinable
  public mutating func nextElement() throws(JSONError) -> Bool {
    try nextMember(closing: UInt8(ascii: "]"))
  }

  /// Checks that nothing but white space follows.
  @inlinable
  public mutating func finish() throws(JSONError) {
    skipWhiteSpace()
    if position < bytes.byteCount { throw JSONError(.trailingBytes, at: position) }
  }

  // MARK: Values

  @inlinable
  @_lifetime(copy self)
  public mutating func readString() throws(JSONError) -> JSONText {
    guard try nextByte() == UInt8(ascii: "\"") else { throw mismatch() }
    return try string()
  }

  /// Reads a string and gives the place of its content in the document, for readers that come back to it.
  @inlinable
  public mutating func readStringRange() throws(JSONError) -> Range<Int> {
    let count = try readString().bytes.byteCount
    return (position - 1 - count)..<(position - 1)
  }

  /// A number, or a string that holds one.
  @inlinable
  public mutating func readDecimal() throws(JSONError) -> ExactDecimal {
    let quoted = try nextByte() == UInt8(ascii: "\"")
    let start = quoted ? position + 1 : position
    switch NumberText.parse(bytes, from: start, to: bytes.byteCount) {
    case .exact(let value, let end):
      position = try endOfNumber(end, quoted: quoted)
      return value
    case .inexact: throw JSONError(.numberOutOfRange, at: start)
    case .malformed(let offset): throw malformedNumber(at: offset, start: start, quoted: quoted)
    }
  }

  /// `readDecimal` with the nearest double.
  @inlinable
  public mutating func readQuantity() throws(JSONError) -> Quantity {
    Quantity(try readDecimal())
  }

  /// An integer, or a string that holds one.
  @inlinable
  public mutating func readInteger() throws(JSONError) -> Int64 {
    skipWhiteSpace()
    let start = position
    let value = try readDecimal()
    guard value.exponent == 0 else { throw JSONError(.numberOutOfRange, at: start) }
    return value.mantissa
  }

  /// An integer that is no string.
  @inlinable
  public mutating func readWholeNumber() throws(JSONError) -> Int64 {
    guard try nextByte() != UInt8(ascii: "\"") else { throw mismatch() }
    return try readInteger()
  }

  @inlinable
  public mutating func readBoolean() throws(JSONError) -> Bool {
    switch try nextByte() {
    case UInt8(ascii: "t"):
      try literal("true")
      return true
    case UInt8(ascii: "f"):
      try literal("false")
      return false
    default: throw mismatch()
    }
  }

  /// Reads `null` if that comes next and says whether it did.
  @inlinable
  public mutating func readNull() throws(JSONError) -> Bool {
    guard try nextByte() == UInt8(ascii: "n") else { return false }
    try literal("null")
    return true
  }

  /// Reads past the next value, whatever it is, checking it all the way.
  @inlinable
  public mutating func skipValue() throws(JSONError) {
    switch try nextByte() {
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "{"), UInt8(ascii: "["): try skipContainer()
    case UInt8(ascii: "t"): try literal("true")
    case UInt8(ascii: "f"): try literal("false")
    case UInt8(ascii: "n"): try literal("null")
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try skipNumber()
    default: throw JSONError(.unexpectedByte, at: position)
    }
  }
}

// MARK: - Steps

extension JSONScanner {
  @inlinable
  @inline(__always)
  mutating func skipWhiteSpace() {
    while position < bytes.byteCount {
      let byte = bytes.byte(position)
      guard byte <= 0x20, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      position += 1
    }
  }

  /// The next byte that is no white space, which stays unread.
  @inlinable
  @inline(__always)
  mutating func nextByte() throws(JSONError) -> UInt8 {
    skipWhiteSpace()
    guard position < bytes.byteCount else { throw JSONError(.unexpectedEnd, at: position) }
    return bytes.byte(position)
  }

  @inlinable
  mutating func open(_ bracket: UInt8) throws(JSONError) {
    guard try nextByte() == bracket else { throw mismatch() }
    guard depth < depthLimit else { throw JSONError(.tooDeep, at: position) }
    depth += 1
    position += 1
    isFresh = true
  }

  /// Reads the comma or the closing bracket. True when a member follows.
  @inlinable
  mutating func nextMember(closing bracket: UInt8) throws(JSONError) -> Bool {
    let byte = try nextByte()
    if byte == bracket {
      position += 1
      depth -= 1
      isFresh = false
      return false
    }
    if isFresh {
      isFresh = false
    } else {
      guard byte == UInt8(ascii: ",") else { throw JSONError(.unexpectedByte, at: position) }
      position += 1
      guard try nextByte() != bracket else { throw JSONError(.unexpectedByte, at: position) }
    }
    if bracket == UInt8(ascii: "}"), bytes.byte(position) != UInt8(ascii: "\"") {
      throw JSONError(.unexpectedByte, at: position)
    }
    return true
  }

  /// The string whose opening quote is at `position`.
  @inlinable
  @_lifetime(copy self)
  mutating func string() throws(JSONError) -> JSONText {
    let start = position + 1
    var offset = start
    var hasEscapes = false
    while offset < bytes.byteCount {
      // Eight bytes at a time as long as none of them needs a look.
      while offset + 8 <= bytes.byteCount {
        let skipped = JSONScanner.plainBytes(bytes.word(at: offset, count: 8))
        offset += skipped
        if skipped < 8 { break }
      }
      guard offset < bytes.byteCount else { break }
      let byte = bytes.byte(offset)
      if byte == UInt8(ascii: "\"") {
        position = offset + 1
        return JSONText(
          bytes: bytes.extracting(start..<offset), hasEscapes: hasEscapes,
          prefix: bytes.word(at: start, count: offset - start))
      }
      if byte == UInt8(ascii: "\\") {
        hasEscapes = true
        offset = try endOfEscape(at: offset)
      } else if byte < 0x20 {
        throw JSONError(.controlCharacter, at: offset)
      } else if byte < 0x80 {
        offset += 1
      } else {
        offset = try endOfMultibyte(at: offset)
      }
    }
    throw JSONError(.unexpectedEnd, at: bytes.byteCount)
  }

  /// How many of eight bytes, from the lowest on, stand for themselves in a string: no quote, no backslash, no control
  /// character, none above 0x7F.
  ///
  /// For each byte the high bit tells; a borrow can only reach bytes above one that is counted already.
  @inlinable
  @inline(__always)
  static func plainBytes(_ word: UInt64) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
    let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
    let found =
      ((quote &- ones) | (backslash &- ones) | (word &- ones &* 0x20) | word) & (ones &* 0x80)
    return found.trailingZeroBitCount >> 3
  }

  /// The offset behind the escape whose backslash is at `start`; surrogates must come in pairs.
  @usableFromInline
  func endOfEscape(at start: Int) throws(JSONError) -> Int {
    guard start + 1 < bytes.byteCount else { throw JSONError(.unexpectedEnd, at: bytes.byteCount) }
    switch bytes.byte(start + 1) {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return start + 2
    case UInt8(ascii: "u"):
      guard let unit = bytes.hexadecimal(at: start + 2) else { throw JSONError(.invalidEscape, at: start) }
      guard unit >= 0xD800, unit <= 0xDFFF else { return start + 6 }
      guard unit <= 0xDBFF, start + 7 < bytes.byteCount, bytes.byte(start + 6) == UInt8(ascii: "\\"),
        bytes.byte(start + 7) == UInt8(ascii: "u"), let low = bytes.hexadecimal(at: start + 8), low >= 0xDC00,
        low <= 0xDFFF
      else { throw JSONError(.invalidEscape, at: start) }
      return start + 12
    default: throw JSONError(.invalidEscape, at: start)
    }
  }

  /// The offset behind the UTF-8 sequence that starts at `start` with a byte above 0x7F (RFC 3629: no overlong forms,
  /// no surrogates, nothing above U+10FFFF).
  @usableFromInline
  func endOfMultibyte(at start: Int) throws(JSONError) -> Int {
    let lead = bytes.byte(start)
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch lead {
    case 0xC2...0xDF: length = 2
    case 0xE0...0xEF:
      length = 3
      if lead == 0xE0 { second = 0xA0...0xBF }
      if lead == 0xED { second = 0x80...0x9F }
    case 0xF0...0xF4:
      length = 4
      if lead == 0xF0 { second = 0x90...0xBF }
      if lead == 0xF4 { second = 0x80...0x8F }
    default: throw JSONError(.invalidUTF8, at: start)
    }
    guard start + length <= bytes.byteCount else { throw JSONError(.invalidUTF8, at: start) }
    guard second.contains(bytes.byte(start + 1)) else { throw JSONError(.invalidUTF8, at: start) }
    for offset in (start + 2)..<max(start + 2, start + length) where bytes.byte(offset) & 0xC0 != 0x80 {
      throw JSONError(.invalidUTF8, at: start)
    }
    return start + length
  }

  @usableFromInline
  mutating func literal(_ word: StaticString) throws(JSONError) {
    let end = position + word.utf8CodeUnitCount
    guard end <= bytes.byteCount else { throw JSONError(.unexpectedEnd, at: bytes.byteCount) }
    guard bytes.extracting(position..<end).isEqual(to: word) else { throw JSONError(.unexpectedByte, at: position) }
    position = end
  }

  @inlinable
  mutating func skipNumber() throws(JSONError) {
    switch NumberText.parse(bytes, from: position, to: bytes.byteCount) {
    case .exact(_, let end), .inexact(let end): position = try endOfNumber(end, quoted: false)
    case .malformed(let offset): throw malformedNumber(at: offset, start: position, quoted: false)
    }
  }

  /// The container that starts at `position`, level by level without recursion: one bit a level says whether it is an
  /// object.
  @usableFromInline
  mutating func skipContainer() throws(JSONError) {
    let base = depth
    var levels = LevelStack()
    repeat {
      let byte = try nextByte()
      if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
        let isObject = byte == UInt8(ascii: "{")
        try open(byte)
        guard levels.push(isObject) else { throw JSONError(.tooDeep, at: position - 1) }
      } else {
        try skipValue()
      }
      // Close what ends here; stop in front of the next value.
      while depth > base {
        if levels.top {
          if try nextKey() != nil { break }
        } else {
          if try nextElement() { break }
        }
        levels.pop()
      }
    } while depth > base
  }

  @inlinable
  func endOfNumber(_ end: Int, quoted: Bool) throws(JSONError) -> Int {
    guard quoted else { return end }
    guard end < bytes.byteCount else { throw JSONError(.unexpectedEnd, at: end) }
    guard bytes.byte(end) == UInt8(ascii: "\"") else { throw JSONError(.malformedNumber, at: end) }
    return end + 1
  }

  @usableFromInline
  func malformedNumber(at offset: Int, start: Int, quoted: Bool) -> JSONError {
    if offset >= bytes.byteCount { return JSONError(.unexpectedEnd, at: bytes.byteCount) }
    if !quoted, offset == start { return mismatch() }
    return JSONError(.malformedNumber, at: offset)
  }

  /// The error for a value that is not of the wanted kind: wrong type when it could start another, else a stray byte.
  @usableFromInline
  func mismatch() -> JSONError {
    guard position < bytes.byteCount else { return JSONError(.unexpectedEnd, at: position) }
    switch bytes.byte(position) {
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""), UInt8(ascii: "t"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      return JSONError(.wrongType, at: position)
    default: return JSONError(.unexpectedByte, at: position)
    }
  }
}

/// Up to 1,024 booleans on the stack: which of the open levels are objects.
struct LevelStack {
  private var words = InlineArray<16, UInt64>(repeating: 0)
  private var count = 0

  var top: Bool { count > 0 && words[(count - 1) >> 6] >> UInt64((count - 1) & 63) & 1 == 1 }

  /// False when full.
  mutating func push(_ value: Bool) -> Bool {
    guard count < 1_024 else { return false }
    let bit: UInt64 = 1 << UInt64(count & 63)
    if value { words[count >> 6] |= bit } else { words[count >> 6] &= ~bit }
    count += 1
    return true
  }

  mutating func pop() { count = max(0, count - 1) }
}
