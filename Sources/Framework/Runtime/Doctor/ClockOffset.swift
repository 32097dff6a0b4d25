/// Compares a venue's clock with this machine's, by the data that arrives.
struct ClockOffset: Sendable {
  /// Event time − receive time, in microseconds.
  private(set) var samples: [Int64] = []

  private static let mostSamples = 1_000

  /// Data whose event time is its receive time has no clock of its own.
  mutating func note(eventTime: Timestamp, receiveTime: Timestamp) {
    let (offset, overflow) = eventTime.microseconds.subtractingReportingOverflow(receiveTime.microseconds)
    guard !overflow, offset != 0, samples.count < ClockOffset.mostSamples else { return }
    samples.append(offset)
  }

  /// Nil without samples.
  static func median(_ samples: [Int64]) -> Duration? {
    let sorted = samples.sorted()
    return sorted.isEmpty ? nil : .microseconds(sorted[(sorted.count - 1) / 2])
  }

  /// `limit`: how far ahead of their arrival records may be.
  static func finding(_ subject: String, _ samples: [Int64], limit: Duration) -> Finding {
    guard let offset = median(samples) else {
      return Finding(subject, "clock", .unknown, "no data came that has a time of its own")
    }
    let figure =
      "\(offset > .zero ? "+" : "")\(offset.measured) (the venue's time − time of arrival here, median of \(samples.count))"
    if offset > limit {
      let reason = "this machine's clock is slow, and records more than \(limit.measured) ahead are rejected: set it"
      return Finding(subject, "clock", .failed, "\(figure): \(reason)")
    }
    if offset < .zero - limit {
      return Finding(
        subject, "clock", .failed, "\(figure): this machine's clock is fast, or data is that old when it arrives")
    }
    let meaning = offset > .zero ? "this machine's clock is behind the venue's" : "how old data is when it gets here"
    return Finding(subject, "clock", .good, "\(figure): \(meaning)")
  }
}
