import Glibc

/// Numbers in JSON's grammar, read digit for digit.
@usableFromInline
enum NumberText {
  @frozen
  @usableFromInline
  enum Parsed {
    /// A number that fits, and the offset after it.
    case exact(ExactDecimal, end: Int)
    /// In the grammar, but too long or too large for an `ExactDecimal`.
    case inexact(end: Int)
    /// Not a number; `at` is the first byte that cannot stand there.
    case malformed(at: Int)
  }

  /// Reads the longest number that starts at `start`.
  @inlinable
  static func parse(_ bytes: RawSpan, from start: Int) -> Parsed {
    var end = start
    if let short = short(bytes, &end) { return .exact(short, end: end) }
    return parseAny(bytes, from: start)
  }

  /// Nearly every number of a venue: up to fifteen digits, or up to seven before a point and up to eight behind it,
  /// without sign and exponent. Nil, and `offset` left where it is, for all others, right or wrong.
  @inlinable
  @inline(__always)
  static func short(_ bytes: RawSpan, _ offset: inout Int) -> ExactDecimal? {
    let word = bytes.word(at: offset)
    let first = DigitWord(word)
    guard first.count > 0, !first.hasLeadingZero else { return nil }
    var end = offset &+ first.count
    var exponent: Int8 = 0
    let second: DigitWord
    if first.count == 8 {
      second = DigitWord(bytes.word(at: end))
      guard second.count < 8 else { return nil }
    } else if UInt8(truncatingIfNeeded: word &>> UInt64(first.count &* 8)) == UInt8(ascii: ".") {
      end &+= 1
      second = DigitWord(bytes.word(at: end))
      guard second.count > 0 else { return nil }
      exponent = 0 &- Int8(truncatingIfNeeded: second.count)
    } else {
      second = DigitWord(0)
    }
    end &+= second.count
    if end < bytes.byteCount {
      // More digits, a point, an exponent.
      let next = bytes.byte(end)
      if next &- UInt8(ascii: "0") <= 9 || next == UInt8(ascii: ".") || next | 0x20 == UInt8(ascii: "e") { return nil }
    }
    offset = end
    return ExactDecimal(mantissa: Int64(truncatingIfNeeded: first.value(followedBy: second)), exponent: exponent)
  }

  @usableFromInline
  static func parseAny(_ bytes: RawSpan, from start: Int) -> Parsed {
    precondition(start >= 0)
    let limit = bytes.byteCount
    var offset = start
    let negative = offset < limit && bytes.byte(offset) == UInt8(ascii: "-")
    if negative { offset += 1 }
    var mantissa: UInt64 = 0
    var exponent = 0
    var fits = true

    // Nineteen digits always fit 64 bits; the check for more is made once a digit, after them.
    let integerStart = offset
    while offset < limit {
      let digit = bytes.byte(offset) &- UInt8(ascii: "0")
      guard digit <= 9 else { break }
      fits = accumulate(digit, &mantissa) && fits
      offset += 1
    }
    let integerDigits = offset - integerStart
    if integerDigits == 0 { return .malformed(at: offset) }
    if integerDigits > 1, bytes.byte(integerStart) == UInt8(ascii: "0") { return .malformed(at: integerStart + 1) }

    if offset < limit, bytes.byte(offset) == UInt8(ascii: ".") {
      offset += 1
      let fractionStart = offset
      while offset < limit {
        let digit = bytes.byte(offset) &- UInt8(ascii: "0")
        guard digit <= 9 else { break }
        fits = accumulate(digit, &mantissa) && fits
        offset += 1
      }
      if offset == fractionStart { return .malformed(at: offset) }
      exponent = fractionStart - offset
    }

    if offset < limit, bytes.byte(offset) | 0x20 == UInt8(ascii: "e") {
      offset += 1
      var negativeExponent = false
      if offset < limit, bytes.byte(offset) == UInt8(ascii: "-") || bytes.byte(offset) == UInt8(ascii: "+") {
        negativeExponent = bytes.byte(offset) == UInt8(ascii: "-")
        offset += 1
      }
      let exponentStart = offset
      var written = 0
      while offset < limit {
        let digit = bytes.byte(offset) &- UInt8(ascii: "0")
        guard digit <= 9 else { break }
        // Far outside Int8 already; more digits change nothing, and must not overflow.
        if written < 1_000_000 { written = written * 10 + Int(digit) }
        offset += 1
      }
      if offset == exponentStart { return .malformed(at: offset) }
      exponent += negativeExponent ? -written : written
    }

    guard fits, mantissa <= UInt64(Int64.max), exponent >= -128, exponent <= 127 else { return .inexact(end: offset) }
    let signed = negative ? -Int64(mantissa) : Int64(mantissa)
    return .exact(ExactDecimal(mantissa: signed, exponent: Int8(exponent)), end: offset)
  }

  private static func accumulate(_ digit: UInt8, _ mantissa: inout UInt64) -> Bool {
    if mantissa < 1_000_000_000_000_000_000 {
      mantissa = mantissa &* 10 &+ UInt64(digit)
      return true
    }
    let (product, overflow) = mantissa.multipliedReportingOverflow(by: 10)
    let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
    guard !overflow, !carry else { return false }
    mantissa = sum
    return true
  }

  /// `mantissa · 10^exponent`, correctly rounded, where the quick way is not exact. No heap: strtod reads a buffer on
  /// the stack; there is no point in the text, so the locale cannot matter.
  @usableFromInline
  static func slowDouble(mantissa: Int64, exponent: Int) -> Double {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { buffer in
      var end = buffer.count - 1
      buffer[end] = 0
      func prepend(_ character: Unicode.Scalar) {
        end -= 1
        buffer[end] = CChar(character.value)
      }
      func prepend(digitsOf number: UInt64) {
        var rest = number
        repeat {
          end -= 1
          buffer[end] = CChar(48 + rest % 10)
          rest /= 10
        } while rest > 0
      }
      prepend(digitsOf: UInt64(exponent.magnitude))
      if exponent < 0 { prepend("-") }
      prepend("e")
      prepend(digitsOf: mantissa.magnitude)
      if mantissa < 0 { prepend("-") }
      guard let text = buffer.baseAddress else { return .nan }
      return strtod(text + end, nil)
    }
  }

  /// The double nearest to a number of any length that `parse` found well-formed.
  static func double(ofWellFormed bytes: RawSpan, from start: Int, to end: Int) -> Double {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: end - start + 1) { buffer in
      for index in 0..<(end - start) { buffer[index] = CChar(bitPattern: bytes.byte(start + index)) }
      buffer[end - start] = 0
      // The point is the one character here that depends on a locale; the process never leaves "C".
      guard let text = buffer.baseAddress else { return .nan }
      return strtod(text, nil)
    }
  }
}

extension RawSpan {
  /// The byte at `offset`, which the caller has checked against `byteCount`.
  @inlinable
  @inline(__always)
  func byte(_ offset: Int) -> UInt8 {
    unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
  }
}
