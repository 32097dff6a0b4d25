import Foundation
import Testing

@testable import ArbdMain

/// Packages with plugins and files with plugins; what compiles packages is in `scripts/newcomer-swift.sh`.
@Suite(.timeLimit(.minutes(5))) struct PluginCommandTests {
  private let daemon: Daemon

  init() throws { daemon = try Daemon() }

  // MARK: Files

  @Test func aFileThatCannotBeLoadedEndsTheCommandAtItsPlace() async throws {
    try daemon.file("text.so", "no library")
    try daemon.file(
      "config.json", #"{"plugins":["text.so","missing.so"],"sources":[{"type":"elsewhere","instruments":["BTC-USD"]}]}"#
    )
    for command in ["validate", "run", "doctor", "list"] {
      let result = try await daemon.run(command, "--config", "config.json")
      #expect(result.status == 1)
      #expect(
        result.errors == """
          config.json:1:13: error: plugins[0]: text.so: is no plugin: it is not a shared library
          config.json:1:23: error: plugins[1]: missing.so: cannot open: No such file or directory\n
          """)
    }
  }

  @Test(arguments: [
    (#""a.so""#, "plugins: expected a list"), (#"[1]"#, "plugins[0]: expected a string"),
    (#"[""]"#, "plugins[0]: must not"),
  ])
  func whatIsNoListOfFilesIsAMistakeOfTheConfiguration(_ plugins: String, _ message: String) async throws {
    try daemon.file(
      "config.json", #"{"plugins":\#(plugins),"sources":[{"type":"kraken","instruments":["BTC-USD"]}]}"#)
    let result = try await daemon.run("validate", "--config", "config.json")
    #expect(result.status == 1)
    #expect(result.errors.contains("error: \(message)"), "\(result.errors)")
  }

  // MARK: Packages

  @Test(arguments: [
    ("bitstamp", "is no name"), ("", "is no name"), ("9Lives", "is no name"), ("Bit-stamp", "is no name"),
    ("Bit stamp", "is no name"), ("Ünion", "is no name"), ("../X", "is no name"),
    ("BitstampAdapter", "Bitstamp will do"),
    ("Kraken", "is built in"), (String(repeating: "A", count: 41), "longer than 40"),
  ])
  func aNameThatWillNotDoIsRefused(_ name: String, _ message: String) {
    let failure = #expect(throws: PackageTemplate.Failure.self) { try PackageTemplate.adapter.check(name) }
    #expect(failure?.description.contains(message) == true, "\(String(describing: failure))")
  }

  @Test(arguments: ["Bitstamp", "B2C2", "X"])
  func aNameThatWillDo(_ name: String) throws { try PackageTemplate.adapter.check(name) }

  @Test(arguments: [("new-adapter", "Adapter", "Newvenue"), ("new-sink", "Sink", "Newsink")])
  func aPackageHasTheNewNameThroughout(_ command: String, _ noun: String, _ placeholder: String) async throws {
    let result = try await daemon.run(command, "Gemini")
    #expect(result.status == 0, "\(result.errors)")
    let folder = daemon.folder.appending(path: "Gemini\(noun)")
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    #expect(files.contains("Sources/Gemini\(noun)/Gemini\(noun).swift"))
    #expect(files.contains(".gitignore"))
    #expect(!files.contains { $0.lowercased().contains(placeholder.lowercased()) || $0.hasPrefix(".build/") })
    for file in files {
      guard let text = try? String(contentsOf: folder.appending(path: file), encoding: .utf8) else { continue }
      #expect(!text.lowercased().contains(placeholder.lowercased()), "\(file)")
    }
    let package = try String(contentsOf: folder.appending(path: "Package.swift"), encoding: .utf8)
    #expect(package.contains("path: \"\(Daemon.project.path)\""))

    let again = try await daemon.run(command, "Gemini")
    #expect(again.status == 1)
    #expect(again.errors.contains("is there already, and not empty"))
  }

  @Test func sourcesThatAreNoneAreRefused() async throws {
    let result = try await daemon.run("new-adapter", "Gemini", "--framework", ".")
    #expect(result.status == 1)
    #expect(result.errors.contains("no sources of arbd in"))
  }

  // MARK: Builds

  @Test func withoutAPackageOrACompilerNothingIsBuilt() async throws {
    let none = try await daemon.run("build-plugin", ".")
    #expect(none.status == 1)
    #expect(none.errors.contains("no Package.swift"))
    try daemon.file("Package.swift", "")
    let blind = try await daemon.shell("PATH=/nowhere \"$ARBD\" build-plugin .")
    #expect(blind.status == 1)
    #expect(blind.errors.contains("swift is not on the PATH"), "\(blind.errors)")
  }

  private static func description(_ products: String) -> Data {
    Data(#"{"name":"x","products":[{"name":"tool","type":{"executable":null}}\#(products)]}"#.utf8)
  }

  private static let one = #",{"name":"One","type":{"library":["static"]}}"#
  private static let two = #",{"name":"Two","type":{"library":["static"]}}"#
  private static let automatic = #",{"name":"Auto","type":{"library":["automatic"]}}"#

  @Test func theStaticLibraryIsThePlugin() throws {
    #expect(try PluginBuild.product(nil, in: Self.description(Self.one + Self.automatic)) == "One")
    #expect(try PluginBuild.product("Two", in: Self.description(Self.one + Self.two)) == "Two")
  }

  @Test(arguments: [
    (String?.none, "", "has no plugin"), (nil, automatic, "has no plugin"), (nil, one + two, "One, Two"),
    ("Auto", one + automatic, "no static library Auto; it has One"), ("X", "", "it has none"),
  ])
  func whatIsNotClearIsSaid(_ name: String?, _ products: String, _ message: String) {
    let failure = #expect(throws: PluginBuild.Failure.self) {
      try PluginBuild.product(name, in: Self.description(products))
    }
    #expect(failure?.description.contains(message) == true)
  }
}
