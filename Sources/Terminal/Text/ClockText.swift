internal import ArbdFramework

/// Times of day and spans of time as a dashboard shows them.
struct ClockText: Sendable, Equatable {
  /// Seconds east of Greenwich.
  var offset: Int

  /// `14:03:20`; `time` in microseconds since the Unix epoch.
  func clock(_ time: Int64) -> String { String(text(time).dropFirst(11).prefix(8)) }

  /// `14:03:20.123`
  func exact(_ time: Int64) -> String { String(text(time).dropFirst(11).prefix(12)) }

  /// `2026-04-17 14:03:20`
  func date(_ time: Int64) -> String { "\(text(time).prefix(10)) \(clock(time))" }

  private func text(_ time: Int64) -> String {
    let (shifted, overflow) = time.addingReportingOverflow(Int64(offset) * 1_000_000)
    return Timestamp(microseconds: overflow ? time : shifted).description
  }

  /// At most four columns: `0s`, `42s`, `12m`, `3h`, `4d`. Tenths would only flicker.
  static func age(seconds: Double) -> String {
    guard seconds.isFinite else { return "?" }
    let seconds = max(0, seconds)
    if seconds < 100 { return "\(Int(seconds))s" }
    if seconds < 5_940 { return "\(Int((seconds / 60).rounded()))m" }
    if seconds < 86_400 * 3 { return "\(Int((seconds / 3_600).rounded()))h" }
    return seconds < 86_400 * 999 ? "\(Int((seconds / 86_400).rounded()))d" : ">2y"
  }

  /// `0:12:31`, `3d 04:12:31`
  static func uptime(seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e10 else { return "?" }
    let whole = Int(seconds)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let clock = "\(two(whole / 3_600 % 24)):\(two(whole / 60 % 60)):\(two(whole % 60))"
    return whole >= 86_400 ? "\(whole / 86_400)d \(clock)" : clock
  }

  /// `38M`, `1.2G`
  static func bytes(_ count: UInt64) -> String {
    let mebibytes = Double(count) / 1_048_576
    return mebibytes < 1_000 ? "\(Int(mebibytes.rounded()))M" : Figure.fixed(mebibytes / 1_024, digits: 1) + "G"
  }
}
