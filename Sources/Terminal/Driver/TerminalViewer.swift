internal import ArbdFramework
internal import CNcurses
internal import Foundation
internal import Glibc
internal import Synchronization

/// A dashboard on the program's terminal: a thread of its own draws it, at most 20 times a second, and reads the keys.
///
/// Unchecked: what is mutable is behind `state` and `condition`.
package final class TerminalViewer: @unchecked Sendable {
  package struct Settings: Sendable {
    package var isUTC = true
    package var hasColor = true
    package var hasMouse = true
    /// An alert rings the bell.
    package var rings = false
    /// An alert is announced by OSC 9, which some terminals show as a notification of the desktop.
    package var notifies = false
    /// Seconds after which data is stale.
    package var staleAfter = 10.0
    /// Leaving ends the run.
    package var endsRun = false

    package init() {}
  }

  /// Why the viewer wants to go, asked of whoever owns it. Called once, on the drawing thread.
  package enum Wish: Sendable {
    case leave, stopRun
    /// There is no terminal any more.
    case vanished
  }

  /// Microseconds between two drawings of what has come, and between two answers to keys; the first key is answered at once.
  private static let frameTime: Int64 = 80_000
  private static let answerTime: Int64 = 50_000
  /// A clock that shows seconds moves.
  private static let longestTime: Int64 = 1_000_000

  private struct State {
    var dashboard: Dashboard
    var isDirty = true
    var isEnding = false
    /// Of the newest alert that came since the last drawing.
    var news: AlertRow?
    var newAlerts = 0
    /// Whether what there was before has come.
    var hasHistory = false
  }

  private let settings: Settings
  private let now: @Sendable () -> Int64
  private let onWish: @Sendable (Wish) -> Void
  private let state: Mutex<State>
  private let condition = Condition()
  private var outcome: Bool?
  private var hasEnded = false

  /// `now`: the wall clock, in microseconds since the Unix epoch.
  package init(
    _ settings: Settings, now: @escaping @Sendable () -> Int64, onWish: @escaping @Sendable (Wish) -> Void
  ) {
    self.settings = settings
    self.now = now
    self.onWish = onWish
    var surroundings = Dashboard.Surroundings()
    surroundings.endsRun = settings.endsRun
    surroundings.staleAfter = settings.staleAfter
    var dashboard = Dashboard(surroundings)
    dashboard.view.isUTC = settings.isUTC
    state = Mutex(State(dashboard: dashboard))
  }

  // MARK: From any thread

  /// Takes the terminal; false when it cannot.
  package func start() -> Bool {
    let thread = Thread { self.run() }
    thread.name = "arbd screen"
    thread.stackSize = 4 << 20
    thread.start()
    condition.lock()
    defer { condition.unlock() }
    while outcome == nil { condition.wait() }
    return outcome == true
  }

  /// Takes what is new; draws nothing itself, and waits for no terminal.
  package func apply(_ update: DashboardUpdate) {
    state.withLock { state in
      state.dashboard.apply(update)
      state.isDirty = true
      // What is old news rings nothing.
      defer { state.hasHistory = true }
      if state.hasHistory, let last = update.alerts.last {
        state.news = last
        state.newAlerts += update.alerts.count
      }
    }
    TerminalSignals.send(.wake)
  }

  /// Another run is shown from now on.
  package func forget() {
    state.withLock { state in
      state.dashboard.forget()
      state.hasHistory = false
      state.isDirty = true
    }
  }

  /// Says something at the bottom of the screen.
  package func say(_ message: String) {
    state.withLock { state in
      state.dashboard.say(message, at: now())
      state.isDirty = true
    }
    TerminalSignals.send(.wake)
  }

  /// Gives the terminal back, and returns when that is done; at the latest after a second, when the terminal takes
  /// nothing.
  package func end() {
    state.withLock { $0.isEnding = true }
    TerminalSignals.send(.wake)
    let deadline = ContinuousClock.now + .seconds(1)
    condition.lock()
    while !hasEnded, condition.wait(until: deadline) {}
    let isStuck = !hasEnded
    condition.unlock()
    if isStuck { TerminalRestorer.restore() }
  }

  // MARK: The drawing thread

  private func run() {
    let isUnicode = TerminalKind.takeLocale()
    state.withLock { $0.dashboard.surroundings.isASCII = !isUnicode }
    guard let events = TerminalSignals.open() else { return began(false) }
    TerminalSignals.install()
    guard var screen = CursesScreen(hasColor: settings.hasColor, hasMouse: settings.hasMouse) else {
      TerminalSignals.uninstall()
      TerminalSignals.close(events)
      return began(false)
    }
    began(true)
    let isGone = show(&screen, events)
    TerminalSignals.uninstall()
    screen.end(isGone: isGone || !TerminalRestorer.isUp)
    condition.withLock {
      hasEnded = true
      condition.broadcast()
    }
    if isGone { onWish(.vanished) }
  }

  private func began(_ isShown: Bool) {
    condition.withLock {
      outcome = isShown
      hasEnded = !isShown
      condition.broadcast()
    }
  }

  /// Until the end; true when the terminal is gone.
  private func show(_ screen: inout CursesScreen, _ events: Int32) -> Bool {
    var (lastDrawing, lastAnswer) = (Int64.min, Int64.min)
    var isUrgent = true
    while !state.withLock({ $0.isEnding }), TerminalRestorer.isUp {
      let time = now()
      // The clock may be set back.
      func elapsed(since start: Int64) -> Int64 { start == .min || time < start ? .max : time - start }
      func isDrawable(_ isDirty: Bool) -> Bool {
        let since = elapsed(since: lastDrawing)
        return isUrgent && elapsed(since: lastAnswer) >= TerminalViewer.answerTime
          || isDirty && since >= TerminalViewer.frameTime || since >= TerminalViewer.longestTime
      }
      var isDirty = state.withLock { $0.isDirty }
      if isDrawable(isDirty) {
        draw(&screen, time)
        lastDrawing = time
        if isUrgent { lastAnswer = time }
        (isUrgent, isDirty) = (false, false)
      }
      let wait =
        isUrgent
        ? TerminalViewer.answerTime - elapsed(since: lastAnswer)
        : (isDirty ? TerminalViewer.frameTime : TerminalViewer.longestTime) - elapsed(since: lastDrawing)
      var descriptors = [
        pollfd(fd: screen.keyboard, events: Int16(POLLIN), revents: 0),
        pollfd(fd: events, events: Int16(POLLIN), revents: 0),
      ]
      _ = poll(&descriptors, 2, Int32(min(1_000, max(1, (wait + 999) / 1_000))))
      if Int32(descriptors[0].revents) & (POLLHUP | POLLERR | POLLNVAL) != 0 { return true }
      if takeEvents(events, &screen) { isUrgent = true }
      if descriptors[0].revents != 0, takeKeys(&screen) { isUrgent = true }
    }
    return false
  }

  private func draw(_ screen: inout CursesScreen, _ time: Int64) {
    let (columns, lines) = screen.size
    let offset = TerminalKind.localOffset(at: time / 1_000_000)
    let (picture, news, count) = state.withLock { state in
      state.isDirty = false
      state.dashboard.surroundings.localOffset = offset
      let picture = state.dashboard.screen(columns: columns, lines: lines, now: time)
      defer {
        state.news = nil
        state.newAlerts = 0
      }
      return (picture, state.news, state.newAlerts)
    }
    screen.draw(picture)
    guard let news else { return }
    if settings.rings { screen.ring() }
    if settings.notifies { notify(news, count) }
  }

  /// OSC 9 ; text BEL, of iTerm2, and by now of many.
  private func notify(_ alert: AlertRow, _ count: Int) {
    let more = count > 1 ? " and \(count - 1) more" : ""
    let text = "arbd: \(alert.detector) \(Figure.signed(alert.route.netBasisPoints)) bp net\(more)"
    let safe = text.unicodeScalars.map { $0.value >= 0x20 && $0.value < 0x7F ? Character($0) : $0 == "−" ? "-" : "?" }
    let bytes = Array("\u{1B}]9;\(String(safe))\u{07}".utf8)
    _ = write(STDOUT_FILENO, bytes, bytes.count)
  }

  // MARK: What happens

  /// True when the screen has to be drawn at once.
  private func takeEvents(_ events: Int32, _ screen: inout CursesScreen) -> Bool {
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = read(events, &bytes, bytes.count)
    guard count > 0 else { return false }
    let happened = Set(bytes[..<count].compactMap(TerminalSignals.Event.init))
    if happened.contains(.stop) {
      screen.suspend()
      TerminalSignals.stopProcess()
      screen.resume()
      return true
    }
    if happened.contains(.resume) {
      screen.resume()
      return true
    }
    if happened.contains(.resize) {
      screen.resize()
      return true
    }
    return false
  }

  private func takeKeys(_ screen: inout CursesScreen) -> Bool {
    var isResized = false
    var hasKeys = false
    while let key = screen.nextKey(isResized: &isResized) {
      hasKeys = true
      let (columns, lines) = screen.size
      let time = now()
      let effects = state.withLock {
        $0.dashboard.handle(key, columns: columns, lines: lines, now: time)
      }
      for effect in effects { perform(effect) }
    }
    if isResized { screen.resize() }
    return hasKeys || isResized
  }

  private func perform(_ effect: Effect) {
    switch effect {
    case .leave: onWish(.leave)
    case .stopRun:
      say("Stopping…")
      onWish(.stopRun)
    case .export(let alerts):
      let time = now()
      let message = AlertExport.write(alerts, at: time)
      state.withLock { $0.dashboard.say(message, at: time) }
    }
  }
}
