/// Eight bytes of text as one number, the first byte lowest, whose digits are looked at all at once.
///
/// Prices and times are a quarter to a half of a market's frame. Digit by digit, each costs a branch and a multiplication
/// that waits for the last one; here eight cost three multiplications.
@frozen
@usableFromInline
struct DigitWord {
  /// Each byte less "0".
  @usableFromInline let digits: UInt64
  /// How many of the bytes, from the first on, are digits.
  @usableFromInline let count: Int

  @inlinable
  @inline(__always)
  init(_ word: UInt64) {
    digits = word ^ DigitWord.zeros
    // A byte above 9 reaches its high bit when 0x76 is added, or has it; without their high bits no byte carries over.
    let others = ((digits & 0x7F7F_7F7F_7F7F_7F7F) &+ 0x7676_7676_7676_7676 | digits) & 0x8080_8080_8080_8080
    count = others.trailingZeroBitCount >> 3
  }

  @inlinable
  @inline(__always)
  static var zeros: UInt64 { 0x3030_3030_3030_3030 }

  /// Whether it begins with a zero that another digit follows.
  @inlinable
  @inline(__always)
  var hasLeadingZero: Bool { count > 1 && digits & 0xFF == 0 }

  /// What the first `count` bytes write, which are digits; 0 when there are none.
  @inlinable
  @inline(__always)
  func value(ofFirst count: Int) -> UInt64 {
    guard count > 0 else { return 0 }
    // Moved to the end, behind zeros.
    return DigitWord.value(ofEight: digits &<< UInt64(64 &- count &* 8))
  }

  /// What its digits and those of `rest` behind them write: sixteen at most.
  @inlinable
  @inline(__always)
  func value(followedBy rest: DigitWord) -> UInt64 {
    // Sixteen bytes, the digits of both in their middle, moved to the end as one number of 128 bits.
    let upper = digits &<< UInt64(64 &- count &* 8)
    let shift = UInt64(64 &- rest.count &* 8) & 63
    if rest.count == 0 { return DigitWord.value(ofEight: upper) }
    let lower = (rest.digits &<< shift) | ((upper &>> 1) &>> (63 &- shift))
    return DigitWord.value(ofEight: upper &<< shift) &* 100_000_000 &+ DigitWord.value(ofEight: lower)
  }

  /// The number that eight digits write: neighbours are joined to pairs, those to fours, those to the whole.
  @inlinable
  @inline(__always)
  static func value(ofEight digits: UInt64) -> UInt64 {
    let pairs = (digits &* 10) &+ (digits &>> 8)
    let mask: UInt64 = 0x0000_00FF_0000_00FF
    let high = (pairs & mask) &* 0x000F_4240_0000_0064
    let low = ((pairs &>> 16) & mask) &* 0x0000_2710_0000_0001
    return (high &+ low) &>> 32
  }
}

/// 10^exponent for 0…15, which is an exact double too. Multiplied together: faster than a jump on the exponent, which
/// nothing can foresee.
@inlinable
@inline(__always)
func wholePowerOfTen(_ exponent: Int) -> UInt64 {
  var power: UInt64 = exponent & 1 != 0 ? 10 : 1
  power &*= exponent & 2 != 0 ? 100 : 1
  power &*= exponent & 4 != 0 ? 10_000 : 1
  power &*= exponent & 8 != 0 ? 100_000_000 : 1
  return power
}

extension RawSpan {
  /// Eight bytes from `offset` on, the first one lowest, zeros for those behind the end.
  @inlinable
  @inline(__always)
  func word(at offset: Int) -> UInt64 {
    if offset >= 0, offset &+ 8 <= byteCount { return uncheckedWord(at: offset) }
    return lastWord(at: offset)
  }

  /// The same where the caller has checked that all eight are there.
  @inlinable
  @inline(__always)
  func uncheckedWord(at offset: Int) -> UInt64 {
    UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
  }

  @usableFromInline
  func lastWord(at offset: Int) -> UInt64 {
    guard offset >= 0, offset < byteCount else { return 0 }
    if byteCount >= 8 {
      return uncheckedWord(at: byteCount - 8) >> UInt64((offset + 8 - byteCount) * 8)
    }
    var word: UInt64 = 0
    for place in offset..<byteCount { word |= UInt64(byte(place)) << UInt64((place - offset) * 8) }
    return word
  }

  /// Up to eight bytes from `offset` on, zeros behind `count` and behind the end.
  @inlinable
  @inline(__always)
  func word(at offset: Int, count: Int) -> UInt64 {
    let word = word(at: offset)
    return count >= 8 ? word : word & ~(.max << UInt64(max(0, count) &* 8))
  }
}
