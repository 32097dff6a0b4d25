import ArbdFramework
import ArbdTransport
import ArgumentParser
import Foundation
import Logging

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Checks a configuration against the world: connects, subscribes, delivers nothing.")

  @ArgumentParser.OptionGroup var file: ConfigurationFile

  @Option(help: ArgumentHelp("How long to wait for each step, as in 10s.", valueName: "duration"))
  var timeout = TimeLimit(.seconds(10))

  @Option(help: ArgumentHelp("Log what is at least this important.", valueName: "level"))
  var logLevel = LogLevel(.error)

  func validate() throws {
    guard timeout.duration > .zero, timeout.duration <= .seconds(3_600) else {
      throw ValidationError("--timeout must be above 0, and at most 1h")
    }
  }

  func run() async throws {
    // A reader of our output that goes away shows as a write error, not as death by signal.
    signal(SIGPIPE, SIG_IGN)
    var logger = Logger(label: "arbd") { TerminalLogHandler(label: $0) }
    logger.logLevel = logLevel.level

    let configuration = try file.load()
    let examination: Examination
    let simulated: SimulatedVenues?
    do {
      var assembly = try Assembly(configuration, logger: logger)
      simulated = try SimulatedVenues(for: &assembly, logger: logger)
      let clock = ReceiveClock { .systemClock }
      let means = ExaminationMeans(now: clock.stamp, attempts: LiveRun.attempts) {
        try NetworkLoop(now: clock.stamp)
      }
      examination = Examination(assembly, timeout: timeout.duration, means, logger: logger)
    } catch {
      printError("\(file.config): error: \(error)")
      throw ExitCode(1)
    }
    let findings = await examination.findings() + PlaceCheck(configuration: configuration, logger: logger).findings
    simulated?.stop()
    let table = FindingTable(findings, DoctorCommand.style)
    try printOutput(table.text)
    if table.hasFailures { throw ExitCode(1) }
  }

  /// As the locale says, by the precedence of POSIX.
  static var style: FindingTable.Style {
    let environment = ProcessInfo.processInfo.environment
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    let characters = locale.lowercased().filter { $0 != "-" }
    return characters.hasSuffix("utf8") || characters.contains("utf8@") ? .unicode : .ascii
  }
}

extension TimeLimit {
  /// For the help.
  var defaultValueDescription: String { "\(duration.components.seconds)s" }
}
