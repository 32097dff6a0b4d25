/// A moment, in whole microseconds since the Unix epoch.
@frozen
public struct Timestamp: Sendable, Hashable, Comparable {
  public let microseconds: Int64

  @inlinable
  public init(microseconds: Int64) { self.microseconds = microseconds }

  /// ±(2^53 − 1): what a JSON number carries without loss. Readers refuse times outside it, so that no sum of a time and
  /// a duration can overflow.
  public static let readableMicroseconds: ClosedRange<Int64> = -9_007_199_254_740_991...9_007_199_254_740_991

  @inlinable
  public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }
}

extension Timestamp {
  func advanced(by duration: Duration) -> Timestamp {
    Timestamp(microseconds: microseconds + Int64(duration / .microseconds(1)))
  }

  func distance(to later: Timestamp) -> Duration { .microseconds(later.microseconds - microseconds) }
}

extension Timestamp: CustomStringConvertible {
  /// ISO 8601 in UTC, to the microsecond: `2026-04-17T16:43:37.089723Z`.
  public var description: String {
    let date = CivilDate(daysSinceEpoch: microseconds.flooredQuotient(86_400_000_000))
    let time = microseconds.flooredRemainder(86_400_000_000)
    func padded(_ number: Int64, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let clock = [time / 3_600_000_000, time / 60_000_000 % 60, time / 1_000_000 % 60].map { padded($0, 2) }
    let day = "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
    return "\(day)T\(clock.joined(separator: ":")).\(padded(time % 1_000_000, 6))Z"
  }
}

/// A day of the proleptic Gregorian calendar.
///
/// The conversions count days from 1 March of year 0, so that the leap day is the last of its year; 400 years are always
/// 146,097 days.
@frozen
public struct CivilDate: Sendable, Equatable {
  public let year: Int64
  public let month: Int64
  public let day: Int64

  @inlinable
  public init(year: Int64, month: Int64, day: Int64) {
    self.year = year
    self.month = month
    self.day = day
  }

  public init(daysSinceEpoch days: Int64) {
    let shifted = days + 719_468
    let era = shifted.flooredQuotient(146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
  }

  @inlinable
  public var daysSinceEpoch: Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = shiftedYear.flooredQuotient(400)
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}

extension Int64 {
  /// Division towards −∞.
  @inlinable
  func flooredQuotient(_ divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }

  /// The remainder of `flooredQuotient`, never negative for a positive divisor.
  @inlinable
  func flooredRemainder(_ divisor: Int64) -> Int64 {
    let remainder = self % divisor
    return remainder < 0 ? remainder + divisor : remainder
  }
}
