import ArbdFramework
import ArbdTestKit
import Foundation
import NewsinkSink
import Testing

@Suite struct NewsinkSinkTests {
  /// All that the runtime relies on, held against a destination that the test can look into.
  @Test func itConforms() async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "newsink-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    var options = NewsinkOptions()
    options.path = file.path
    let wishes = options
    let conformance = SinkConformance {
      NewsinkSink(options: wishes, context: .ofTest())
    } received: {
      let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
      return text.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
    }
    let report = await conformance.run()
    #expect(report.passed, "\(report)")
  }
}
