import ArbdAdapters
import ArbdFramework
import ArbdPlugins
import ArgumentParser
import Foundation

/// `--config`, and what all commands do with it.
struct ConfigurationFile: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp("The configuration, a JSON file.", valueName: "file"))
  var config: String

  /// Reads and checks the file, with the plugins that it names.
  func load() throws -> Configuration { try load(registry()) }

  /// The program's plugins and those of the files that the configuration names, which are loaded. What is wrong with them
  /// goes to standard error; then the command ends with 1.
  func registry() throws -> Registry {
    var (files, diagnostics) = Configuration.pluginFiles(
      text: Array(try text()), fileName: config, environment: ProcessInfo.processInfo.environment)
    var collection = try BuiltIns.collection()
    for file in files {
      do throws(PluginFile.Failure) {
        try collection.load(file.path)
      } catch {
        diagnostics.error("\(file.path): \(error)", at: file.position)
      }
    }
    if !diagnostics.isEmpty { printError("\(diagnostics)") }
    if diagnostics.hasErrors { throw ExitCode(1) }
    return try Registry(collection.plugins)
  }

  /// The same for a file that need not be given.
  static func registry(of config: String?) throws -> Registry {
    guard let config else { return try BuiltIns.registry() }
    var file = ConfigurationFile()
    file.config = config
    return try file.registry()
  }

  /// Reads and checks the file. Everything that is wrong with it goes to standard error; then the command ends with 1.
  /// Warnings go there too.
  func load(_ registry: Registry) throws -> Configuration {
    let text = try text()
    var (configuration, diagnostics) = Configuration.load(
      text: Array(text), fileName: config, environment: ProcessInfo.processInfo.environment, registry: registry)
    if let configuration {
      let takesAlerts = configuration.sinks.contains { $0.common.records.contains(.alert) }
      // Those of other runs.
      let bringsAlerts = configuration.sources.contains { ($0.options as? KafkaSourceOptions)?.reads == .alerts }
      if configuration.sinks.isEmpty {
        diagnostics.warning("without a sink nothing comes out", at: configuration.node.position(of: "sinks"))
      } else if configuration.detectors.isEmpty, takesAlerts, !bringsAlerts {
        diagnostics.warning("without a detector there are no alerts", at: configuration.node.position(of: "detectors"))
      }
    }
    if !diagnostics.isEmpty { printError("\(diagnostics)") }
    guard let configuration else { throw ExitCode(1) }
    return configuration
  }

  /// The file as it is.
  func text() throws -> Data {
    guard let text = FileManager.default.contents(atPath: config) else {
      printError("\(config): error: cannot read: \(reason)")
      throw ExitCode(1)
    }
    return text
  }

  /// Why the file cannot be read.
  private var reason: String {
    let descriptor = open(config, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return String(cString: strerror(errno)) }
    close(descriptor)
    return "it is not a file"
  }
}

/// Writes a line to standard error, if anybody still reads that.
func printError(_ text: String) {
  let line = text.hasSuffix("\n") ? text : text + "\n"
  try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
}

/// Writes to standard output; what cannot be written ends the command with 1, as pipelines rely on.
func printOutput(_ text: String) throws {
  do {
    try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
  } catch {
    printError("error: cannot write to standard output: \(error.localizedDescription)")
    throw ExitCode(1)
  }
}
