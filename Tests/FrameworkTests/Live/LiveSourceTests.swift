import Testing

@testable import ArbdFramework

@Suite struct LiveSourceTests {
  /// The path that a venue's feed has is not to be known by those who put another host in front of it.
  @Test(arguments: [
    (nil, "wss://tiny.example/feed"), ("ws://127.0.0.1:1", "ws://127.0.0.1:1/feed"),
    ("ws://127.0.0.1:1/", "ws://127.0.0.1:1/"), ("ws://127.0.0.1:1/other", "ws://127.0.0.1:1/other"),
  ]) func anAddressWithoutPathGetsTheVenues(endpoint: String?, url: String) throws {
    var options = LiveOptions()
    options.endpoint = endpoint
    let source = LiveSource(name: "fed", adapter: FedAdapter(), options: options)
    #expect(source.request.url == url)
  }
}

/// A venue whose feed has a path.
private struct FedAdapter: ExchangeAdapter {
  static let summary = "A venue that does not exist."
  static let venue = VenueDescriptor(
    id: "fed", endpoint: "wss://tiny.example/feed", feeds: [.trades: "trades"], streamsPerConnection: 1,
    messageInterval: .zero, connectionLifetime: nil)

  let instruments: [Instrument] = []
  let channels: [Channel] = []

  init() {}
  init(options: MarketDataOptions, context: PluginContext) {}
  func symbol(for instrument: Instrument) -> String { "\(instrument)" }
  func makeSession(for plan: ConnectionPlan) -> TinySession { TinySession(symbols: SymbolTable([])) }
}
