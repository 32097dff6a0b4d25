public import Logging

/// The plugins of a configuration, made and not yet started.
public struct Assembly: Sendable {
  private let markets = MarketTable()
  private var inputs: [Run.Input] = []
  private var detectors: [any Detector] = []
  private var outputs: [Run.Output] = []
  private let fees: FeeSchedule

  /// Makes every plugin. The configuration has been checked, so what is thrown here is about this version of the program
  /// or of a plugin.
  public init(_ configuration: Configuration, logger: Logger) throws {
    fees = configuration.feeSchedule
    func context(_ name: String) -> PluginContext { PluginContext(logger: logger, name: name, markets: markets) }
    for (number, item) in configuration.sources.enumerated() {
      switch try item.make(context(item.name)) {
      case .source(let source):
        inputs.append(Run.Input(name: "sources[\(number)] \(item.name)", source: source))
      case .adapter:
        throw LiveConnectionsMissing(path: "sources[\(number)]", venue: item.descriptor.name)
      }
    }
    for item in configuration.detectors { detectors.append(try item.make(context(item.name))) }
    for item in configuration.sinks {
      outputs.append(
        Run.Output(name: item.name, kinds: Set(item.common.records), sink: try item.make(context(item.name))))
    }
  }

  public func makeRun(logger: Logger) -> Run {
    Run(inputs: inputs, detectors: detectors, fees: fees, outputs: outputs, markets: markets, logger: logger)
  }
}

/// This version replays; it does not connect.
public struct LiveConnectionsMissing: Error, CustomStringConvertible {
  public let path: String
  public let venue: String

  public var description: String {
    "\(path): this version has no live connections yet, so it cannot connect to \(venue); replay a capture instead"
  }
}

extension Configuration {
  /// What the venues take.
  public var feeSchedule: FeeSchedule {
    FeeSchedule(takerBasisPoints: fees.mapValues(\.takerBasisPoints))
  }
}
