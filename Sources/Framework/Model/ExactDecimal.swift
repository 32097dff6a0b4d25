/// A decimal number exactly as a venue wrote it: `mantissa · 10^exponent`, trailing zeros kept.
///
/// Comparison is by value (`1.0 == 1.00`); `description` gives back the digits (`1.00` stays `1.00`). A number that needs
/// more than 63 bits of mantissa or an exponent outside −128…127 cannot be held: parsing it is an error, never a wrap.
@frozen
public struct ExactDecimal: Sendable {
  public let mantissa: Int64
  public let exponent: Int8

  @inlinable
  public init(mantissa: Int64, exponent: Int8) {
    self.mantissa = mantissa
    self.exponent = exponent
  }

  /// The number in JSON's grammar (`-?int frac? exp?`) that `text` is, whole.
  public init(_ text: some StringProtocol) throws(DecimalError) {
    let utf8 = Array(text.utf8)
    switch NumberText.parse(utf8.span.bytes, from: 0) {
    case .exact(let value, let end) where end == utf8.count: self = value
    case .inexact(let end) where end == utf8.count: throw .outOfRange
    default: throw .malformed
    }
  }

  /// The double nearest to this number (ties to even), as a correctly rounding parser reads its digits.
  @inlinable
  public var doubleValue: Double {
    let magnitude = mantissa.magnitude
    // Both operands are exact doubles, so the one rounding of the division or product is the right one.
    if magnitude <= 1 << 53, exponent >= -22, exponent <= 22 {
      let value = Double(mantissa)
      if exponent <= 0, exponent >= -15 { return value / Double(wholePowerOfTen(-Int(exponent))) }
      return exponent < 0 ? value / powerOfTen(-exponent) : value * powerOfTen(exponent)
    }
    return NumberText.slowDouble(mantissa: mantissa, exponent: Int(exponent))
  }
}

/// Why a text is no `ExactDecimal`.
public enum DecimalError: Error, Equatable, Sendable {
  /// Not a number in JSON's grammar.
  case malformed
  /// A number, but one that needs more than 63 bits of mantissa or an exponent outside −128…127.
  case outOfRange
}

/// 10^exponent for 0…22: every one an exact double.
@inlinable
func powerOfTen(_ exponent: Int8) -> Double {
  switch exponent {
  case 0: 1e0
  case 1: 1e1
  case 2: 1e2
  case 3: 1e3
  case 4: 1e4
  case 5: 1e5
  case 6: 1e6
  case 7: 1e7
  case 8: 1e8
  case 9: 1e9
  case 10: 1e10
  case 11: 1e11
  case 12: 1e12
  case 13: 1e13
  case 14: 1e14
  case 15: 1e15
  case 16: 1e16
  case 17: 1e17
  case 18: 1e18
  case 19: 1e19
  case 20: 1e20
  case 21: 1e21
  default: 1e22
  }
}

extension ExactDecimal: Comparable, Hashable {
  public static func == (left: ExactDecimal, right: ExactDecimal) -> Bool { order(left, right) == 0 }
  public static func < (left: ExactDecimal, right: ExactDecimal) -> Bool { order(left, right) < 0 }

  public func hash(into hasher: inout Hasher) {
    var (mantissa, exponent) = (mantissa, Int(exponent))
    while mantissa != 0, mantissa % 10 == 0 {
      mantissa /= 10
      exponent += 1
    }
    hasher.combine(mantissa)
    hasher.combine(mantissa == 0 ? 0 : exponent)
  }

  /// −1, 0 or 1, without rounding.
  private static func order(_ left: ExactDecimal, _ right: ExactDecimal) -> Int {
    guard left.mantissa.signum() == right.mantissa.signum() else {
      return left.mantissa < right.mantissa ? -1 : 1
    }
    let shift = Int(left.exponent) - Int(right.exponent)
    // A non-zero mantissa times 10^19 is above every Int64, so beyond that the exponents decide.
    if abs(shift) > 18 {
      if left.mantissa == 0 { return 0 }
      return (shift > 0) == (left.mantissa > 0) ? 1 : -1
    }
    var (wideLeft, wideRight) = (Int128(left.mantissa), Int128(right.mantissa))
    for _ in 0..<abs(shift) {
      if shift > 0 { wideLeft *= 10 } else { wideRight *= 10 }
    }
    return wideLeft == wideRight ? 0 : (wideLeft < wideRight ? -1 : 1)
  }
}

extension ExactDecimal: CustomStringConvertible {
  /// The digits as parsed: `0.0100`, `-12`, and `15e3` where the exponent is positive.
  public var description: String {
    var bytes: [UInt8] = []
    bytes.append(decimal: self)
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension [UInt8] {
  /// The text of `value`, as `ExactDecimal.description` gives it.
  public mutating func append(decimal value: ExactDecimal) {
    let fraction = Int(-value.exponent.clampedToNegative)
    // Written from the last digit on, at least one before the point: no more than 128 behind it, 19 before, and two signs.
    withUnsafeTemporaryAllocation(byteCount: 160, alignment: 1) { text in
      var first = text.count
      var digits = value.mantissa.magnitude
      var length = 0
      while digits > 0 || length <= fraction {
        if fraction > 0, length == fraction {
          first -= 1
          text[first] = UInt8(ascii: ".")
        }
        first -= 1
        text[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digits % 10)
        digits /= 10
        length += 1
      }
      if value.mantissa < 0 {
        first -= 1
        text[first] = UInt8(ascii: "-")
      }
      append(contentsOf: UnsafeRawBufferPointer(rebasing: text[first...]))
    }
    if value.exponent > 0 {
      append(UInt8(ascii: "e"))
      append(integer: Int64(value.exponent))
    }
  }
}

extension Int8 {
  /// Itself when negative, else 0; widened, so that −128 can be negated.
  fileprivate var clampedToNegative: Int { self < 0 ? Int(self) : 0 }
}
