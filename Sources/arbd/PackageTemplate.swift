import ArbdFramework
import Foundation

/// A package in `Templates`, which compiles as it is: a new one is a copy of it under another name.
struct PackageTemplate {
  struct Failure: Error, Equatable, CustomStringConvertible {
    let description: String
  }

  /// Behind the name: `BitstampAdapter`.
  let noun: String
  /// What it is called in the template, as types and files begin.
  let modelName: String

  static let adapter = PackageTemplate(noun: "Adapter", modelName: "Newvenue")
  static let sink = PackageTemplate(noun: "Sink", modelName: "Newsink")

  /// A name begins types and, in lower case, stands in configurations and records.
  func check(_ name: String) throws(Failure) {
    let isLetter = { (character: Character) in character.isASCII && character.isLetter }
    guard let first = name.first, isLetter(first), first.isUppercase,
      name.allSatisfy({ isLetter($0) || $0.isASCII && $0.isNumber })
    else {
      throw Failure(
        description: "\"\(name)\" is no name: it begins with a capital letter and goes on with letters and digits, "
          + "as in Bitstamp")
    }
    guard name.count <= 40 else { throw Failure(description: "the name is longer than 40 characters") }
    guard !name.hasSuffix(noun) else {
      throw Failure(description: "\(noun) is put behind the name: \(name.dropLast(noun.count).description) will do")
    }
    let own = BuiltIns.plugins.names.map(\.name)
    guard !own.contains(name.lowercased()) else {
      throw Failure(description: "\"\(name.lowercased())\" is built in; configurations could not tell the two apart")
    }
  }

  /// The folder of arbd's sources: what was given, else the checkout that this program was built from.
  static func framework(_ given: String?) throws(Failure) -> String {
    let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    let folder = URL(filePath: given ?? checkout).standardizedFileURL.path
    let wanted = ["Package.swift", "Sources/Framework", "Templates"]
    guard wanted.allSatisfy({ FileManager.default.fileExists(atPath: "\(folder)/\($0)") }) else {
      let what =
        given == nil
        ? "the sources that this arbd was built from are gone from \(folder)" : "no sources of arbd in \(folder)"
      throw Failure(description: "\(what); --framework names their folder")
    }
    return folder
  }

  /// Writes the package. The folder must be new, or empty.
  func write(_ name: String, to folder: String, framework: String) throws(Failure) {
    let files = FileManager.default
    if let there = try? files.contentsOfDirectory(atPath: folder), !there.isEmpty {
      throw Failure(description: "\(folder) is there already, and not empty")
    }
    let template = "\(framework)/Templates/\(noun)"
    do {
      let paths = try files.subpathsOfDirectory(atPath: template).sorted().filter { !$0.hasPrefix(".build") }
      for path in paths {
        var isFolder: ObjCBool = false
        guard files.fileExists(atPath: "\(template)/\(path)", isDirectory: &isFolder), !isFolder.boolValue else {
          continue
        }
        let target = URL(filePath: "\(folder)/\(filled(path, name, framework))")
        try files.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        let text = try String(contentsOfFile: "\(template)/\(path)", encoding: .utf8)
        try Data(filled(text, name, framework).utf8).write(to: target)
      }
      // The same version of swift-log as this checkout has: it is a part of what a plugin and arbd have to agree on.
      if files.fileExists(atPath: "\(framework)/Package.resolved") {
        try files.copyItem(atPath: "\(framework)/Package.resolved", toPath: "\(folder)/Package.resolved")
      }
    } catch {
      throw Failure(description: "cannot write \(folder): \(error.localizedDescription)")
    }
  }

  private func filled(_ text: String, _ name: String, _ framework: String) -> String {
    let quoted = framework.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"")
    return text.replacingOccurrences(of: modelName, with: name)
      .replacingOccurrences(of: modelName.lowercased(), with: name.lowercased())
      .replacingOccurrences(of: "path: \"../..\"", with: "path: \"\(quoted)\"")
  }
}
