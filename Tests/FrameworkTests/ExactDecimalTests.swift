import Testing

@testable import ArbdFramework

@Suite struct ExactDecimalTests {
  @Test(arguments: [
    ("0", "0"), ("0.00", "0.00"), ("1", "1"), ("1.0", "1.0"), ("0.0100", "0.0100"), ("100", "100"),
    ("-12", "-12"), ("-0.5", "-0.5"), ("-0.050", "-0.050"), ("60091.21", "60091.21"),
    ("1234567890123456789", "1234567890123456789"), ("0.1234567890123456789", "0.1234567890123456789"),
    ("9223372036854775807", "9223372036854775807"), ("-9223372036854775807", "-9223372036854775807"),
    ("-9.223372036854775807", "-9.223372036854775807"), ("0.9223372036854775807", "0.9223372036854775807"),
    ("0.0000000000000000000", "0.0000000000000000000"),
    ("15e3", "15e3"), ("1.5E+3", "15e2"), ("1.50e1", "15.0"), ("1e-7", "0.0000001"), ("1e+127", "1e127"),
    ("12e-1", "1.2"), ("1e-0", "1"), ("0e5", "0e5"), ("-25e-3", "-0.025"),
    ("1e-128", "0." + String(repeating: "0", count: 127) + "1"),
  ])
  func digitsAreKept(_ written: String, _ printed: String) throws {
    let value = try ExactDecimal(written)
    #expect(value.description == printed)
    #expect(try ExactDecimal(printed).mantissa == value.mantissa)
    #expect(try ExactDecimal(printed).exponent == value.exponent)
  }

  @Test(arguments: [
    "", " ", "-", "+1", "--1", " 1", "1 ", ".5", "-.5", "5.", "1..2", "1.2.3", "01", "-01", "00", "0x10",
    "1e", "1e+",
    "1e-", "1e1.5", "1e 5", "e5", "NaN", "nan", "Infinity", "-Infinity", "inf", "1,000", "1_000", "1'000",
    "１", "٣",
    "1\u{0}", "\u{0}", "1\n", "99999999999999999999x", "1e999x",
  ])
  func whatIsNoNumberIsMalformed(_ text: String) {
    #expect(throws: DecimalError.malformed) { try ExactDecimal(text) }
  }

  @Test(arguments: [
    "9223372036854775808", "-9223372036854775808", "9999999999999999999", "99999999999999999999",
    "18446744073709551616", "1234567890123456789012345678901234567890", "0.12345678901234567890123456789",
    "1e128", "1e-129", "0.1e-128", "1e99999999999999999999", "-1e-99999999999999999999",
    "0." + String(repeating: "0", count: 129), "0e128",
  ])
  func whatDoesNotFitIsRefusedAndNeverWraps(_ text: String) {
    #expect(throws: DecimalError.outOfRange) { try ExactDecimal(text) }
  }

  @Test func everyPrefixOfANumberIsReadOrRefused() throws {
    let text = "-120.0450e-12"
    for length in 0...text.count {
      let prefix = text.prefix(length)
      let isNumber = !["", "-", "-120.", "-120.0450e", "-120.0450e-"].contains(prefix)
      #expect(((try? ExactDecimal(prefix)) != nil) == isNumber, "\(prefix)")
    }
  }

  @Test func orderIsThatOfTheNumbers() {
    var random = SeededRandom(seed: 1)
    for _ in 0..<5_000 {
      let left = random.decimal()
      // Half of them close together: the same value in other digits, or one off.
      let right = random.chance(50) ? random.decimal() : random.neighbour(of: left)
      let expected = NaiveDecimal(left).compared(to: NaiveDecimal(right))
      #expect((left < right) == (expected < 0), "\(left) < \(right)")
      #expect((left == right) == (expected == 0), "\(left) == \(right)")
      #expect((left > right) == (expected > 0), "\(left) > \(right)")
      if expected == 0 { #expect(left.hashValue == right.hashValue, "\(left), \(right)") }
    }
  }

  @Test(arguments: [("1.0", "1.00"), ("0", "-0.000"), ("0e5", "0"), ("10e2", "1000"), ("-2.50", "-25e-1")])
  func equalValuesInOtherDigitsAreOne(_ left: String, _ right: String) throws {
    let both: Set = [try ExactDecimal(left), try ExactDecimal(right)]
    #expect(both.count == 1)
  }

  @Test func doubleIsTheNearest() throws {
    var random = SeededRandom(seed: 2)
    for _ in 0..<5_000 {
      let value = random.decimal()
      let expected = try #require(Double("\(value.mantissa)e\(value.exponent)"))
      #expect(value.doubleValue.bitPattern == expected.bitPattern, "\(value)")
    }
  }

  @Test(arguments: [
    "9007199254740993", "9007199254740992.5", "0.1", "0.3", "1e22", "1e23", "8.5e22",
    "123456789012345678e-30",
    "9223372036854775807e-40", "4503599627370497.5", "1e127", "1e-128", "-7.038531e-26",
  ])
  func doubleIsThatOfTheText(_ text: String) throws {
    #expect(try ExactDecimal(text).doubleValue == Double(text))
  }
}

/// Sign and digits before an exponent, compared as one compares on paper.
private struct NaiveDecimal {
  let isNegative: Bool
  let digits: String
  let exponent: Int

  init(_ value: ExactDecimal) {
    isNegative = value.mantissa < 0
    digits = String(value.mantissa.magnitude)
    exponent = Int(value.exponent)
  }

  /// −1, 0 or 1.
  func compared(to other: NaiveDecimal) -> Int {
    let lowest = min(exponent, other.exponent)
    let (left, right) = (integer(lowest), other.integer(lowest))
    if isNegative != other.isNegative { return isNegative ? -1 : 1 }
    let magnitude =
      left.count == right.count
      ? (left == right ? 0 : left < right ? -1 : 1) : (left.count < right.count ? -1 : 1)
    return isNegative ? -magnitude : magnitude
  }

  /// The digits of the number in units of 10^`lowest`.
  private func integer(_ lowest: Int) -> String {
    digits == "0" ? "" : digits + String(repeating: "0", count: exponent - lowest)
  }
}

extension SeededRandom {
  /// Any `ExactDecimal`, small and large mantissas alike.
  fileprivate mutating func decimal() -> ExactDecimal {
    let mantissa = Int64(bitPattern: next()) >> Int64(number(0...63))
    let exponent = chance(70) ? number(-24...24) : number(-128...127)
    return ExactDecimal(mantissa: mantissa, exponent: Int8(exponent))
  }

  /// The same value with another exponent where that fits, or one unit beside it.
  fileprivate mutating func neighbour(of value: ExactDecimal) -> ExactDecimal {
    var (mantissa, exponent) = (value.mantissa, value.exponent)
    for _ in 0..<number(0...19) {
      let (product, overflow) = mantissa.multipliedReportingOverflow(by: 10)
      guard !overflow, exponent > -128 else { break }
      mantissa = product
      exponent -= 1
    }
    return ExactDecimal(mantissa: mantissa &+ Int64(number(-1...1)), exponent: exponent)
  }
}
