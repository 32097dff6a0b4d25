package import ArbdFramework

/// How long a server asks to be left alone: RFC 9110, section 10.2.3.
package enum RetryAfter {
  /// What a server asks for beyond this is not heeded.
  package static let most = Duration.seconds(30 * 86_400)

  /// - Parameters:
  ///   - text: seconds, or a date as `Sun, 06 Nov 1994 08:49:37 GMT`.
  ///   - date: the answer's `Date`, by the server's clock, which the date in `text` goes by too.
  ///   - now: in place of a missing `Date`.
  /// - Returns: nil when it cannot be read; zero for a date that is over.
  package static func duration(_ text: String, date: String?, now: Timestamp) -> Duration? {
    let text = text.withoutOuterBlanks
    if !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
      return Int64(text).map { min(.seconds($0), most) } ?? most
    }
    guard let end = seconds(httpDate: text) else { return nil }
    let start = date.flatMap { seconds(httpDate: $0) } ?? now.microseconds / 1_000_000
    let (wait, overflow) = end.subtractingReportingOverflow(start)
    return overflow ? most : min(.seconds(max(0, wait)), most)
  }

  /// Since the Unix epoch; of the form that RFC 9110 prescribes, not of those that it calls obsolete.
  static func seconds(httpDate text: String) -> Int64? {
    let parts = text.withoutOuterBlanks.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 6, parts[0].utf8.count == 4, parts[0].hasSuffix(","), parts[5] == "GMT",
      let day = number(parts[1], digits: 2), (1...31).contains(day),
      let month = months.firstIndex(of: String(parts[2])),
      let year = number(parts[3], digits: 4)
    else { return nil }
    let clock = parts[4].split(separator: ":", omittingEmptySubsequences: false)
    guard clock.count == 3, let hour = number(clock[0], digits: 2), hour <= 23,
      let minute = number(clock[1], digits: 2), minute <= 59, let second = number(clock[2], digits: 2), second <= 60
    else { return nil }
    let date = CivilDate(year: year, month: Int64(month) + 1, day: day)
    return date.daysSinceEpoch * 86_400 + hour * 3_600 + minute * 60 + second
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  private static func number(_ text: Substring, digits: Int) -> Int64? {
    guard text.utf8.count == digits, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    return Int64(text)
  }
}
