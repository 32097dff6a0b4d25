import ArbdFramework
import ArbdOperations
import Foundation
import Testing

@testable import ArbdMain

/// What the repository says of the program is what the program says.
@Suite struct DocumentationTests {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  static var configurations: [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: "Configs").path)) ?? []
    return files.filter { $0.hasSuffix(".json") && !$0.hasSuffix(".schema.json") }.sorted()
  }

  @Test(arguments: configurations)
  func everyExampleConfigurationLoads(_ name: String) throws {
    let text = try Data(contentsOf: Self.root.appending(path: "Configs/\(name)"))
    let (configuration, diagnostics) = Configuration.load(
      text: Array(text), fileName: name, environment: [:], registry: try BuiltIns.registry())
    #expect(configuration != nil, "\(diagnostics)")
  }

  @Test func thereAreExampleConfigurations() {
    #expect(
      Self.configurations == [
        "classic.json", "kafka-deliver.json", "kafka-detect.json", "kafka-ingest.json", "live.json", "quickstart.json",
        "replay.json", "triangular.json",
      ])
  }

  @Test func theThresholdOfTheClassicPipelineComesFromTheEnvironment() throws {
    let text = try Data(contentsOf: Self.root.appending(path: "Configs/classic.json"))
    let (configuration, _) = Configuration.load(
      text: Array(text), fileName: "classic.json", environment: ["ARBD_THRESHOLD": "0.1"],
      registry: try BuiltIns.registry())
    let options = try #require(configuration?.detectors.first?.options as? SpreadOptions)
    #expect(options.threshold.absolute == 0.1)
  }

  /// `make schema`
  @Test func theSchemaIsTheProgramsOwn() throws {
    #expect(try Self.text("Configs/arbd.schema.json") == ConfigurationSchema(try BuiltIns.registry()).text)
  }

  /// `make docs`
  @Test func theOptionsAreTheProgramsOwn() throws {
    let expected = try Self.text("docs/options.head.md") + ListCommand.markdown(try BuiltIns.registry())
    #expect(try Self.text("docs/options.md") == expected)
  }

  /// `make docs`
  @Test func theKeysOfASpecAreTheProgramsOwn() throws {
    #expect(try Self.text("docs/declarative.md") == Self.text("docs/declarative.head.md") + ListCommand.specTable)
  }

  @Test(arguments: ["declarative/bitstamp.replay.json", "declarative/gemini.replay.json", "python-adapter/config.json"])
  func everyExampleLoads(_ name: String) throws {
    let text = try Data(contentsOf: Self.root.appending(path: "Examples/\(name)"))
    let (configuration, diagnostics) = Configuration.load(
      text: Array(text), fileName: name, environment: [:], registry: try BuiltIns.registry())
    #expect(configuration != nil && diagnostics.all.isEmpty, "\(diagnostics)")
  }

  /// `arbd list --venues`
  @Test func theReadmesVenuesAreTheProgramsOwn() throws {
    #expect(try Self.text("README.md").contains("\n\n\(ListCommand.venues(try BuiltIns.registry()).markdown)\n"))
  }

  /// `make docs`
  @Test func theMetricsAreTheProgramsOwn() throws {
    #expect(try Self.text("docs/operations.md") == Self.text("docs/operations.head.md") + OperationsPages.metricsTable)
  }
}
