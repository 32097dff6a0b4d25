/// What one check of a configuration against the world came to.
package struct Finding: Sendable, Equatable {
  package enum Verdict: Sendable, Equatable {
    case good, failed
    /// Something that it rests on failed, or cannot be told before a run.
    case unknown
  }

  /// What was looked at, by its place in the configuration: `sources[0] binance`.
  package let subject: String
  /// In a word or two: `clock`.
  package let check: String
  package let verdict: Verdict
  /// One line; a sentence where the check failed.
  package let text: String

  package init(_ subject: String, _ check: String, _ verdict: Verdict, _ text: String) {
    self.subject = subject
    self.check = check
    self.verdict = verdict
    self.text = text.printable
  }
}

extension Duration {
  /// As people read a measurement: `0.04 ms`, `1.4 ms`, `23 ms`, `2.1 s`.
  var measured: String {
    let microseconds = wholeMicroseconds.magnitude
    let sign = wholeMicroseconds < 0 ? "−" : ""
    switch microseconds {
    case ..<1_000:
      let hundredths = "\(microseconds / 10)"
      return "\(sign)0.\(hundredths.count < 2 ? "0" : "")\(hundredths) ms"
    case ..<10_000: return "\(sign)\(microseconds / 1_000).\(microseconds % 1_000 / 100) ms"
    case ..<1_000_000: return "\(sign)\(microseconds / 1_000) ms"
    default: return "\(sign)\(microseconds / 1_000_000).\(microseconds % 1_000_000 / 100_000) s"
    }
  }
}
