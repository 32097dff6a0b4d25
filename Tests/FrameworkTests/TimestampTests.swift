import Testing

@testable import ArbdFramework

@Suite struct TimestampTests {
  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.000001Z", 1), ("1970-01-01t00:00:01.5z", 1_500_000),
      ("1969-12-31T23:59:59.999999Z", -1), ("2026-04-17T16:43:37.089723Z", 1_776_444_217_089_723),
      ("2023-11-14T22:13:20Z", 1_700_000_000_000_000), ("2000-02-29T00:00:00Z", 951_782_400_000_000),
      ("2024-02-29T23:59:59.9Z", 1_709_251_199_900_000), ("1900-03-01T00:00:00Z", -2_203_891_200_000_000),
      ("2016-12-31T23:59:60Z", 1_483_228_800_000_000),
      ("2026-04-17T16:43:37.0897234Z", 1_776_444_217_089_723),
      ("2026-04-17T16:43:37.089723999Z", 1_776_444_217_089_723),
      ("2255-06-05T23:47:34.740991Z", 9_007_199_254_740_991),
      ("1684-07-28T00:12:25.259009Z", -9_007_199_254_740_991),
    ] as [(String, Int64)])
  func readsMoment(_ text: String, _ microseconds: Int64) {
    #expect(timestamp(text)?.microseconds == microseconds)
  }

  @Test(arguments: [
    "", "2026", "2026-04-17", "2026-04-17T16:43:37", "2026-04-17 16:43:37Z", "2026-04-17T16:43:37+00:00",
    "2026-04-17T16:43:37.Z", "2026-04-17T16:43:37,5Z", "2026-04-17T16:43:37.1234567890Z",
    "2026-04-17T16:43:37.12x4Z",
    "2026-04-17T16:43:37.-12Z", "2026-4-17T16:43:37Z00", "2026/04/17T16:43:37Z", "2026-04-17T16-43-37Z",
    "2026-00-17T16:43:37Z", "2026-13-17T16:43:37Z", "2026-04-00T16:43:37Z", "2026-04-31T16:43:37Z",
    "2026-02-29T16:43:37Z", "1900-02-29T00:00:00Z", "2024-02-30T00:00:00Z", "2026-01-32T00:00:00Z",
    "2026-04-17T24:00:00Z", "2026-04-17T16:60:37Z", "2026-04-17T16:43:61Z", "+026-04-17T16:43:37Z",
    " 2026-04-17T16:43:37Z", "2026-04-17T16:43:37Z ", "20260-4-17T16:43:37Z", "2026-04-17T16:43:37ZZ",
    // Beyond what a JSON number carries; the first is what some venues send for "no time".
    "0001-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z",
    "2255-06-05T23:47:34.740992Z",
    "1684-07-28T00:12:25.259008Z",
  ])
  func refusesText(_ text: String) {
    #expect(timestamp(text) == nil)
  }

  @Test func descriptionReadsBackTheSame() {
    var random = SeededRandom(seed: 6)
    let limits: [Int64] = [1_000_000, 2_000_000_000_000_000, 9_007_199_254_740_991]
    for _ in 0..<5_000 {
      let limit = random.pick(limits)
      let moment = Timestamp(microseconds: Int64.random(in: -limit...limit, using: &random))
      #expect(timestamp(moment.description) == moment, "\(moment)")
    }
  }

  @Test(
    arguments: [
      (Int64.max / 1_000, nil), (.max, nil), (.min, nil), (9_007_199_254_740, 9_007_199_254_740_000),
      (9_007_199_254_741, nil), (-9_007_199_254_740, -9_007_199_254_740_000), (-9_007_199_254_741, nil),
      (0, 0),
      (1_700_000_000_123, 1_700_000_000_123_000),
    ] as [(Int64, Int64?)])
  func millisecondsNeverOverflow(_ milliseconds: Int64, _ microseconds: Int64?) {
    #expect(Timestamp(milliseconds: milliseconds)?.microseconds == microseconds)
  }

  @Test(
    arguments: [
      (1970, 1, 1, 0), (1970, 1, 2, 1), (1969, 12, 31, -1), (2000, 2, 29, 11_016), (2000, 3, 1, 11_017),
      (1900, 2, 28, -25_509), (1900, 3, 1, -25_508), (2100, 2, 28, 47_540), (2100, 3, 1, 47_541),
      (1, 1, 1, -719_162), (0, 3, 1, -719_468), (9999, 12, 31, 2_932_896),
    ] as [(Int64, Int64, Int64, Int64)])
  func countsDays(_ year: Int64, _ month: Int64, _ day: Int64, _ days: Int64) {
    let date = CivilDate(year: year, month: month, day: day)
    #expect(date.daysSinceEpoch == days)
    #expect(CivilDate(daysSinceEpoch: days) == date)
  }

  /// Day by day through 400 years, which is a whole turn of the calendar, by the rule of leap years.
  @Test func everyDayFollowsTheOneBefore() {
    var expected = CivilDate(year: 1799, month: 12, day: 31)
    var mistakes = 0
    for days in expected.daysSinceEpoch...(expected.daysSinceEpoch + 146_100) {
      if CivilDate(daysSinceEpoch: days) != expected || expected.daysSinceEpoch != days { mistakes += 1 }
      expected = expected.next
    }
    #expect(mistakes == 0)
  }

  @Test(arguments: [(7, 3, 2, 1), (-7, 3, -3, 2), (-6, 3, -2, 0), (-1, 1_000, -1, 999), (0, 5, 0, 0)])
  func divisionFloors(_ dividend: Int64, _ divisor: Int64, _ quotient: Int64, _ remainder: Int64) {
    #expect(dividend.flooredQuotient(divisor) == quotient)
    #expect(dividend.flooredRemainder(divisor) == remainder)
  }

  private func timestamp(_ text: String) -> Timestamp? {
    let bytes = Array(text.utf8)
    return Timestamp(iso8601: bytes.span.bytes)
  }
}

extension CivilDate {
  fileprivate var next: CivilDate {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    if day < lengths[Int(month) - 1] { return CivilDate(year: year, month: month, day: day + 1) }
    return month == 12
      ? CivilDate(year: year + 1, month: 1, day: 1) : CivilDate(year: year, month: month + 1, day: 1)
  }
}
