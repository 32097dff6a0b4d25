import ArbdFramework
import ArbdPlugins
import Foundation

/// A package with plugins on its way to a shared library: built as `swift build` does it, then linked without the framework,
/// which the program that loads it has.
struct PluginBuild {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  let product: String
  private let folder: String
  private let swift: ToolRun
  /// Where SwiftPM puts what it builds.
  private let binaries: String

  /// Modules whose only copy is the program's.
  private static let ofTheProgram: Set<String> = ["ArbdFramework", "Logging"]

  /// Builds the package as this program was built.
  init(folder: String, product: String?) throws {
    guard FileManager.default.fileExists(atPath: "\(folder)/Package.swift") else {
      throw Failure(description: "no package: there is no Package.swift in it")
    }
    guard let swift = ToolRun(named: "swift") else {
      throw Failure(description: "swift is not on the PATH; a plugin is built by the compiler that built this arbd")
    }
    let package = ["--package-path", folder]
    guard let description = try swift.output(["package"] + package + ["describe", "--type", "json"]) else {
      throw Failure(description: "the package cannot be read; what is wrong stands above")
    }
    let product = try Self.product(product, in: description)
    let options = package + ["-c", FrameworkBuild.configuration]
    guard try swift.succeeds(["build"] + options + ["--product", product]) else {
      throw Failure(description: "the package does not build; what is wrong stands above")
    }
    let path = try swift.output(["build"] + options + ["--show-bin-path"])
    guard let path, !path.isEmpty else { throw Failure(description: "swift build names no folder of what it built") }
    self.folder = folder
    self.swift = swift
    self.product = product
    binaries = String(decoding: path, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  // MARK: What there is to build

  /// As `swift package describe` gives it.
  private struct Package: Decodable {
    struct Product: Decodable {
      struct Kind: Decodable { let library: [String]? }
      let name: String
      let type: Kind
    }
    let products: [Product]
  }

  /// The static library of that name, or the only one.
  static func product(_ name: String?, in description: Data) throws -> String {
    let products = try JSONDecoder().decode(Package.self, from: description).products
    let libraries = products.filter { $0.type.library?.contains("static") == true }.map(\.name)
    if let name {
      guard !libraries.contains(name) else { return name }
      let others = libraries.isEmpty ? "it has none" : "it has \(libraries.joined(separator: ", "))"
      throw Failure(description: "the package has no static library \(name); \(others)")
    }
    guard let first = libraries.first else {
      throw Failure(
        description: "the package has no plugin: it has no product .library(name: …, type: .static, targets: …)")
    }
    guard libraries.count == 1 else {
      throw Failure(
        description: "the package has several static libraries; --product says which: "
          + libraries.joined(separator: ", "))
    }
    return first
  }

  /// The objects of all its targets and of what they depend on, by module.
  private func objects() throws -> [(module: String, path: String)] {
    let list = "\(binaries)/\(product).product/Objects.LinkFileList"
    guard let text = try? String(contentsOfFile: list, encoding: .utf8) else {
      throw Failure(description: "swift build left no list of objects at \(list)")
    }
    return text.split(separator: "\n").map { line in
      let path = line.trimmingCharacters(in: CharacterSet(charactersIn: "'\"")).replacingOccurrences(of: "\\", with: "")
      let folder = path.split(separator: "/").last { $0.hasSuffix(".build") } ?? ""
      return (String(folder.dropLast(".build".count)), path)
    }
  }

  // MARK: Linking

  func write(to file: String) throws {
    let objects = try objects()
    let fingerprint = try fingerprint(objects.filter { $0.module == "ArbdFramework" }.map(\.path))
    guard fingerprint == FrameworkBuild.fingerprint else {
      throw Failure(
        description: """
          the package's framework is not that of this arbd
            this arbd:    \(FrameworkBuild.fingerprint)
            the package:  \(fingerprint)
            its Package.swift has to name the sources of this arbd, and its Package.resolved the same version of swift-log
          """)
    }
    let work = "\(binaries)/\(product).product"
    let (source, object, exports) = ("\(work)/fingerprint.c", "\(work)/fingerprint.o", "\(work)/exports.map")
    // Characters of a fingerprint need no escapes: the hash is hexadecimal, and the version was rid of quotes.
    try "const char \(PluginRegistrar.fingerprintName)[] = \"\(fingerprint)\";\n"
      .write(toFile: source, atomically: true, encoding: .utf8)
    // All else is its own: neither the program's copy of a library nor another plugin's takes its place.
    try "{ global: \(PluginRegistrar.entryName); \(PluginRegistrar.fingerprintName); local: *; };\n"
      .write(toFile: exports, atomically: true, encoding: .utf8)
    guard try compiler("clang").succeeds(["-c", "-fPIC", source, "-o", object]) else {
      throw Failure(description: "the fingerprint does not compile; what is wrong stands above")
    }
    let own = objects.filter { !Self.ofTheProgram.contains($0.module) }.map(\.path)
    let options = [
      "--version-script=\(exports)", "--hash-style=gnu", "-soname=\(file.split(separator: "/").last ?? "")",
    ]
    let linked = try compiler("swiftc").succeeds(
      ["-emit-library", "-o", file] + own + [object] + options.flatMap { ["-Xlinker", $0] })
    guard linked else { throw Failure(description: "the plugin does not link; what is wrong stands above") }
    // A file that others may write to is not loaded.
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
  }

  /// That of the framework that the package was compiled against, from its objects.
  private func fingerprint(_ objects: [String]) throws -> String {
    let marker = Data(FrameworkBuild.marker.utf8)
    for path in objects {
      let bytes = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
      var start = bytes.startIndex
      while let found = bytes.range(of: marker, in: start..<bytes.endIndex) {
        start = found.upperBound
        let text = bytes[start...].prefix { (0x20..<0x7F).contains($0) }
        // The marker stands alone too, where the framework names it.
        if !text.isEmpty { return FrameworkBuild.fingerprint(of: String(decoding: text, as: UTF8.self)) }
      }
    }
    throw Failure(description: "the package's plugins do not use ArbdFramework")
  }

  /// A tool of the compiler that builds the package: beside it, else on the PATH.
  private func compiler(_ name: String) throws -> ToolRun {
    let real = URL(filePath: swift.executable).resolvingSymlinksInPath().deletingLastPathComponent()
    let beside = real.appending(path: name).path
    if FileManager.default.isExecutableFile(atPath: beside) { return ToolRun(executable: beside) }
    guard let found = ToolRun(named: name) else {
      throw Failure(description: "\(name) is not on the PATH; it comes with Swift")
    }
    return found
  }
}
