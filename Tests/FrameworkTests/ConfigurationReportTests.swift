import ArbdFramework
import Foundation
import Testing

/// A file of `Tests/Fixtures/configurations`.
func configurationFixture(_ name: String) throws -> String {
  let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  let file = tests.appendingPathComponent("Fixtures/configurations/\(name)")
  return String(decoding: try Data(contentsOf: file), as: UTF8.self)
}

@Suite struct ConfigurationReportTests {
  /// Every kind of mistake in one file: all are reported at once, in the order of the file, each where it stands.
  @Test func everyMistakeAtOnce() throws {
    let (configuration, diagnostics) = load(try configurationFixture("mistakes.json"))
    let lines = diagnostics.description.split(separator: "\n")
    let expected = try configurationFixture("mistakes.txt").split(separator: "\n")
    #expect(configuration == nil)
    for (line, expected) in zip(lines, expected) { #expect(line == expected) }
    #expect(lines.count == expected.count)
  }

  @Test(arguments: [
    ("{}", #"sources: missing; it is required"#),
    (#"{"sources": []}"#, "sources: must not be empty"),
    (#"{"sources": {}}"#, "sources: expected a list of sources, found an object"),
    (#"{"sorces": []}"#, #"sorces: unknown key; did you mean "sources"?"#),
    (#"{"sources": [{"type": 5}]}"#, "sources[0].type: expected the name of a source, found the number 5"),
    (
      #"{"sources": [{"type": "replay", "path": "a"}], "sinks": [{"type": "replay", "path": "a"}]}"#,
      #"sinks[0].type: no sink is of type "replay"; known types: "terminal", "jsonl", "kafka", "discord", "tape""#
    ),
    (
      #"{"sources": [{"type": "replay", "path": "a"}], "a\u001b[31m\n": 1}"#,
      #"["a\u001b[31m\n"]: unknown key; known keys: "$schema", "plugins", "sources", "fees", "detectors", "sinks", "http", "control", "state""#
    ),
  ])
  func isReportedAlone(text: String, expected: String) {
    let report = load(text).diagnostics.description
    #expect(report.hasSuffix("error: \(expected)\n"))
    #expect(report.split(separator: "\n").count == 1)
  }

  @Test func aFileThatIsWrongThroughout() throws {
    let types = Array(repeating: "1", count: 10_000).joined(separator: ",\n")
    let diagnostics = load("{\"sources\": [\(types)]}").diagnostics
    #expect(diagnostics.all.count == 200)
    #expect(diagnostics.description.hasSuffix("found the number 1\nc.json: and 9800 more\n"))
  }

  @Test func whatIsFoundLaterHasAPlaceToo() throws {
    let (loaded, found) = load(try configurationFixture("everything.json"), environment: everyVariable)
    let configuration = try #require(loaded)
    var diagnostics = found
    let spread = configuration.detectors[0]
    diagnostics.error("no source has okx", at: spread.node.position(of: "venues"))
    diagnostics.warning("nothing fits", at: spread.node.position(of: "price"))
    diagnostics.warning(
      "no detector looks at it", at: configuration.node.position(of: "fees"), suggestion: "ask one")
    #expect(
      diagnostics.description == """
        c.json:9:11: warning: fees: no detector looks at it; ask one
        c.json:11:5: warning: detectors[0].price: nothing fits
        c.json:11:75: error: detectors[0].venues: no source has okx

        """)
  }
}

/// The variables of `everything.json`.
let everyVariable = ["HOME": "/home/a", "FEE": "7.5", "DISCORD_WEBHOOK": "https://discord.example/s3cret"]
