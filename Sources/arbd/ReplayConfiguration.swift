import ArbdAdapters
import ArbdFramework
import ArgumentParser
import Foundation

/// What a replay in a dashboard is run with: a configuration's own, or one that is made up for a file of records.
struct ReplayConfiguration {
  private let path: String
  private let speed: Any
  private let config: String?

  init(_ path: String, speed: String, config: String?) {
    self.path = path
    self.speed = Double(speed).map { $0 as Any } ?? speed
    self.config = config
  }

  /// `sink`: options of the terminal.
  func load(sink: [String: Any]) throws -> Configuration {
    let registry = try ConfigurationFile.registry(of: config)
    var document = try config.map { try own($0, registry) } ?? madeUp()
    document["sinks"] = [sink.merging(["type": "terminal"]) { _, type in type }]
    // What the daemon of this configuration holds is not the replay's.
    for key in ["http", "control", "state"] { document[key] = nil }
    let text = try JSONSerialization.data(withJSONObject: document)
    let (configuration, diagnostics) = Configuration.load(
      text: Array(text), fileName: config ?? path, environment: ProcessInfo.processInfo.environment,
      registry: registry)
    guard let configuration else {
      printError("\(diagnostics)")
      throw ExitCode(1)
    }
    return configuration
  }

  /// A configuration with the replay in place of its sources.
  private func own(_ config: String, _ registry: Registry) throws -> [String: Any] {
    guard let bytes = FileManager.default.contents(atPath: config) else {
      return try fail("\(config): error: cannot read it")
    }
    guard var document = try? JSONSerialization.jsonObject(with: bytes) as? [String: Any] else {
      return try fail("\(config): error: this is no configuration; arbd validate says more")
    }
    let sources = document["sources"] as? [[String: Any]] ?? []
    let known = Set(registry.adapters.map(\.name))
    // Without what is about connections.
    let kept = Set(["type", "instruments", "channels", "depth", "region", "spec"])
    var adapters: [[String: Any]] = []
    for source in sources {
      adapters += source["adapters"] as? [[String: Any]] ?? []
      guard let type = source["type"] as? String, known.contains(type) else { continue }
      adapters.append(source.filter { kept.contains($0.key) })
    }
    adapters = joined(adapters)
    var source: [String: Any] = ["type": "replay", "path": path, "speed": speed]
    if try isCapture {
      source["format"] = "capture"
      source["adapters"] = adapters
    }
    document["sources"] = [source]
    return document
  }

  /// One adapter for each venue, with the instruments and channels of all.
  private func joined(_ adapters: [[String: Any]]) -> [[String: Any]] {
    var kept: [[String: Any]] = []
    for adapter in adapters {
      func key(_ adapter: [String: Any]) -> [String?] { [adapter["type"] as? String, adapter["spec"] as? String] }
      guard let place = kept.firstIndex(where: { key($0) == key(adapter) }) else {
        kept.append(adapter)
        continue
      }
      for list in ["instruments", "channels"] {
        let values = kept[place][list] as? [String] ?? []
        let new = (adapter[list] as? [String] ?? []).filter { !values.contains($0) }
        if !new.isEmpty { kept[place][list] = values + new }
      }
    }
    return kept
  }

  /// For a file of records: of each base asset that several venues have, the spread between them.
  private func madeUp() throws -> [String: Any] {
    guard try !isCapture else {
      return try fail("\(path): error: a capture needs --config, whose adapters read its frames")
    }
    var venues: [String: [String]] = [:]
    var quotes: [String: [String]] = [:]
    for line in try lines(ofFirst: 16 << 20) {
      guard let record = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any],
        let venue = record["venue"] as? String, let name = record["instrument"] as? String,
        let instrument = Instrument(name)
      else { continue }
      if venues[instrument.base]?.contains(venue) != true { venues[instrument.base, default: []].append(venue) }
      if quotes[instrument.base]?.contains(instrument.quote) != true {
        quotes[instrument.base, default: []].append(instrument.quote)
      }
    }
    let dollars = ["USD", "USDT", "USDC"]
    let detectors = venues.filter { $1.count > 1 }.keys.sorted().map { base -> [String: Any] in
      [
        "name": base.lowercased(), "type": "spread", "instrument": "\(base)-\(quotes[base]?.first ?? "USD")",
        "venues": venues[base] ?? [], "treat_as_equal": [dollars],
        "window": ["size": "10s", "out_of_orderness": "2s"], "threshold": ["net_bps": 0],
      ]
    }
    return ["sources": [["type": "replay", "path": path, "speed": speed]], "detectors": detectors]
  }

  /// Records have prices, events of a capture have none.
  private var isCapture: Bool {
    get throws {
      let first = try lines(ofFirst: 1 << 20).first.map { String(decoding: $0, as: UTF8.self) } ?? ""
      return first.contains("\"frame\"") || first.contains("\"event\"")
    }
  }

  private func lines(ofFirst count: Int) throws -> [ArraySlice<UInt8>] {
    do throws(CaptureFile.Failure) {
      return try CaptureFile.head(of: path, count).split(separator: UInt8(ascii: "\n"))
    } catch {
      printError("error: \(error)")
      throw ExitCode(1)
    }
  }

  private func fail<Value>(_ message: String) throws -> Value {
    printError(message)
    throw ExitCode(1)
  }
}
