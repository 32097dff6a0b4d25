import Foundation
import PackagePlugin

/// Writes a text into the framework that is another one for every other compiler and for every other source of the
/// framework or of what it depends on: docs/adr/0018-what-a-plugin-file-is.md
@main
struct FrameworkFingerprint: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    guard let framework = target as? SwiftSourceModuleTarget else { return [] }
    let others = target.recursiveTargetDependencies.compactMap { $0 as? SwiftSourceModuleTarget }
    let files = ([framework] + others).sorted { $0.name < $1.name }.flatMap { module in
      module.sourceFiles(withSuffix: "swift").map(\.url).filter { isBelow(module.directoryURL, $0) }
        .sorted { $0.path < $1.path }
    }
    let compiler = try context.tool(named: "swiftc").url
    let script = context.package.directoryURL.appending(path: "Plugins/fingerprint.sh")
    let output = context.pluginWorkDirectoryURL.appending(path: "FrameworkBuild+Sources.swift")
    return [
      .buildCommand(
        displayName: "Hashing the sources of \(target.name)", executable: URL(filePath: "/bin/sh"),
        arguments: [script.path, output.path, compiler.path] + files.map(\.path),
        inputFiles: files + [script, compiler], outputFiles: [output])
    ]
  }

  /// Not what a plugin, this one too, has made.
  private func isBelow(_ folder: URL, _ file: URL) -> Bool { file.path.hasPrefix(folder.path) }
}
