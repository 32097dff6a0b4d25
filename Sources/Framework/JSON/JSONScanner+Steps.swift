// The steps that reading is made of: white space, members, strings, numbers, each by the quick way where venues take it.

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
  @inline(__always)
  @_lifetime(copy self)
  mutating func string() throws(JSONError) -> JSONText {
    let start = position &+ 1
    // Most are shorter than a word.
    let word = bytes.word(at: start)
    let count = JSONScanner.plainBytes(word)
    if count < 8, start &+ count < bytes.byteCount, bytes.byte(start &+ count) == UInt8(ascii: "\"") {
      position = start &+ count &+ 1
      return JSONText(
        bytes: bytes.extracting(unchecked: start..<start &+ count), hasEscapes: false,
        prefix: word & ~(.max &<< UInt64(count &* 8)))
    }
    let hasEscapes = try skipString()
    return JSONText(
      bytes: bytes.extracting(unchecked: start..<position &- 1), hasEscapes: hasEscapes,
      prefix: bytes.word(at: start, count: position &- 1 &- start))
  }

  /// Reads past the string whose opening quote is at `position`; says whether it has escapes.
  @usableFromInline
  mutating func skipString() throws(JSONError) -> Bool {
    var offset = position + 1
    var hasEscapes = false
    while true {
      // Eight bytes at a time as long as none of them needs a look.
      let lastWord = bytes.byteCount &- 8
      while offset <= lastWord {
        let skipped = JSONScanner.plainBytes(bytes.uncheckedWord(at: offset))
        offset &+= skipped
        if skipped < 8 { break }
      }
      guard offset < bytes.byteCount else { throw JSONError(.unexpectedEnd, at: bytes.byteCount) }
      let byte = bytes.byte(offset)
      if byte == UInt8(ascii: "\"") {
        position = offset + 1
        return hasEscapes
      }
      if byte == UInt8(ascii: "\\") {
        hasEscapes = true
        let isQuote = offset + 1 < bytes.byteCount && bytes.byte(offset + 1) == UInt8(ascii: "\"")
        offset = isQuote ? offset + 2 : try endOfEscape(at: offset)
      } else if byte < 0x20 {
        throw JSONError(.controlCharacter, at: offset)
      } else if byte < 0x80 {
        offset += 1
      } else {
        offset = try endOfMultibyte(at: offset)
      }
    }
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

  /// Reads a word of four or five letters, given as a literal.
  @inlinable
  @inline(__always)
  mutating func literal(_ word: StaticString) throws(JSONError) {
    let found = bytes.word(at: position, count: word.utf8CodeUnitCount)
    guard found == word.prefix else { return try mismatch(of: word) }
    position &+= word.utf8CodeUnitCount
  }

  @usableFromInline
  func mismatch(of word: StaticString) throws(JSONError) {
    let end = position + word.utf8CodeUnitCount
    guard end <= bytes.byteCount else { throw JSONError(.unexpectedEnd, at: bytes.byteCount) }
    throw JSONError(.unexpectedByte, at: position)
  }

  @inlinable
  @inline(__always)
  mutating func skipNumber() throws(JSONError) {
    // Up to sixteen digits, and as many behind a point, followed by what follows in compact JSON.
    let first = DigitWord(bytes.word(at: position))
    var end = position &+ first.count
    if first.count == 8 { end &+= DigitWord(bytes.word(at: end)).count }
    if first.count > 0, !first.hasLeadingZero, end < bytes.byteCount {
      if bytes.byte(end) == UInt8(ascii: ".") {
        let second = DigitWord(bytes.word(at: end &+ 1))
        if second.count == 0 { return try skipAnyNumber() }
        end &+= 1 &+ second.count
        if second.count == 8 { end &+= DigitWord(bytes.word(at: end)).count }
        guard end < bytes.byteCount else { return try skipAnyNumber() }
      }
      let next = bytes.byte(end)
      if next == UInt8(ascii: ",") || next == UInt8(ascii: "}") || next == UInt8(ascii: "]") {
        position = end
        return
      }
    }
    try skipAnyNumber()
  }

  @usableFromInline
  mutating func skipAnyNumber() throws(JSONError) {
    switch NumberText.parse(bytes, from: position) {
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
