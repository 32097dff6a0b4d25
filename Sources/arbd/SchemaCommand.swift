import ArbdFramework
import ArgumentParser

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Prints the JSON Schema of configurations, for editors.")

  @Option(help: ArgumentHelp("With the plugins that this configuration loads.", valueName: "file"))
  var config: String?

  func run() throws {
    try printOutput(ConfigurationSchema(try ConfigurationFile.registry(of: config)).text)
  }
}
