import ArbdFramework
import ArbdStorage
import ArbdTransport
import Foundation
import Logging

/// What a run gets besides its configuration: the network, and the venues that it simulates itself.
struct LiveRun {
  let run: Run
  private let simulated: SimulatedVenues?

  init(_ configuration: Configuration, logger: Logger) throws {
    var assembly = try Assembly(configuration, logger: logger)
    simulated = try SimulatedVenues(for: &assembly, logger: logger)
    let clock = ReceiveClock { .systemClock }
    let means = LiveMeans(now: clock.stamp, attempts: LiveRun.attempts, instruments: LiveRun.instruments) {
      try NetworkLoop(now: clock.stamp)
    }
    run = try assembly.makeRun(logger: logger, means) { SQLiteJournal($0, now: { .systemClock }) }
  }

  /// After the run.
  func end() { simulated?.stop() }

  /// What venues last listed, below `$XDG_CACHE_HOME/arbd`, else `~/.cache/arbd`.
  static var instruments: InstrumentCache? {
    let environment = ProcessInfo.processInfo.environment
    if let folder = environment["XDG_CACHE_HOME"], !folder.isEmpty { return InstrumentCache(folder: "\(folder)/arbd") }
    guard let home = environment["HOME"], !home.isEmpty else { return nil }
    return InstrumentCache(folder: "\(home)/.cache/arbd")
  }

  /// What a daemon remembers of its attempts to connect, by the XDG convention below `~/.local/state/arbd`; nothing where
  /// there is no home.
  static var attempts: AttemptFile? {
    let environment = ProcessInfo.processInfo.environment
    if let folder = environment["XDG_STATE_HOME"], !folder.isEmpty { return AttemptFile(folder: "\(folder)/arbd") }
    guard let home = environment["HOME"], !home.isEmpty else { return nil }
    return AttemptFile(folder: "\(home)/.local/state/arbd")
  }
}
