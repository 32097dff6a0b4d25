import ArbdAdapters
import ArbdFramework
import ArbdPlugins
import ArbdSinks

/// Everything that a configuration can name.
enum BuiltIns {
  /// What a main of somebody's own adds.
  @TaskLocal static var added = PluginSet()

  /// All without those of files.
  static func registry() throws -> Registry { try Registry(collection().plugins) }

  static func collection() throws(PluginFile.Failure) -> PluginCollection {
    var collection = PluginCollection()
    try collection.add(plugins, from: PluginCollection.builtIn)
    try collection.add(added, from: "this program's own main")
    return collection
  }

  static var plugins: PluginSet {
    PluginSet(
      adapters: [
        CoinbaseAdapter.self,
        CoinbaseAdvancedAdapter.self,
        BinanceAdapter.self,
        KrakenAdapter.self,
        OKXAdapter.self,
        BybitAdapter.self,
        DeclarativeAdapter.self,
      ],
      sources: [
        ReplaySource.self,
        KafkaSource.self,
        ProcessSource.self,
      ],
      detectors: [
        SpreadDetector.self,
        CycleDetector.self,
      ],
      sinks: [
        ConsoleSink.self,
        TerminalSink.self,
        JSONLinesSink.self,
        SQLiteSink.self,
        KafkaSink.self,
        DiscordSink.self,
        WebhookSink.self,
        ProcessSink.self,
      ])
  }
}
