import ArbdFramework
import ArbdTerminal
import ArgumentParser
import Foundation
import Logging
import UnixSignals

/// A configuration at work, from its start to its end by itself, by a signal or after a time.
struct Daemon {
  private let configuration: Configuration
  /// The configuration's file, for messages.
  private let name: String
  private let logger: Logger

  init(_ configuration: Configuration, name: String, logLevel: LogLevel) {
    self.configuration = configuration
    self.name = name
    var logger = Logger(label: "arbd") { TerminalLogHandler(label: $0) }
    logger.logLevel = logLevel.level
    self.logger = logger
  }

  /// `summary`: the file that gets all counts. `staysAtEnd`: it goes on to show what there was when its sources have
  /// ended.
  func run(atMost duration: Duration? = nil, summary: String? = nil, staysAtEnd: Bool = false) async throws {
    // A reader of our output that goes away shows as a write error, not as death by signal.
    signal(SIGPIPE, SIG_IGN)
    let live: LiveRun
    let operations: Operations
    let dashboard: RunDashboard
    do {
      live = try LiveRun(configuration, logger: logger)
      operations = try Operations(configuration.http, of: live.run, logger: logger)
      dashboard = try RunDashboard(live.run, configuration, path: name, logger: logger)
    } catch {
      printError("\(name): error: \(error)")
      throw ExitCode(1)
    }

    let run = live.run
    if staysAtEnd { run.stayAtEnd() }
    defer {
      dashboard.end()
      operations.stop()
      live.end()
    }
    let summaryFile = try summary.map { try SummaryFile(path: $0) }
    let signals = await UnixSignalsSequence(trapping: Daemon.stopSignals)
    let watch = Task {
      var stopped: ContinuousClock.Instant?
      for await _ in signals {
        guard let since = stopped else {
          stopped = .now
          stop(run)
          continue
        }
        // Who signals a process and then its group, as timeout(1) does, means one.
        if .now - since < Daemon.sameSignal { continue }
        // The second one wants out, whatever is left undone.
        TerminalRestorer.restore()
        printError("error: the run was cut off by a second signal")
        _exit(130)
      }
    }
    let limit = duration.map { limit in
      Task {
        try await Task.sleep(for: limit)
        stop(run)
      }
    }
    let result = await run.execute()
    limit?.cancel()
    watch.cancel()
    try finish(result, summaryFile)
  }

  /// Those that end a run in order. SIGHUP says that the terminal is gone; who starts it with nohup wants it to go on.
  private static var stopSignals: [UnixSignal] {
    var action = sigaction()
    sigaction(SIGHUP, nil, &action)
    let isIgnored = action.__sigaction_handler.sa_handler.map { unsafeBitCast($0, to: Int.self) } == 1
    return isIgnored ? [.sigint, .sigterm] : [.sigint, .sigterm, .sighup]
  }

  /// Stops the run; should anything be stuck for good, ends the process in time all the same.
  private func stop(_ run: Run) {
    run.stop()
    DispatchQueue.global().asyncAfter(deadline: .now() + Daemon.timeToStop) {
      TerminalRestorer.restore()
      printError("error: the run did not end within \(Daemon.timeToStop) s of being stopped")
      _exit(1)
    }
  }

  private static let sameSignal = Duration.milliseconds(300)

  /// Seconds; whoever sends SIGTERM is promised five.
  private static let timeToStop = 4.8

  private func finish(_ result: RunSummary, _ summaryFile: SummaryFile?) throws {
    for (name, counts) in result.detectors where counts.truncated > 0 {
      printError("warning: detector \(name): \(counts.truncated) windows had more paths than are tried in one")
    }
    for (name, venues) in result.silentVenues {
      printError(
        "warning: detector \(name): no record that it looks at came from \(venues.joined(separator: ", ")); "
          + "do instrument, venues, treat_as_equal and input fit the data?")
    }
    if result.discardedWindows > 0 {
      let count = result.discardedWindows == 1 ? "1 window was" : "\(result.discardedWindows) windows were"
      printError("\(count) not complete when the run was stopped, and discarded")
    }
    for (name, counts) in result.sinks where counts.waiting > 0 {
      printError("\(counts.waiting) alerts wait in the journal for sink \(name); the next run delivers them")
    }
    for failure in result.failures { printError("error: \(failure)") }
    try summaryFile?.write(result.json)
    if !result.failures.isEmpty { throw ExitCode(1) }
  }
}
