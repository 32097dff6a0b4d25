/// What the kit found: a line for each check.
public struct ConformanceReport: Sendable {
  public struct Line: Sendable, Equatable {
    public enum Outcome: Sendable, Equatable {
      /// What was looked at.
      case passed(String)
      /// What is wrong, and with which frame.
      case failed(String)
      /// Why it could not be looked at.
      case skipped(String)
    }

    public let check: String
    public let outcome: Outcome
  }

  public let subject: String
  public internal(set) var lines: [Line] = []

  init(subject: String) { self.subject = subject }

  public var passed: Bool { !lines.contains { if case .failed = $0.outcome { true } else { false } } }

  /// The outcome of a check by its name; nil for one that there is not.
  public subscript(check: String) -> Line.Outcome? { lines.first { $0.check == check }?.outcome }

  public var failures: [String] {
    lines.compactMap { if case .failed(let what) = $0.outcome { "\($0.check): \(what)" } else { nil } }
  }
}

extension ConformanceReport: CustomStringConvertible {
  public var description: String {
    let width = lines.map(\.check.count).max() ?? 0
    let rows = lines.map { line in
      let (mark, text) =
        switch line.outcome {
        case .passed(let text): ("✓", text)
        case .failed(let text): ("✗", text)
        case .skipped(let text): ("–", "not checked: \(text)")
        }
      return "\(mark)  \(line.check)\(String(repeating: " ", count: width - line.check.count))  \(text)"
    }
    let failed = failures.count
    let end = failed == 0 ? "\(subject): conforms" : "\(subject): \(failed) of \(lines.count) checks failed"
    return (rows + [end]).joined(separator: "\n")
  }
}
