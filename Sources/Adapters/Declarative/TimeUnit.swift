public import ArbdFramework

/// What a venue counts its times in.
public enum TimeUnit: String, OptionChoice {
  case seconds = "s"
  case milliseconds = "ms"
  case microseconds = "us"
  case nanoseconds = "ns"
  case iso8601

  /// A microsecond times ten to this power; for ISO 8601 of no use.
  private var power: Int {
    switch self {
    case .seconds: 6
    case .milliseconds: 3
    case .microseconds, .iso8601: 0
    case .nanoseconds: -3
    }
  }

  /// The time that a field gives; what is finer than a microsecond is cut off.
  func time(_ capture: JSONCapture, in document: RawSpan) -> FieldTime {
    guard capture.kind != nil else { return .missing }
    if self == .iso8601 {
      guard capture.kind == .string, let time = Timestamp(iso8601: document.extracting(capture.range)) else {
        return .bad
      }
      return .at(time)
    }
    guard let number = capture.quantity(in: document).exact, let time = time(of: number) else { return .bad }
    return .at(time)
  }

  private func time(of number: ExactDecimal) -> Timestamp? {
    var microseconds = number.mantissa
    let exponent = power + Int(number.exponent)
    // No time that can be held has more digits.
    guard exponent < 19, exponent > -40 else { return nil }
    for _ in 0..<max(0, exponent) {
      let (product, overflow) = microseconds.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      microseconds = product
    }
    for _ in 0..<max(0, -exponent) { microseconds /= 10 }
    guard Timestamp.readableMicroseconds.contains(microseconds) else { return nil }
    return Timestamp(microseconds: microseconds)
  }
}

extension Timestamp {
  /// A time in a wrong unit is half a century off, or more.
  func isNear(_ other: Timestamp) -> Bool {
    let year: Int64 = 366 * 86_400_000_000
    return abs(microseconds - other.microseconds) <= year
  }
}
