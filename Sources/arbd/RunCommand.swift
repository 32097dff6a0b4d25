import ArbdFramework
import ArgumentParser
import Logging

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
    let configuration = try file.load()
    try await Daemon(configuration, name: file.config, logLevel: logLevel)
      .run(atMost: duration?.duration, summary: summary)
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
