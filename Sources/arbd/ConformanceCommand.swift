import ArbdAdapters
import ArbdFramework
import ArbdTestKit
import ArgumentParser
import Foundation
import Logging

struct ConformanceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conformance",
    abstract:
      "Holds the adapters of a configuration against recorded frames, and its programs against what they print.",
    discussion: """
      The recording is a capture, as "record" on a source writes it; gzip where its name ends in .gz. Without one, the \
      programs (sources of type process) are run for a while. Ends with 1 when a check fails.
      """)

  @ArgumentParser.OptionGroup var file: ConfigurationFile

  @Option(help: ArgumentHelp("The capture that adapters are held against.", valueName: "file"))
  var recording: String?

  @Option(help: ArgumentHelp("How long programs run.", valueName: "duration"))
  var duration = TimeLimit(.seconds(10))

  @Option(help: ArgumentHelp("Only the adapter or program of this venue.", valueName: "venue"))
  var venue: String?

  @Option(help: ArgumentHelp("The records that must come out, as JSON lines in their order.", valueName: "file"))
  var expected: String?

  @Flag(help: "The venue numbers its trades in no order that tells of a missing one.")
  var unnumberedTrades = false

  @Flag(help: "The venue neither numbers the updates of its order books nor sends checksums.")
  var unnumberedBooks = false

  func run() async throws {
    let text = try JSONSerialization.jsonObject(with: Data(file.text())) as? [String: Any] ?? [:]
    let registry = try file.registry()
    let configuration = try file.load(registry)
    let reports: [ConformanceReport]
    if let recording {
      reports = try adapterReports(recording, configuration, text, registry)
    } else {
      reports = try await programReports(configuration)
    }
    for report in reports { try printOutput("\(report)\n") }
    if !reports.allSatisfy(\.passed) { throw ExitCode(1) }
  }

  private func adapterReports(
    _ recording: String, _ configuration: Configuration, _ text: [String: Any], _ registry: Registry
  ) throws -> [ConformanceReport] {
    let venues = try adapters(of: configuration).map(\.venue.id)
    let wanted = venues.filter { venue == nil || $0 == venue }
    guard !wanted.isEmpty else {
      let known = venues.isEmpty ? "it has no adapter" : "it has those of \(venues.joined(separator: ", "))"
      throw fail("no adapter to look at; \(known); programs are looked at without a recording")
    }
    let bytes = try read(recording)
    return try wanted.map { try report(on: $0, recording, bytes, in: text, registry) }
  }

  private func programReports(_ configuration: Configuration) async throws -> [ConformanceReport] {
    let logger = Logger(label: "arbd") { TerminalLogHandler(label: $0) }
    var reports: [ConformanceReport] = []
    for item in configuration.sources {
      guard let options = item.options as? ProcessSourceOptions, venue == nil || options.venue == venue else {
        continue
      }
      let markets = MarketTable()
      let context = PluginContext(logger: logger, name: item.name, markets: markets)
      guard case .source(let source) = try item.make(context) else { continue }
      var conformance = SourceConformance(source, name: item.name, markets: markets)
      conformance.duration = duration.duration
      reports.append(await conformance.run())
    }
    guard !reports.isEmpty else { throw fail("no program to look at; adapters need a --recording") }
    return reports
  }

  private func fail(_ reason: String) -> ExitCode {
    printError("\(file.config): error: \(reason)")
    return ExitCode(1)
  }

  private func report(
    on venue: String, _ recording: String, _ bytes: [UInt8], in text: [String: Any], _ registry: Registry
  ) throws -> ConformanceReport {
    let recorded: Recording
    do throws(Recording.Fault) {
      recorded = try Recording(capture: bytes, venue: venue)
    } catch {
      printError("error: \(recording): \(error)")
      throw ExitCode(1)
    }
    var conformance = AdapterConformance(try adapter(of: venue, in: text, nil, registry), recorded)
    conformance.remake = { try adapter(of: venue, in: text, $0, registry) }
    conformance.numbersTrades = !unnumberedTrades
    conformance.numbersBooks = !unnumberedBooks
    conformance.expected = try expected.map { path in
      String(decoding: try read(path), as: UTF8.self).split(separator: "\n").map(String.init)
    }
    return conformance.run()
  }

  private func read(_ path: String) throws -> [UInt8] {
    do throws(CaptureFile.Failure) {
      return try CaptureFile.bytes(of: path)
    } catch {
      printError("error: \(error)")
      throw ExitCode(1)
    }
  }

  // MARK: Adapters

  private func adapters(of configuration: Configuration) throws -> [any ExchangeAdapter] {
    let logger = Logger(label: "arbd") { TerminalLogHandler(label: $0) }
    let markets = MarketTable()
    func context(_ name: String) -> PluginContext { PluginContext(logger: logger, name: name, markets: markets) }
    return try configuration.sources.flatMap { item -> [any ExchangeAdapter] in
      if let replay = item.options as? ReplayOptions {
        return try replay.adapters.map { try $0.make(context($0.name)) }
      }
      guard case .adapter(let adapter) = try item.make(context(item.name)) else { return [] }
      return [adapter]
    }
  }

  /// The venue's adapter as the configuration has it, or for other instruments.
  private func adapter(
    of venue: String, in text: [String: Any], _ instruments: [Instrument]?, _ registry: Registry
  ) throws -> any ExchangeAdapter {
    var text = text
    text["detectors"] = [Any]()
    text["sinks"] = [Any]()
    if let instruments {
      let names = instruments.map(\.description)
      func renamed(_ item: [String: Any]) -> [String: Any] {
        var item = item
        if item["instruments"] != nil { item["instruments"] = names }
        if let inner = item["adapters"] as? [[String: Any]] { item["adapters"] = inner.map(renamed) }
        return item
      }
      text["sources"] = (text["sources"] as? [[String: Any]])?.map(renamed)
    }
    let (configuration, diagnostics) = Configuration.load(
      text: Array(try JSONSerialization.data(withJSONObject: text)), fileName: file.config,
      environment: ProcessInfo.processInfo.environment, registry: registry)
    guard let configuration else { throw Failure(description: "\(diagnostics)") }
    guard let adapter = try adapters(of: configuration).first(where: { $0.venue.id == venue }) else {
      throw Failure(description: "there is no adapter of \(venue)")
    }
    return adapter
  }

  private struct Failure: Error, CustomStringConvertible {
    let description: String
  }
}
