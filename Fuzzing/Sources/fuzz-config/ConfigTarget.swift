import ArbdAdapters
import ArbdFramework
import ArbdSinks
import FuzzSupport

/// What the program itself can be configured with.
private let registry = try? Registry(
  adapters: [
    CoinbaseAdapter.self, CoinbaseAdvancedAdapter.self, BinanceAdapter.self, KrakenAdapter.self, OKXAdapter.self,
    BybitAdapter.self,
  ], sources: [ReplaySource.self],
  detectors: [SpreadDetector.self, CycleDetector.self], sinks: [ConsoleSink.self, JSONLinesSink.self])

/// A configuration that loads says itself what it is: its effective text loads, without any variable, and is its own
/// effective text.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafeRawPointer?, _ count: Int) -> CInt {
  guard let registry else { fatalError("the built-in plugins are no registry") }
  let text = Array(UnsafeRawBufferPointer(start: data, count: count))
  let (configuration, diagnostics) = Configuration.load(
    text: text, fileName: "fuzz.json", environment: ["NAME": "BTC-USD"], registry: registry)
  check(diagnostics, of: text)
  require((configuration == nil) == diagnostics.hasErrors, "errors and a configuration, or neither")
  guard let effective = configuration?.effectiveText else { return 0 }
  let again = Configuration.load(
    text: Array(effective.utf8), fileName: "effective.json", environment: [:], registry: registry)
  require(again.configuration != nil, "the effective text does not load:\n\(again.diagnostics)\(effective)")
  require(again.configuration?.effectiveText == effective, "the effective text changes:\n\(effective)")
  return 0
}

/// Every finding is at a place that an editor can jump to.
private func check(_ diagnostics: Diagnostics, of text: [UInt8]) {
  _ = diagnostics.description
  let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  for finding in diagnostics.all {
    require((1...lines.count).contains(finding.line), "line \(finding.line) is outside the file")
    let width = lines[finding.line - 1].count
    require((1...(width + 1)).contains(finding.column), "column \(finding.column) is outside line \(finding.line)")
  }
}
