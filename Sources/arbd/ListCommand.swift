import ArbdAdapters
import ArbdFramework
import ArbdOperations
import ArgumentParser

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists adapters, sources, detectors and sinks with their options.")

  @Flag(help: "As Markdown, for the documentation.")
  var markdown = false

  @Flag(help: "The metrics of a run instead, as Markdown.")
  var metrics = false

  @Flag(help: "Venues, channels and limits instead, as Markdown.")
  var venues = false

  @Option(help: ArgumentHelp("With the plugins that this configuration loads.", valueName: "file"))
  var config: String?

  @Flag(help: "The keys of a file that describes a venue instead, as Markdown.")
  var spec = false

  func run() throws {
    if spec { return try printOutput(ListCommand.specTable) }
    if metrics { return try printOutput(OperationsPages.metricsTable) }
    let registry = try ConfigurationFile.registry(of: config)
    if venues { return try printOutput(ListCommand.venues(registry).markdown) }
    let text = markdown ? ListCommand.markdown(registry) : ListCommand.plainText(registry)
    try printOutput(text)
  }

  static var specTable: String { OptionsTable(DeclarativeSpec.fields.map(\.documentation)).markdown }

  private static func groups(_ registry: Registry) -> [(title: String, plugins: [PluginDescriptor])] {
    [
      ("Adapters", registry.adapters), ("Sources", registry.sources), ("Detectors", registry.detectors),
      ("Sinks", registry.sinks),
    ]
  }

  static func venues(_ registry: Registry) -> VenueTable {
    VenueTable(registry.adapters.compactMap { ($0.type as? any ExchangeAdapter.Type)?.venue })
  }

  private static func plainText(_ registry: Registry) -> String {
    "Venues\n\(indented(venues(registry).plainText, by: 2))"
      + groups(registry).map { title, plugins in
        let entries = plugins.map { plugin in
          let table = OptionsTable(plugin.commonOptions + plugin.options).plainText
          return "  \(plugin.name)  \(plugin.summary)\n\(indented(table, by: 6))"
        }
        return "\(title)\n\(entries.joined(separator: "\n"))"
      }.joined(separator: "\n") + "\nRun\n\(indented(OptionsTable(runOptions).plainText, by: 2))"
  }

  /// The options of the file that are no lists of plugins and no fees.
  private static var runOptions: [OptionDocumentation] {
    Configuration.fields.map(\.documentation).filter { ["plugins", "http", "control", "state"].contains($0.key) }
  }

  static func markdown(_ registry: Registry) -> String {
    groups(registry).map { title, plugins in
      let entries = plugins.map { plugin in
        "### `\(plugin.name)`\n\n\(plugin.summary)\n\n"
          + OptionsTable(plugin.commonOptions + plugin.options).markdown
      }
      return "## \(title)\n\n\(entries.joined(separator: "\n"))"
    }.joined(separator: "\n") + "\n## Run\n\n\(OptionsTable(runOptions).markdown)"
  }

  private static func indented(_ text: String, by count: Int) -> String {
    text.split(separator: "\n").map { String(repeating: " ", count: count) + $0 + "\n" }.joined()
  }
}
