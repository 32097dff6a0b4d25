public import Logging

/// Something that a configuration can name: a source, an exchange adapter, a detector, a sink.
public protocol Plugin: Sendable {
  associatedtype Options: PluginOptions

  /// The `type` of a configuration: `kraken`. Unique among the plugins of its kind.
  static var name: String { get }

  /// One line for `arbd list`.
  static var summary: String { get }

  /// Checks the options and keeps them; opens nothing, sends nothing.
  init(options: Options, context: PluginContext) throws
}

/// What a plugin is given besides its options.
public struct PluginContext: Sendable {
  public let logger: Logger
  /// Which of several plugins of one type it is: the `name` of the configuration.
  public let name: String
  /// The markets of the run.
  public let markets: MarketTable
  /// What a sink's promise is to survive, where it keeps records on this machine.
  public let durability: Durability

  public init(logger: Logger, name: String, markets: MarketTable, durability: Durability = .process) {
    self.logger = logger
    self.name = name
    self.markets = markets
    self.durability = durability
  }
}
