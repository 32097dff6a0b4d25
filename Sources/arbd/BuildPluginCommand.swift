import ArbdFramework
import ArbdPlugins
import ArgumentParser
import Foundation

struct BuildPluginCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build-plugin",
    abstract: "Builds a package with plugins to a file that \"plugins\" of a configuration names.",
    discussion: """
      The package has a static library that depends on ArbdFramework and defines arbd_plugin_register; arbd new-adapter \
      and arbd new-sink write such packages. Needs the Swift compiler that this arbd was built with.
      """)

  @Argument(help: ArgumentHelp("The folder of the package.", valueName: "folder"))
  var folder: String

  @Option(help: ArgumentHelp("Which library, where the package has several.", valueName: "name"))
  var product: String?

  @Option(help: ArgumentHelp("The file to write; libNAME.so without it.", valueName: "file"))
  var output: String?

  func run() throws {
    do {
      let build = try PluginBuild(folder: folder, product: product)
      let file = output ?? "lib\(build.product).so"
      try build.write(to: file)
      // As a run would: what is wrong shows here already.
      let names = try PluginFile(file).load().names.map { "\($0.name) (\($0.list))" }
      try printOutput("\(file): \(names.joined(separator: ", "))\n")
    } catch let exit as ExitCode {
      throw exit
    } catch {
      printError("error: \(folder): \(error)")
      throw ExitCode(1)
    }
  }
}
