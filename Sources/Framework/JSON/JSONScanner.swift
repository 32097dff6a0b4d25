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

  /// Whether an object comes next, which stays unread.
  @inlinable
  public mutating func nextIsObject() throws(JSONError) -> Bool { try nextByte() == UInt8(ascii: "{") }

  @inlinable
  public mutating func beginObject() throws(JSONError) { try open(UInt8(ascii: "{")) }

  /// The next key of the object, or nil behind its last: then the object is closed.
  @inlinable
  @_lifetime(copy self)
  @inline(__always)
  public mutating func nextKey() throws(JSONError) -> JSONText? {
    if let key = compactKey() { return key }
    return try spacedKey()
  }

  /// What venues send: `"key":` right behind the brace or one comma, no white space, up to fifteen plain bytes. Nil, and
  /// nothing read, for everything else.
  @inlinable
  @inline(__always)
  @_lifetime(copy self)
  mutating func compactKey() -> JSONText? {
    var start = position
    if !isFresh {
      guard start < bytes.byteCount, bytes.byte(start) == UInt8(ascii: ",") else { return nil }
      start &+= 1
    }
    guard start < bytes.byteCount, bytes.byte(start) == UInt8(ascii: "\"") else { return nil }
    start &+= 1
    let word = bytes.word(at: start)
    // One letter, as some venues have them throughout.
    let letter = UInt8(truncatingIfNeeded: word)
    if word & 0xFF_FF00 == 0x3A_2200, letter > UInt8(ascii: "\""), letter < 0x7F, letter != UInt8(ascii: "\\") {
      position = start &+ 3
      isFresh = false
      return JSONText(
        bytes: bytes.extracting(unchecked: start..<start &+ 1), hasEscapes: false, prefix: UInt64(letter))
    }
    var count = JSONScanner.plainBytes(word)
    if count == 8 { count &+= JSONScanner.plainBytes(bytes.word(at: start &+ 8)) }
    let end = start &+ count
    guard count < 16, end &+ 1 < bytes.byteCount, bytes.byte(end) == UInt8(ascii: "\""),
      bytes.byte(end &+ 1) == UInt8(ascii: ":")
    else { return nil }
    position = end &+ 2
    isFresh = false
    return JSONText(
      bytes: bytes.extracting(unchecked: start..<end), hasEscapes: false,
      prefix: count >= 8 ? word : word & ~(.max &<< UInt64(count &* 8)))
  }

  @usableFromInline
  @_lifetime(copy self)
  mutating func spacedKey() throws(JSONError) -> JSONText? {
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

  /// How many bytes there are from here on.
  var remainingBytes: Int { bytes.byteCount - position }

  /// Reads a string into `room`, escapes replaced; that is never longer than `remainingBytes`. Gives its length.
  mutating func readString(into room: UnsafeMutableRawBufferPointer) throws(JSONError) -> Int {
    guard try nextByte() == UInt8(ascii: "\"") else { throw mismatch() }
    precondition(room.count >= remainingBytes - 1)
    var offset = position + 1
    var place = 0
    let lastWord = bytes.byteCount &- 8
    while true {
      while offset <= lastWord {
        let word = bytes.uncheckedWord(at: offset)
        // What is stored beyond the plain bytes is written over.
        if place &+ 8 <= room.count { room.storeBytes(of: word.littleEndian, toByteOffset: place, as: UInt64.self) }
        let plain = JSONScanner.plainBytes(word)
        offset &+= plain
        place &+= plain
        if plain < 8 { break }
      }
      guard offset < bytes.byteCount else { throw JSONError(.unexpectedEnd, at: bytes.byteCount) }
      let byte = bytes.byte(offset)
      var end = offset + 1
      if byte == UInt8(ascii: "\"") {
        position = end
        return place
      }
      if byte == UInt8(ascii: "\\") {
        // The one escape that a frame is full of.
        if end < bytes.byteCount, bytes.byte(end) == UInt8(ascii: "\"") {
          room[place] = UInt8(ascii: "\"")
          place &+= 1
          offset = end &+ 1
          continue
        }
        end = try endOfEscape(at: offset)
        let escape = JSONText(bytes: bytes.extracting(offset..<end), hasEscapes: true)
        place += escape.unescape(into: UnsafeMutableRawBufferPointer(rebasing: room[place...]))
        offset = end
        continue
      }
      if byte < 0x20 { throw JSONError(.controlCharacter, at: offset) }
      if byte >= 0x80 { end = try endOfMultibyte(at: offset) }
      for source in offset..<end {
        room[place] = bytes.byte(source)
        place += 1
      }
      offset = end
    }
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
    if let short = shortNumber() { return short }
    let quoted = try nextByte() == UInt8(ascii: "\"")
    let start = quoted ? position + 1 : position
    switch NumberText.parse(bytes, from: start) {
    case .exact(let value, let end):
      position = try endOfNumber(end, quoted: quoted)
      return value
    case .inexact: throw JSONError(.numberOutOfRange, at: start)
    case .malformed(let offset): throw malformedNumber(at: offset, start: start, quoted: quoted)
    }
  }

  /// A number of usual length that stands right here, in quotes or not. Nil, and nothing read, for all others.
  @inlinable
  @inline(__always)
  mutating func shortNumber() -> ExactDecimal? {
    guard position < bytes.byteCount else { return nil }
    var end = position
    let quoted = bytes.byte(end) == UInt8(ascii: "\"")
    if quoted { end &+= 1 }
    guard let value = NumberText.short(bytes, &end) else { return nil }
    if quoted {
      guard end < bytes.byteCount, bytes.byte(end) == UInt8(ascii: "\"") else { return nil }
      end &+= 1
    }
    position = end
    return value
  }

  /// A string as an amount, which may be anything: `malformed` where it is no number.
  @inlinable
  public mutating func readAmount() throws(JSONError) -> Quantity {
    if position < bytes.byteCount, bytes.byte(position) == UInt8(ascii: "\""), let short = shortNumber() {
      return Quantity(short)
    }
    return try readString().quantity
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
  @inline(__always)
  public mutating func skipValue() throws(JSONError) {
    switch try nextByte() {
    case UInt8(ascii: "\""): _ = try skipString()
    case UInt8(ascii: "{"), UInt8(ascii: "["): try skipContainer()
    case UInt8(ascii: "t"): try literal("true")
    case UInt8(ascii: "f"): try literal("false")
    case UInt8(ascii: "n"): try literal("null")
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try skipNumber()
    default: throw JSONError(.unexpectedByte, at: position)
    }
  }
}
