/// Something that is wrong, or looks wrong, with a configuration file.
public struct Diagnostic: Sendable, Equatable {
  public enum Severity: String, Sendable {
    /// The file cannot be used.
    case error
    /// It can, but does perhaps not mean what its author thinks.
    case warning
  }

  public let severity: Severity
  /// `sinks[1].brokers`; empty where the file as a whole is meant.
  public let path: String
  /// The same as a JSON Pointer: `/sinks/1/brokers`.
  public let pointer: String
  /// From 1.
  public let line: Int
  /// From 1, in characters.
  public let column: Int
  public let message: String
  /// What to do instead: `did you mean "brokers"?`
  public let suggestion: String?
}

/// What was found in one file, in the order of the file.
///
/// Printed as compilers do, one finding a line, so that editors jump to it:
///
///     config.json:12:7: error: sinks[1].brkers: unknown key; did you mean "brokers"?
public struct Diagnostics: Sendable {
  public let source: SourceText
  /// By position; several at one position in the order in which they were found.
  public private(set) var all: [Diagnostic] = []
  /// How many more there were than are kept.
  public private(set) var omitted = 0
  /// The file cannot be used.
  public private(set) var hasErrors = false

  /// A file that is wrong throughout must not cost minutes, nor fill a screen many times over.
  static let limit = 200

  public init(source: SourceText) { self.source = source }

  public var isEmpty: Bool { all.isEmpty }

  /// Adds an error. The message goes on from the path: `must not be empty`.
  public mutating func error(_ message: String, at position: ConfigurationPosition, suggestion: String? = nil) {
    report(.error, message, at: position, suggestion: suggestion)
  }

  /// Adds a warning, written as an error is.
  public mutating func warning(
    _ message: String, at position: ConfigurationPosition, suggestion: String? = nil
  ) {
    report(.warning, message, at: position, suggestion: suggestion)
  }

  private mutating func report(
    _ severity: Diagnostic.Severity, _ message: String, at position: ConfigurationPosition,
    suggestion: String?
  ) {
    if severity == .error { hasErrors = true }
    guard all.count < Diagnostics.limit else {
      omitted += 1
      return
    }
    let place = source.place(of: position.offset)
    let finding = Diagnostic(
      severity: severity, path: position.path.description, pointer: position.path.pointer, line: place.line,
      column: place.column,
      message: message, suggestion: suggestion)
    let last = all.lastIndex { ($0.line, $0.column) <= (place.line, place.column) }
    all.insert(finding, at: last.map { $0 + 1 } ?? 0)
  }
}

extension Diagnostics: CustomStringConvertible {
  /// A line for each finding, each with its line feed.
  public var description: String {
    let lines = all.map { finding in
      let path = finding.path.isEmpty ? "" : "\(finding.path): "
      let suggestion = finding.suggestion.map { "; \($0)" } ?? ""
      let place = "\(source.fileName):\(finding.line):\(finding.column)"
      return "\(place): \(finding.severity.rawValue): \(path)\(finding.message)\(suggestion)\n"
    }
    return lines.joined() + (omitted > 0 ? "\(source.fileName): and \(omitted) more\n" : "")
  }
}
