import ArbdFramework
import Logging
import Testing

@Suite struct ConfigurationTests {
  private func everything() throws -> Configuration {
    let (configuration, diagnostics) = load(
      try configurationFixture("everything.json"), environment: everyVariable)
    #expect(diagnostics.description == "")
    return try #require(configuration)
  }

  @Test func isRead() throws {
    let configuration = try everything()
    #expect(configuration.sources.map(\.name) == ["coinbase", "live", "replay"])
    #expect(configuration.sources.map(\.descriptor.kind) == [.adapter, .adapter, .source])
    let replay = try #require(configuration.sources[2].options as? ReplayStubOptions)
    #expect(replay.path == "/home/a/binance.capture.jsonl.gz")
    let inner = try #require(replay.adapters.first?.options as? VenueStubOptions)
    #expect(inner.instruments.map(\.description) == ["BTC-USDT"])
    #expect(configuration.fees["binance"]?.takerBasisPoints == 7.5)
    #expect(configuration.detectors.map(\.name) == ["btc", "triangles"])
    #expect((configuration.detectors[1].options as? CycleOptions)?.maxLegs == 4)
    #expect(configuration.sinks.map(\.name) == ["terminal", "discord", "jsonl", "ticks", "kafka", "tape"])
    #expect(
      configuration.sinks.map(\.common.records)
        == [[.alert], [.alert], [.alert], [.trade, .quote], [.alert], [.trade]])
    let webhook = (configuration.sinks[1].options as? DiscordStubOptions)?.webhook
    #expect(webhook?.revealed == "https://discord.example/s3cret")
  }

  @Test func makesPlugins() throws {
    let configuration = try everything()
    let markets = MarketTable()
    let item = configuration.sinks[3]
    let context = PluginContext(logger: Logger(label: "test"), name: item.name, markets: markets)
    let sink = try #require(try item.make(context) as? JSONLinesStub)
    #expect(sink.context.name == "ticks")
    #expect(sink.options.path == "-")
    guard case .adapter(let adapter) = try configuration.sources[0].make(context) else {
      Issue.record("an adapter is no source")
      return
    }
    #expect(adapter is CoinbaseStub)
    guard case .source(let source) = try configuration.sources[2].make(context) else {
      Issue.record("a source is no adapter")
      return
    }
    #expect(source is ReplayStub)
  }

  @Test func effectiveText() throws {
    let text = try everything().effectiveText
    #expect(text == (try configurationFixture("everything.effective.json")))
    #expect(!text.contains("s3cret"))
  }

  @Test func effectiveTextLoadsAgain() throws {
    let text = try everything().effectiveText
    // Of the variables only a secret's are left.
    let environment = ["DISCORD_WEBHOOK": "https://discord.example/s3cret"]
    let (again, diagnostics) = load(text, environment: environment)
    #expect(diagnostics.isEmpty)
    #expect(again?.effectiveText == text)
    #expect((again?.sinks[2].options as? PathOptions)?.path == "alerts-${DATE}.jsonl")
    #expect(
      (again?.sinks[1].options as? DiscordStubOptions)?.webhook.revealed == "https://discord.example/s3cret")
    #expect(
      (again?.detectors[0].options as? SpreadOptions)
        == (try everything().detectors[0].options as? SpreadOptions))
  }

  @Test func referencesAndNamesOfOneKindOnly() {
    let text = #"""
      {"sources": [{"type": "replay", "path": "a"}, {"type": "replay", "path": "b"}],
       "fees": {"a": {"taker_bps": 0}},
       "detectors": [{"name": "jsonl", "type": "cycle", "venues": ["a"], "assets": ["A", "B", "C"],
                      "window": {"size": "1s"}}],
       "sinks": [{"type": "jsonl", "path": "a"}]}
      """#
    #expect(load(text).diagnostics.isEmpty)
  }

  @Test func aRegistryRefusesWhatCannotBeTold() {
    #expect(throws: RegistryError.duplicateName("jsonl", kind: .sink)) {
      try Registry(sinks: [JSONLinesStub.self, TerminalStub.self, JSONLinesStub.self])
    }
    #expect(throws: RegistryError.duplicateName("replay", kind: .adapter)) {
      try Registry(adapters: [ReplayAdapter.self], sources: [ReplayStub.self])
    }
    #expect(throws: RegistryError.duplicateKey("records", plugin: "p")) {
      try Registry(sinks: [StubSink<TakenKey>.self])
    }
    #expect(throws: Never.self) { try Registry(adapters: [ReplayAdapter.self], sinks: [TerminalStub.self]) }
  }
}

private struct ReplayAdapter: AdapterStub {
  static let id = "replay"
  static let summary = "Named as a source."
  let instruments: [Instrument] = []
  let channels: [Channel] = []
  init(options: NoOptions, context: PluginContext) {}
}

private struct TakenKey: PluginOptions {
  var records = ""
  static let fields: [OptionField<Self>] = [.optional("records", \.records, "Not its own.")]
}
