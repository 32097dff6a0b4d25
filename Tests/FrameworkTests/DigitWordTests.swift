import Testing

@testable import ArbdFramework

/// The quick ways of reading numbers, each against the slow one.
@Suite struct DigitWordTests {
  @Test(arguments: 0..<16)
  func aShortNumberIsReadAsAnyIs(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<2_000 {
      let text = random.numberLike()
      let bytes = Array(text.utf8)
      var end = 0
      let quick = NumberText.short(bytes.span.bytes, &end)
      switch NumberText.parseAny(bytes.span.bytes, from: 0) {
      case .exact(let value, let place):
        // What the quick way refuses is left to the other.
        if let quick {
          #expect(quick.mantissa == value.mantissa && quick.exponent == value.exponent && end == place, "\(text)")
        }
      case .inexact, .malformed: #expect(quick == nil, "\(text)")
      }
    }
  }

  @Test(arguments: [
    ("0", 0, 0), ("7", 7, 0), ("12345678", 12_345_678, 0), ("1753000000136", 1_753_000_000_136, 0),
    ("123456789012345", 123_456_789_012_345, 0), ("61234.56000000", 6_123_456_000_000, -8),
    ("0.00123000", 123_000, -8), ("1234567.12345678", 123_456_712_345_678, -8), ("0.5", 5, -1),
  ])
  func usualNumbersTakeTheQuickWay(text: String, mantissa: Int64, exponent: Int8) {
    for tail in ["", "\"", ",\"T\":1", "}}}}}}}}}}}}"] {
      let bytes = Array((text + tail).utf8)
      var end = 0
      let value = NumberText.short(bytes.span.bytes, &end)
      #expect(value?.mantissa == mantissa)
      #expect(value?.exponent == exponent)
      #expect(end == text.utf8.count)
    }
  }

  @Test func theIdOfANumberIsItsDigits() {
    var random = SeededRandom(seed: 7)
    var numbers: [UInt64] = [0, .max, 99_999_999, 100_000_000, 9_999_999_999_999_999, 10_000_000_000_000_000]
    for shift in 0..<64 { numbers.append(1 << UInt64(shift)) }
    for _ in 0..<2_000 { numbers.append(random.next() >> UInt64(random.number(0...63))) }
    for number in numbers {
      let text = Array(String(number).utf8)
      #expect(TradeID(number).description == String(number))
      #expect(TradeID(text.span.bytes) == TradeID(number))
    }
  }

  @Test(arguments: 0...17)
  func aWordAtTheEndHasZerosBehindIt(_ count: Int) {
    let bytes = (0..<count).map { UInt8($0 + 1) }
    for offset in 0...(count + 1) {
      var expected: UInt64 = 0
      for place in 0..<8 where offset + place < count {
        expected |= UInt64(bytes[offset + place]) << UInt64(place * 8)
      }
      #expect(bytes.span.bytes.word(at: offset) == expected)
    }
  }
}

extension SeededRandom {
  /// Digits with now and then a point, an exponent, a sign or a stray letter.
  fileprivate mutating func numberLike() -> String {
    var text = chance(10) ? "-" : ""
    for _ in 0..<number(0...12) { text += String(number(0...9)) }
    if chance(60) { text += "." }
    for _ in 0..<number(0...12) { text += String(number(0...9)) }
    if chance(10) { text += pick(["e5", "E-3", "e", "e+400"]) }
    return text + pick(["", "\"", ",", "}", " ", "x", ".", "-"])
  }
}
