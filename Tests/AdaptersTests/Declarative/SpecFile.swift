import ArbdAdapters
import Foundation
import Testing

@testable import ArbdFramework

/// A spec read as a configuration reads it.
enum SpecFile {
  static let examples = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Examples/declarative")

  /// The options of an adapter with the spec of a file, and what was found wrong.
  static func load(path: String) throws -> (options: DeclarativeAdapter.Options?, diagnostics: [Diagnostic]) {
    let text = """
      {"sources": [{"type": "declarative", "spec": "\(path)", "instruments": ["BTC-USD"], "channels": ["trades"]}]}
      """
    let (configuration, diagnostics) = Configuration.load(
      text: Array(text.utf8), fileName: "test.json", environment: [:],
      registry: try Registry(adapters: [DeclarativeAdapter.self]))
    return (configuration?.sources.first?.options as? DeclarativeAdapter.Options, diagnostics.all)
  }

  static func load(text: String) throws -> (options: DeclarativeAdapter.Options?, diagnostics: [Diagnostic]) {
    let folder = try TemporaryFolder()
    return try load(path: try folder.file("spec.json", Data(text.utf8)))
  }

  static func example(_ name: String) throws -> DeclarativeFile {
    try #require(try load(path: examples.appendingPathComponent("\(name).json").path).options).spec
  }

  static func conversation(
    _ file: DeclarativeFile, trades: [String] = [], quotes: [String] = []
  ) -> Conversation {
    Conversation(DeclarativeAdapter.self, trades: trades, quotes: quotes) {
      DeclarativeAdapter.Options(spec: file, data: $0)
    }
  }

  /// A venue whose messages the test writes: `messages` as JSON.
  static func conversation(
    _ messages: String, trades: [String] = ["BTC-USD"], subscribe: String = #"{"sub":"{symbol}"}"#
  ) throws -> Conversation {
    let (options, diagnostics) = try load(text: spec(messages, subscribe: subscribe))
    return conversation(try #require(options, "\(diagnostics)").spec, trades: trades)
  }

  static func spec(_ messages: String, subscribe: String = #"{"sub":"{symbol}"}"#) -> String {
    """
    {"venue": "test", "endpoint": "wss://test.example", "symbol": {"template": "{base}{quote}"},
     "channels": {"trades": {"subscribe": \(subscribe)}}, "messages": \(messages)}
    """
  }
}
