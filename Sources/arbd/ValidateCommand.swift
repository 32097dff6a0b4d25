import ArbdFramework
import ArgumentParser

struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Checks a configuration without opening anything.")

  @ArgumentParser.OptionGroup var file: ConfigurationFile

  @Flag(help: "Print the configuration with all defaults filled in.")
  var effective = false

  func run() throws {
    let configuration = try file.load()
    if effective {
      try printOutput(configuration.effectiveText)
    } else {
      try printOutput("\(file.config): good\n")
    }
  }
}
