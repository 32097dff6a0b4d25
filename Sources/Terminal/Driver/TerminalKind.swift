internal import CNcurses
internal import Glibc

/// What the program's terminal is, as far as the environment and the system say.
package enum TerminalKind {
  /// Why no screen can be shown; nil when one can.
  package static var obstacle: String? {
    guard isatty(STDOUT_FILENO) == 1 else { return "standard output is no terminal" }
    guard isatty(STDIN_FILENO) == 1 || access("/dev/tty", R_OK) == 0 else { return "there is no keyboard" }
    guard let name = variable("TERM"), !name.isEmpty else { return "TERM is not set" }
    if name == "dumb" { return "TERM is \"dumb\"" }
    return arbd_knows_terminal(name, STDOUT_FILENO) != 0 ? nil : "TERM \"\(name)\" is not known here"
  }

  /// https://no-color.org: set, and not empty.
  package static var hasNoColor: Bool { variable("NO_COLOR")?.isEmpty == false }

  /// Whether the locale's characters are UTF-8. Sets the locale of the process, for characters alone.
  static func takeLocale() -> Bool {
    setlocale(LC_CTYPE, "")
    return nl_langinfo(Int32(CODESET)).map { String(cString: $0) } == "UTF-8"
  }

  /// Seconds east of Greenwich.
  static func localOffset(at seconds: Int64) -> Int {
    var time = time_t(seconds)
    var parts = tm()
    localtime_r(&time, &parts)
    return parts.tm_gmtoff
  }

  private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
