import ArgumentParser
import Foundation

struct NewAdapterCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new-adapter", abstract: "Writes a package with an adapter for one more venue, ready to be changed.",
    discussion: "It compiles and passes its tests as it is. docs/writing-an-adapter.md goes on from there.")

  @Argument(help: ArgumentHelp("The venue, as a type's name begins: Bitstamp.", valueName: "name"))
  var name: String

  @ArgumentParser.OptionGroup var place: NewPackagePlace

  func run() throws { try place.write(PackageTemplate.adapter, name) }
}

struct NewSinkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new-sink", abstract: "Writes a package with a sink, ready to be changed.",
    discussion: "It compiles and passes its tests as it is. docs/writing-an-adapter.md goes on from there.")

  @Argument(help: ArgumentHelp("The destination, as a type's name begins: Pager.", valueName: "name"))
  var name: String

  @ArgumentParser.OptionGroup var place: NewPackagePlace

  func run() throws { try place.write(PackageTemplate.sink, name) }
}

struct NewPackagePlace: ParsableArguments {
  @Option(help: ArgumentHelp("The folder to write; one of the package's name without it.", valueName: "folder"))
  var path: String?

  @Option(
    help: ArgumentHelp(
      "The sources of arbd that the package depends on; those that this arbd was built from without it.",
      valueName: "folder"))
  var framework: String?

  func write(_ template: PackageTemplate, _ name: String) throws {
    do throws(PackageTemplate.Failure) {
      try template.check(name)
      let framework = try PackageTemplate.framework(framework)
      let folder = path ?? "\(name)\(template.noun)"
      try template.write(name, to: folder, framework: framework)
      printError(
        """
        \(folder): a package with \(name)\(template.noun), "\(name.lowercased())" in a configuration
          swift test --package-path \(folder)
          arbd build-plugin \(folder)
        """)
    } catch {
      printError("error: \(error)")
      throw ExitCode(1)
    }
  }
}
