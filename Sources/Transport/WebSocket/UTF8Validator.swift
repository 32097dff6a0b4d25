/// Checks UTF-8 that arrives in pieces, cut anywhere: what can no longer become valid is refused at its first wrong byte.
struct UTF8Validator {
  /// Continuation bytes that are due.
  private var missing: UInt8 = 0
  /// What the next of them may be: the first of a sequence tells overlong forms and surrogates.
  private var allowed: ClosedRange<UInt8> = UTF8Validator.continuation

  private static let continuation: ClosedRange<UInt8> = 0x80...0xBF

  /// Between characters, where a text may end.
  var isComplete: Bool { missing == 0 }

  /// Whether the text is still valid.
  @inline(__always)
  mutating func accept(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let start = missing == 0 ? bytes.asciiCount(from: 0) : 0
    return start == bytes.count || acceptAny(bytes, from: start)
  }

  private mutating func acceptAny(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Bool {
    var position = start
    while position < bytes.count {
      let byte = bytes[position]
      if missing > 0 {
        guard allowed.contains(byte) else { return false }
        missing -= 1
        allowed = UTF8Validator.continuation
        position += 1
      } else if byte < 0x80 {
        position = bytes.asciiCount(from: position)
      } else {
        guard begin(byte) else { return false }
        position += 1
      }
    }
    return true
  }

  /// Table 3-7 of the Unicode standard.
  private mutating func begin(_ lead: UInt8) -> Bool {
    switch lead {
    case 0xC2...0xDF: missing = 1
    case 0xE0...0xEF:
      missing = 2
      if lead == 0xE0 { allowed = 0xA0...0xBF }
      if lead == 0xED { allowed = 0x80...0x9F }
    case 0xF0...0xF4:
      missing = 3
      if lead == 0xF0 { allowed = 0x90...0xBF }
      if lead == 0xF4 { allowed = 0x80...0x8F }
    default: return false
    }
    return true
  }
}

extension UnsafeRawBufferPointer {
  /// The place of the first byte from `start` that is not ASCII, or the end. It may stop short of that at a byte that is
  /// ASCII, never before `start + 1` when that one is.
  @inline(__always)
  fileprivate func asciiCount(from start: Int) -> Int {
    let highBits: UInt64 = 0x8080_8080_8080_8080
    var position = start
    while count &- position >= 32 {
      let words = word(position) | word(position &+ 8) | word(position &+ 16) | word(position &+ 24)
      guard words & highBits == 0 else { break }
      position &+= 32
    }
    while count &- position >= 8 {
      let found = word(position) & highBits
      guard found == 0 else { return position &+ found.trailingZeroBitCount >> 3 }
      position &+= 8
    }
    // The last word again, from further left: all of it that has been read is ASCII.
    if count &- start >= 8, word(count &- 8) & highBits == 0 { return count }
    while position < count, self[position] < 0x80 { position &+= 1 }
    return position
  }

  @inline(__always)
  private func word(_ offset: Int) -> UInt64 {
    UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }
}
