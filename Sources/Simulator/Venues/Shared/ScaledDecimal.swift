internal import ArbdFramework

extension [UInt8] {
  /// `count` units of `unit`, with as many decimals as that has: 6123456 units of 0.01 are `61234.56`.
  mutating func append(_ count: Int64, of unit: ExactDecimal) {
    let (mantissa, overflow) = count.multipliedReportingOverflow(by: unit.mantissa)
    append(decimal: ExactDecimal(mantissa: overflow ? .max : mantissa, exponent: unit.exponent))
  }

  /// The same with eight decimals: `61234.56000000`.
  mutating func append(_ count: Int64, of unit: ExactDecimal, decimals: Int8) {
    var mantissa = count.multipliedReportingOverflow(by: unit.mantissa)
    var exponent = unit.exponent
    while exponent > -decimals, !mantissa.overflow {
      mantissa = mantissa.partialValue.multipliedReportingOverflow(by: 10)
      exponent -= 1
    }
    if mantissa.overflow { return append(count, of: unit) }
    append(decimal: ExactDecimal(mantissa: mantissa.partialValue, exponent: exponent))
  }

  /// Sixteen hexadecimal digits.
  mutating func append(hexadecimal value: UInt64, digits: Int = 16) {
    for place in stride(from: (digits - 1) * 4, through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: value >> UInt64(place)) & 15
      append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }
}
