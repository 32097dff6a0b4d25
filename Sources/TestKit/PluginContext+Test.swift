public import ArbdFramework
internal import Logging

extension PluginContext {
  /// For a plugin that a test makes: it logs nothing, and knows no market.
  public static func ofTest(name: String = "test") -> PluginContext {
    PluginContext(
      logger: Logger(label: name) { _ in SwiftLogNoOpLogHandler() }, name: name, markets: MarketTable())
  }
}
