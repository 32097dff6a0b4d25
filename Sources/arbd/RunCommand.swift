import ArbdFramework
import ArgumentParser
import Foundation
import Logging
import UnixSignals

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs a configuration (the default).")

  @ArgumentParser.OptionGroup var file: ConfigurationFile

  @Option(help: ArgumentHelp("Stop after this long, as in 30s.", valueName: "duration"))
  var duration: TimeLimit?

  @Option(help: ArgumentHelp("Write all counts there as JSON when the run ends.", valueName: "file"))
  var summary: String?

  @Option(help: ArgumentHelp("Log what is at least this important.", valueName: "level"))
  var logLevel = LogLevel(.notice)

  func run() async throws {
    // A reader of our output that goes away shows as a write error, not as death by signal.
    signal(SIGPIPE, SIG_IGN)
    var logger = Logger(label: "arbd") { TerminalLogHandler(label: $0) }
    logger.logLevel = logLevel.level

    let configuration = try file.load()
    let live: LiveRun
    let operations: Operations
    do {
      live = try LiveRun(configuration, logger: logger)
      operations = try Operations(configuration.http, of: live.run, logger: logger)
    } catch {
      printError("\(file.config): error: \(error)")
      throw ExitCode(1)
    }

    let run = live.run
    defer {
      operations.stop()
      live.end()
    }
    let summaryFile = try summary.map { try SummaryFile(path: $0) }
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    let watch = Task {
      var isStopping = false
      for await _ in signals {
        // The second one wants out, whatever is left undone.
        if isStopping { _exit(130) }
        isStopping = true
        stop(run)
      }
    }
    let limit = duration.map { limit in
      Task {
        try await Task.sleep(for: limit.duration)
        stop(run)
      }
    }
    let result = await run.execute()
    limit?.cancel()
    watch.cancel()
    try finish(result, summaryFile)
  }

  /// Stops the run; should anything be stuck for good, ends the process in time all the same.
  private func stop(_ run: Run) {
    run.stop()
    DispatchQueue.global().asyncAfter(deadline: .now() + RunCommand.timeToStop) {
      printError("error: the run did not end within \(RunCommand.timeToStop) s of being stopped")
      _exit(1)
    }
  }

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

/// A duration as configs write it.
struct TimeLimit: ExpressibleByArgument {
  let duration: Duration

  init(_ duration: Duration) { self.duration = duration }

  init?(argument: String) {
    guard let duration = Duration(configurationText: argument) else { return nil }
    self.duration = duration
  }
}

/// How much is logged, by swift-log's names.
struct LogLevel: ExpressibleByArgument {
  let level: Logger.Level

  init(_ level: Logger.Level) { self.level = level }

  init?(argument: String) {
    guard let level = Logger.Level(rawValue: argument) else { return nil }
    self.level = level
  }

  static let allValueStrings = Logger.Level.allCases.map(\.rawValue)
  var defaultValueDescription: String { level.rawValue }
}
