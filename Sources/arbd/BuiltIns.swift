import ArbdAdapters
import ArbdFramework
import ArbdSinks

/// Everything that a configuration can name.
enum BuiltIns {
  static func registry() throws(RegistryError) -> Registry {
    try Registry(
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
