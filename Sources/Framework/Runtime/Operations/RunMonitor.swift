internal import Synchronization

/// Where a run leaves what others may know of it while it goes on. The core's thread puts a snapshot here and never waits
/// for anybody who reads it.
final class RunMonitor: Sendable {
  private struct State {
    var phase = OperationsSnapshot.Phase.starting
    var core: CoreSnapshot?
    var coreTime = Duration.zero
    /// Sources that have been opened, by their places.
    var openInputs: Set<Int> = []
  }

  private let start = ContinuousClock.now
  private let state = Mutex(State())
  /// Nanoseconds since `start`; −1 while the core has no thread.
  private let lastTurn = Atomic<Int64>(-1)
  private let watched = Atomic<Bool>(false)

  private var elapsed: Duration { ContinuousClock.now - start }

  // MARK: What the run says

  func opened(input: Int) { state.withLock { _ = $0.openInputs.insert(input) } }

  /// Whoever is stopping stays so.
  func moved(to phase: OperationsSnapshot.Phase) {
    state.withLock { if $0.phase != .stopping { $0.phase = phase } }
  }

  /// The core's thread begins another turn.
  func turn() {
    let (seconds, attoseconds) = elapsed.components
    lastTurn.store(seconds * 1_000_000_000 + attoseconds / 1_000_000_000, ordering: .relaxed)
  }

  /// The core's thread has done its work.
  func ended() { lastTurn.store(-1, ordering: .relaxed) }

  func publish(_ core: CoreSnapshot) {
    let time = elapsed
    state.withLock { state in
      state.core = core
      state.coreTime = time
    }
  }

  // MARK: What others ask

  /// Whether anybody wants snapshots.
  var isWatched: Bool { watched.load(ordering: .relaxed) }

  func watch() { watched.store(true, ordering: .relaxed) }

  func snapshot(inputs: [String], venues: [String], sinks: [SinkRunner]) -> OperationsSnapshot {
    let state = state.withLock { $0 }
    let now = elapsed
    let turn = lastTurn.load(ordering: .relaxed)
    var snapshot = OperationsSnapshot()
    snapshot.phase = state.phase
    snapshot.elapsed = now
    snapshot.sinceTurn = turn < 0 ? nil : max(.zero, now - .nanoseconds(turn))
    snapshot.core = state.core
    snapshot.coreAge = state.core == nil ? nil : now - state.coreTime
    snapshot.inputs = inputs.enumerated().map {
      InputSnapshot(name: $1, isOpen: state.openInputs.contains($0))
    }
    snapshot.venues = venues
    snapshot.sinks = sinks.map { $0.snapshot() }
    return snapshot
  }
}
