internal import CNcurses
internal import Glibc

/// Signals that concern the terminal, as bytes in a pipe that the drawing thread waits for.
enum TerminalSignals {
  enum Event: UInt8 {
    case wake = 0x77
    case resize = 0x72
    /// Ctrl-Z.
    case stop = 0x7A
    case resume = 0x63
  }

  /// Written by handlers.
  nonisolated(unsafe) private static var writeEnd: Int32 = -1
  nonisolated(unsafe) private static var earlier: [(number: Int32, action: SignalAction)] = []

  /// Gives the end to read from; nil where there is none to be had, as when another screen has the terminal.
  static func open() -> Int32? {
    var ends: [Int32] = [-1, -1]
    guard writeEnd < 0, pipe(&ends) == 0 else { return nil }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    writeEnd = ends[1]
    return ends[0]
  }

  static func close(_ readEnd: Int32) {
    Glibc.close(readEnd)
    Glibc.close(writeEnd)
    writeEnd = -1
  }

  /// From any thread. A full pipe wakes as well.
  static func send(_ event: Event) {
    var byte = event.rawValue
    _ = write(writeEnd, &byte, 1)
  }

  static func install() {
    handle(SIGWINCH) { _ in TerminalSignals.send(.resize) }
    handle(SIGTSTP) { _ in TerminalSignals.send(.stop) }
    handle(SIGCONT) { _ in TerminalSignals.send(.resume) }
  }

  static func uninstall() {
    for (number, action) in earlier.reversed() {
      var action = action
      sigaction(number, &action, nil)
    }
    earlier = []
  }

  /// Stops the process, as Ctrl-Z does when nobody handles it; returns when it goes on.
  static func stopProcess() {
    var usual = SignalAction()
    var ours = SignalAction()
    usual.__sigaction_handler.sa_handler = SIG_DFL
    sigaction(SIGTSTP, &usual, &ours)
    kill(getpid(), SIGTSTP)
    sigaction(SIGTSTP, &ours, nil)
  }

  private static func handle(_ number: Int32, _ handler: @convention(c) (Int32) -> Void) {
    var action = SignalAction()
    var before = SignalAction()
    action.__sigaction_handler.sa_handler = handler
    action.sa_flags = SA_RESTART
    sigaction(number, &action, &before)
    earlier.append((number, before))
  }
}
