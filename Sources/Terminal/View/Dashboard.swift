/// A dashboard: what is known of a run, and how a person looks at it. A value; screens are functions of it.
package struct Dashboard: Sendable {
  /// What the terminal can show, and whose dashboard it is.
  package struct Surroundings: Sendable, Equatable {
    /// Only ASCII can be shown.
    package var isASCII = false
    /// Seconds east of Greenwich, of local time.
    package var localOffset = 0
    /// Leaving it ends the run, so it asks first.
    package var endsRun = false
    /// Seconds after which data is stale.
    package var staleAfter = 10.0

    package init() {}
  }

  package private(set) var model = DashboardModel()
  /// What is shown while it is paused, and since when.
  private(set) var frozen: (model: DashboardModel, time: Int64)?
  package var view = ViewState()
  package var surroundings: Surroundings

  package init(_ surroundings: Surroundings) {
    self.surroundings = surroundings
  }

  package mutating func apply(_ update: DashboardUpdate) { model.apply(update) }

  /// Another run is shown from now on.
  package mutating func forget() {
    model = DashboardModel()
    frozen = nil
  }

  /// What is shown.
  var shown: DashboardModel { frozen?.model ?? model }

  package var isPaused: Bool { frozen != nil }

  /// Tells the person something at the bottom of the screen, for a few seconds.
  package mutating func say(_ message: String, at now: Int64) {
    view.message = message
    view.messageEnd = now + 8_000_000
  }

  mutating func togglePause(at now: Int64) {
    frozen = frozen == nil ? (model, now) : nil
  }

  /// The screen at a moment of the wall clock, in microseconds since the Unix epoch.
  package func screen(columns: Int, lines: Int, now: Int64) -> Screen {
    let now = frozen?.time ?? now
    return DashboardView(
      model: shown, state: view, surroundings: surroundings, now: now, isPaused: isPaused
    ).screen(columns: columns, lines: lines)
  }
}
