import Foundation
import Logging

/// Logs to standard error; on a terminal it first wipes the line that the console's status stands in, which has no end of
/// its own.
struct TerminalLogHandler: LogHandler {
  private var base: StreamLogHandler
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
    if TerminalLogHandler.sharesTerminal { try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K".utf8)) }
    base.log(event: event)
  }
}
