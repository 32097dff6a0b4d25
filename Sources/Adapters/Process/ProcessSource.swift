public import ArbdFramework
internal import ArbdProcesses
internal import Logging
internal import Synchronization

/// Runs a program, in whatever language, that writes trades and quotes to its standard output as JSON lines.
///
/// A program that ends is started again after a pause that grows; what it brought is not to be trusted from its end to the
/// next record. When detection is behind, its pipe fills up and it waits.
public struct ProcessSource: Source {
  public static let name = "process"
  public static let summary = "Runs a program in any language that prints trades and quotes as JSON lines."

  private let options: ProcessSourceOptions
  private let name: String
  private let logger: Logger
  private let counts = ProcessCounts()

  public init(options: ProcessSourceOptions, context: PluginContext) {
    self.options = options
    name = context.name
    logger = context.logger
  }

  public var provides: [ProvidedMarket]? {
    guard let venue = options.venue else { return nil }
    return options.channels.flatMap { channel in
      options.instruments.map { ProvidedMarket(market: Market(venue: venue, instrument: $0), channel: channel) }
    }
  }

  public var pace: InputLog.Pace { .maximum }
  public var figures: [PluginFigure] { counts.figures }

  /// The program is started when the run begins; that it is there is checked now.
  public func open() throws { _ = try Executable.path(of: options.process.command.first ?? "") }

  public func run(_ log: InputLog.Writer) throws {
    log.awaitEnd()
    var reader = ProcessReader(options, name: name, log, counts, logger)
    try reader.run()
  }
}
