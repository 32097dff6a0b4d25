import ArgumentParser

struct Arbd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "arbd",
    abstract: "Watches prices at several venues and says where they differ.",
    discussion: "Run it with a configuration: arbd --config Configs/quickstart.json",
    version: "arbd \(Version.text)",
    subcommands: [
      RunCommand.self, ValidateCommand.self, DoctorCommand.self, ListCommand.self, SchemaCommand.self,
      SimulateCommand.self, AlertsCommand.self, TestSinkCommand.self, DashboardCommand.self,
      ConformanceCommand.self,
      NewAdapterCommand.self, NewSinkCommand.self, BuildPluginCommand.self,
    ],
    defaultSubcommand: RunCommand.self)
}
