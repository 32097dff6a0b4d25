extension Timestamp {
  /// Reads RFC 3339 in UTC: `2026-04-17T16:43:37.089723Z`, with none to nine digits of a second (those behind the sixth
  /// are cut off). Nil for anything else, and for times beyond `readableMicroseconds`.
  @inlinable
  public init?(iso8601 text: RawSpan) {
    let count = text.byteCount
    guard count >= 20, text.byte(4) == UInt8(ascii: "-"), text.byte(7) == UInt8(ascii: "-"),
      text.byte(10) | 0x20 == UInt8(ascii: "t"), text.byte(13) == UInt8(ascii: ":"),
      text.byte(16) == UInt8(ascii: ":"), text.byte(count - 1) | 0x20 == UInt8(ascii: "z"),
      let year = text.digits(0, 4), let month = text.digits(5, 2), let day = text.digits(8, 2),
      let hour = text.digits(11, 2), let minute = text.digits(14, 2), let second = text.digits(17, 2),
      (1...12).contains(month), day >= 1, day <= 31, hour <= 23, minute <= 59, second <= 60
    else { return nil }
    var fraction: Int64 = 0
    if count > 20 {
      let length = count - 21
      guard text.byte(19) == UInt8(ascii: "."), length >= 1, length <= 9, text.byte(count - 2) &- 0x30 <= 9
      else { return nil }
      let digits = DigitWord(text.word(at: 20))
      guard digits.count >= min(length, 8) else { return nil }
      let kept = min(length, 6)
      fraction = Int64(digits.value(ofFirst: kept) &* wholePowerOfTen(6 - kept))
    }
    let date = CivilDate(year: year, month: month, day: day)
    // The thirty-first of a short month would be a day of the next.
    guard day <= 28 || CivilDate(daysSinceEpoch: date.daysSinceEpoch) == date else { return nil }
    let seconds = date.daysSinceEpoch * 86_400 + hour * 3_600 + minute * 60 + second
    self.init(readable: seconds * 1_000_000 + fraction)
  }

  /// Nil when the milliseconds are beyond `readableMicroseconds`.
  @inlinable
  public init?(milliseconds: Int64) {
    let (microseconds, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000)
    guard !overflow else { return nil }
    self.init(readable: microseconds)
  }

  @inlinable
  init?(readable microseconds: Int64) {
    guard microseconds >= -9_007_199_254_740_991, microseconds <= 9_007_199_254_740_991 else { return nil }
    self.init(microseconds: microseconds)
  }
}

extension RawSpan {
  /// The number that `length` digits at `start` write; the caller has checked that they are within.
  @inlinable
  @inline(__always)
  func digits(_ start: Int, _ length: Int) -> Int64? {
    var value: Int64 = 0
    for offset in start..<start + length {
      let digit = byte(offset) &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      value = value * 10 + Int64(digit)
    }
    return value
  }
}
