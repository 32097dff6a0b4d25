internal import ArbdFramework

/// Writes moments as ISO 8601, to the microsecond. Keeps the text of the last second, which most moments share.
struct ClockText: Sendable {
  private var second: Int64 = .min
  private var prefix: [UInt8] = []

  /// `2026-04-17T16:43:37.089723Z`, without quotes.
  mutating func append(_ time: Timestamp, to bytes: inout [UInt8]) {
    let (quotient, remainder) = time.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    let second = remainder < 0 ? quotient - 1 : quotient
    if second != self.second {
      self.second = second
      // All but the six digits and the Z.
      prefix = Array(time.description.utf8.dropLast(7))
    }
    bytes.append(contentsOf: prefix)
    var fraction = remainder < 0 ? remainder + 1_000_000 : remainder
    var unit: Int64 = 100_000
    while unit > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(fraction / unit))
      fraction %= unit
      unit /= 10
    }
    bytes.append(UInt8(ascii: "Z"))
  }
}
