public import Logging

/// The plugins of a configuration, made and not yet started.
public struct Assembly: Sendable {
  let markets = MarketTable()
  /// Of sources and venues, in the order of the configuration.
  private(set) var sourceNames: [String] = []
  private(set) var inputs: [Run.Input] = []
  private(set) var live: [LiveSource] = []
  private(set) var detectors: [any Detector] = []
  private(set) var outputs: [Run.Output] = []
  private let fees: FeeSchedule
  private let state: StateSetting

  /// Makes every plugin. The configuration has been checked, so what is thrown here is about this version of the program
  /// or of a plugin.
  public init(_ configuration: Configuration, logger: Logger) throws {
    fees = configuration.feeSchedule
    state = configuration.state
    let durability = configuration.state.folder?.durability ?? .process
    func context(_ name: String) -> PluginContext {
      PluginContext(logger: logger, name: name, markets: markets, durability: durability)
    }
    for (number, item) in configuration.sources.enumerated() {
      let name = "sources[\(number)] \(item.name)"
      sourceNames.append(name)
      switch try item.make(context(item.name)) {
      case .source(let source): inputs.append(Run.Input(name: name, source: source))
      case .adapter(let adapter): live.append(LiveSource(name: name, adapter: adapter, options: item.common))
      }
    }
    for item in configuration.detectors { detectors.append(try item.make(context(item.name))) }
    for item in configuration.sinks {
      outputs.append(
        Run.Output(name: item.name, options: item.common, sink: try item.make(context(item.name))))
    }
  }

  /// The venues that some source wants simulated, each with the instruments and channels that are asked for.
  package var simulated: [(venue: String, adapter: any ExchangeAdapter)] {
    live.filter { $0.options.endpoint == LiveOptions.simulator }.map { ($0.venue.id, $0.adapter) }
  }

  /// Gives the venues that shall be simulated the addresses where they are.
  package mutating func setSimulated(_ endpoints: [String: String]) {
    for place in live.indices where live[place].options.endpoint == LiveOptions.simulator {
      live[place].options.endpoint = endpoints[live[place].venue.id]
    }
  }

  /// Throws when a source is a venue and there are no means to connect to it, or when there is a state folder and no
  /// journal for it.
  package func makeRun(
    logger: Logger, _ means: LiveMeans?, journal: ((StateOptions) -> any AlertJournal)? = nil
  ) throws -> Run {
    if means == nil, let source = live.first { throw LiveConnectionsMissing(name: source.name) }
    if journal == nil, state.folder != nil { throw JournalMissing() }
    let input = means.flatMap { live.isEmpty ? nil : Run.LiveInput(sources: live, means: $0) }
    return Run(
      inputs: inputs, live: input, detectors: detectors, fees: fees, outputs: outputs,
      journal: state.folder.flatMap { journal?($0) }, markets: markets, logger: logger)
  }

  /// A run without live connections; throws when a source wants one.
  public func makeRun(logger: Logger) throws -> Run { try makeRun(logger: logger, nil) }
}

/// A program that has no network cannot connect.
public struct LiveConnectionsMissing: Error, CustomStringConvertible {
  public let name: String

  public var description: String { "\(name): this program has no network; replay a capture instead" }
}

/// A program that has no journal cannot keep alerts in a folder.
struct JournalMissing: Error, CustomStringConvertible {
  var description: String { "state: this program has no journal; leave it out, or write \"memory\"" }
}

extension Configuration {
  /// What the venues take.
  public var feeSchedule: FeeSchedule {
    FeeSchedule(takerBasisPoints: fees.mapValues(\.takerBasisPoints))
  }
}
