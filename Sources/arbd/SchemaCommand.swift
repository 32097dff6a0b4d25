import ArbdFramework
import ArgumentParser

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Prints the JSON Schema of configurations, for editors.")

  func run() throws {
    try printOutput(ConfigurationSchema(try BuiltIns.registry()).text)
  }
}
