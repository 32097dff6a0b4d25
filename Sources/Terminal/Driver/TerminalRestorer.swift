internal import CNcurses
internal import Glibc

/// The struct, as there is a function of that name.
typealias SignalAction = sigaction

/// Gives the terminal back as it was, whatever happens: by nothing but `write` and `tcsetattr`, so that a handler of
/// signals may call it, when the program crashes as well as when it ends in a hurry.
package enum TerminalRestorer {
  /// What to write, in memory that stays: the terminal's own strings for leaving its screen.
  nonisolated(unsafe) private static var bytes: UnsafeMutableRawPointer?
  nonisolated(unsafe) private static var count = 0
  nonisolated(unsafe) private static var settings = termios()
  nonisolated(unsafe) private static var descriptor: Int32 = -1
  /// 1 while a screen is up. Written by the drawing thread, read by handlers.
  nonisolated(unsafe) private static var isArmed: sig_atomic_t = 0
  nonisolated(unsafe) private static var earlier: [SignalAction] = Array(repeating: SignalAction(), count: 65)

  private static let crashes = [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE]

  /// Notes what the terminal is like, before the screen is set up.
  static func note(_ descriptor: Int32) {
    self.descriptor = descriptor
    tcgetattr(descriptor, &settings)
  }

  /// A screen is up, and `farewell` takes it down.
  static func arm(_ farewell: [UInt8]) {
    // The memory of an earlier screen is left alone: a handler may be reading it.
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, farewell.count), alignment: 1)
    memory.copyMemory(from: farewell, byteCount: farewell.count)
    bytes = memory
    count = farewell.count
    if isArmed == 0 {
      for number in crashes {
        var action = SignalAction()
        action.__sigaction_handler.sa_handler = { TerminalRestorer.crashed($0) }
        sigaction(number, &action, &earlier[Int(number)])
      }
    }
    isArmed = 1
  }

  /// The screen was taken down in order.
  static func disarm() {
    guard isArmed != 0 else { return }
    isArmed = 0
    for number in crashes { sigaction(number, &earlier[Int(number)], nil) }
  }

  /// Whether the screen is still there to be drawn on.
  static var isUp: Bool { isArmed != 0 }

  /// Takes down the screen, if there is one. For those who end the process at once: nothing is drawn any more.
  package static func restore() {
    guard isArmed != 0, let bytes else { return }
    isArmed = 0
    // The drawing thread goes on, and may be in the middle of a frame.
    var pause = timespec(tv_sec: 0, tv_nsec: 30_000_000)
    nanosleep(&pause, nil)
    // Ctrl-S may have stopped its output.
    tcflow(descriptor, TCOON)
    _ = write(descriptor, bytes, count)
    tcsetattr(descriptor, TCSANOW, &settings)
  }

  /// Restores, and lets the signal do what it would have done.
  private static func crashed(_ number: Int32) {
    restore()
    sigaction(number, &earlier[Int(number)], nil)
    raise(number)
  }
}
