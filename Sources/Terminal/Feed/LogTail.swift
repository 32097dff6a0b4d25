internal import Synchronization

/// The last lines of the log, for whoever shows them. While a screen holds the terminal, the log does not write there: what
/// was important meanwhile is kept, and given back when the screen goes.
package final class LogTail: Sendable {
  private struct State {
    /// Oldest first.
    var lines: [LogLine] = []
    /// Of the line after the last.
    var next = 0
    var isHeld = false
    var kept: [LogLine] = []
  }

  private let state = Mutex(State())

  /// Lines that can still be asked for, and those that are given back.
  package static let capacity = 500

  package init() {}

  /// False: the line has to be written to the terminal as well.
  package func add(_ line: LogLine) -> Bool {
    state.withLock { state in
      state.lines.append(line)
      state.next += 1
      if state.lines.count >= 2 * LogTail.capacity { state.lines.removeFirst(LogTail.capacity) }
      guard state.isHeld else { return false }
      if line.level >= .warning {
        state.kept.append(line)
        if state.kept.count >= 2 * LogTail.capacity { state.kept.removeFirst(LogTail.capacity) }
      }
      return true
    }
  }

  /// The lines from a number on, as far as they are still there, and the number of the next one to come.
  package func lines(from number: Int) -> (lines: [LogLine], next: Int) {
    state.withLock { state in
      (Array(state.lines.suffix(max(0, min(LogTail.capacity, state.next - number)))), state.next)
    }
  }

  /// A screen has the terminal from now on.
  package func hold() { state.withLock { $0.isHeld = true } }

  /// It has not any more. Returns what was logged meanwhile from warnings up, oldest first.
  package func release() -> [LogLine] {
    state.withLock { state in
      defer { state.kept = [] }
      state.isHeld = false
      return state.kept.suffix(LogTail.capacity)
    }
  }
}
