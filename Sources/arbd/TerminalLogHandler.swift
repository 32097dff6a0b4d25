import ArbdFramework
import ArbdTerminal
import ArbdTransport
import Foundation
import Logging

/// Logs to standard error, and to whoever shows the log. While a screen holds the terminal, nothing is written there; else,
/// on a terminal, it first wipes the line that the console's status stands in, which has no end of its own.
struct TerminalLogHandler: LogHandler {
  private var base: StreamLogHandler
  /// The last lines of all loggers.
  static let tail = LogTail()
  private static let isTerminal = isatty(STDERR_FILENO) == 1
  private static let sharesTerminal = isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 1

  init(label: String) { base = StreamLogHandler.standardError(label: label) }

  var logLevel: Logger.Level {
    get { base.logLevel }
    set { base.logLevel = newValue }
  }

  var metadata: Logger.Metadata {
    get { base.metadata }
    set { base.metadata = newValue }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { base[metadataKey: key] }
    set { base[metadataKey: key] = newValue }
  }

  func log(event: LogEvent) {
    let line = LogLine(
      time: Timestamp.systemClock.microseconds, level: LogLine.Level(event.level), text: "\(event.message)")
    let isShown = TerminalLogHandler.tail.add(line)
    if isShown, TerminalLogHandler.isTerminal { return }
    if TerminalLogHandler.sharesTerminal { try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K".utf8)) }
    base.log(event: event)
  }
}

extension LogLine.Level {
  init(_ level: Logger.Level) {
    switch level {
    case .trace, .debug: self = .debug
    case .info: self = .info
    case .notice: self = .notice
    case .warning: self = .warning
    case .error, .critical: self = .error
    }
  }
}
