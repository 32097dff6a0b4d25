internal import Synchronization

/// The wall clock as receive times show it: never the same twice, never going back, so that the order of stamps is the
/// order of arrival, over all sources. Where the system's clock is set back, stamps stay in front of it and go half as fast
/// until it has caught up.
package final class ReceiveClock: Sendable {
  private struct State {
    var wall = Int64.min
    /// How far stamps are in front of the wall clock.
    var lead: Int64 = 0
    var last = Int64.min
  }

  private let state = Mutex(State())
  private let wallClock: @Sendable () -> Timestamp

  package init(_ wallClock: @escaping @Sendable () -> Timestamp) { self.wallClock = wallClock }

  package func stamp() -> Timestamp {
    let wall = wallClock().microseconds
    return state.withLock { state in
      if state.wall > .min {
        let step = wall &- state.wall
        state.lead = step < 0 ? state.lead &- step : max(0, state.lead &- step / 2)
      }
      state.wall = wall
      state.last = max(wall &+ state.lead, state.last &+ 1)
      return Timestamp(microseconds: state.last)
    }
  }
}
