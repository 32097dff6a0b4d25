public import ArbdFramework
import Glibc
internal import Synchronization

public struct ConsoleOptions: PluginOptions {
  public var color = ColorChoice.automatic

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .optional("color", \.color, "Colours; auto: where standard output is a terminal and NO_COLOR is not set.")
  ]
}

public enum ColorChoice: String, OptionChoice {
  case automatic = "auto"
  case always, never
}

/// Prints a line for each alert, and once a second a line that tells how the run is doing.
///
/// On a terminal the status line stays the last and is rewritten; elsewhere it is a line like any other.
public final class ConsoleSink: Sink {
  public static let name = "console"
  public static let summary = "Prints alerts and a status line for people."
  public static let accepts: Set<Record.Kind> = [.alert, .status]

  private let text: Mutex<ConsoleText>

  public init(options: ConsoleOptions, context: PluginContext) {
    let isTerminal =
      isatty(STDOUT_FILENO) == 1 && ConsoleSink.moves(terminal: getenv("TERM").map { String(cString: $0) })
    let isColored =
      switch options.color {
      case .always: true
      case .never: false
      case .automatic: isTerminal && !ConsoleSink.hasNoColor
      }
    text = Mutex(ConsoleText(isTerminal: isTerminal, isColored: isColored))
  }

  /// Whether a terminal of this kind takes escape sequences.
  static func moves(terminal kind: String?) -> Bool { kind != "dumb" && kind != "" }

  public func connect() async throws(DeliveryError) {}

  public func deliver(_ batch: [Record]) async throws(DeliveryError) {
    let output = text.withLock { $0.lines(for: batch, width: ConsoleSink.terminalWidth) }
    do throws(StandardOutput.Failure) { try StandardOutput.shared.append(output) } catch { throw error.error }
  }

  public func close() async {}

  /// https://no-color.org: set, and not empty.
  private static var hasNoColor: Bool {
    guard let value = getenv("NO_COLOR") else { return false }
    return value.pointee != 0
  }

  private static var terminalWidth: Int? {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}
