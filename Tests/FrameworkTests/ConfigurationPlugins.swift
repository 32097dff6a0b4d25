import ArbdFramework

/// A registry like the program's, of plugins that do nothing.
let testRegistry: Registry = {
  do {
    return try Registry(
      adapters: [BinanceStub.self, CoinbaseStub.self], sources: [ReplayStub.self],
      detectors: [SpreadDetector.self, CycleDetector.self],
      sinks: [TerminalStub.self, JSONLinesStub.self, KafkaStub.self, DiscordStub.self, TapeStub.self])
  } catch { preconditionFailure("\(error)") }
}()

/// Loads a configuration that stands in the test itself.
func load(
  _ text: String, environment: [String: String] = [:], registry: Registry = testRegistry
) -> (configuration: Configuration?, diagnostics: Diagnostics) {
  Configuration.load(text: Array(text.utf8), fileName: "c.json", environment: environment, registry: registry)
}

/// Reads one set of options from its JSON, as a detector named `d`'s.
func options<Options: PluginOptions>(
  _ type: Options.Type, _ json: String, environment: [String: String] = [:]
) throws -> (options: Options?, report: String) {
  let members = json.dropFirst().dropLast()
  let separator = members.allSatisfy(\.isWhitespace) ? "" : ", "
  let text = #"{"sources":[{"type":"s"}],"sinks":[{"type":"p"\#(separator)\#(members)}]}"#
  let registry = try Registry(sources: [StubSource.self], sinks: [StubSink<Options>.self])
  let (configuration, diagnostics) = load(text, environment: environment, registry: registry)
  let report = diagnostics.all.map { "\($0.path): \($0.message)" + ($0.suggestion.map { "; \($0)" } ?? "") }
  return (configuration?.sinks.first?.options as? Options, report.joined(separator: "\n"))
}

struct NoOptions: PluginOptions {
  static let fields: [OptionField<Self>] = []
}

/// Brings nothing and says that it may bring anything.
protocol SourceStub: Source {}

extension SourceStub {
  var provides: [ProvidedMarket]? { nil }
  var pace: InputLog.Pace { .maximum }
  func open() {}
  func run(_ log: InputLog.Writer) {}
}

/// Takes everything and keeps nothing.
protocol SinkStub: Sink {}

extension SinkStub {
  func connect() async {}
  func deliver(_ batch: [Record]) async {}
  func close() async {}
}

struct StubSource: SourceStub {
  static let name = "s"
  static let summary = "Nothing."
  init(options: NoOptions, context: PluginContext) {}
}

struct StubSink<Options: PluginOptions>: SinkStub {
  static var name: String { "p" }
  static var summary: String { "Nothing." }
  static var accepts: Set<Record.Kind> { [.alert] }
  init(options: Options, context: PluginContext) {}
}

// MARK: - Sources

struct VenueStubOptions: PluginOptions {
  var instruments: [Instrument] = []
  var channels: [Channel] = [.trades]
  var depth: Int?

  static let fields: [OptionField<Self>] = [
    .required("instruments", \.instruments, "What to subscribe to.", .nonEmpty, .distinct),
    .optional("channels", \.channels, "Which streams.", .nonEmpty, .distinct),
    .optional("depth", \.depth, "Levels of the book.", .in(1...1_000)),
  ]
}

protocol AdapterStub: ExchangeAdapter where Session == TinySession {
  static var id: String { get }
}

extension AdapterStub {
  static var venue: VenueDescriptor {
    VenueDescriptor(
      id: id, endpoint: "wss://example", feeds: [.trades: "trades", .quotes: "quotes"], streamsPerConnection: 10,
      messageInterval: .zero, connectionLifetime: nil)
  }
  func symbol(for instrument: Instrument) -> String { "\(instrument)" }
  func makeSession(for plan: ConnectionPlan) -> TinySession {
    TinySession(symbols: SymbolTable(plan.subscriptions))
  }
}

struct BinanceStub: AdapterStub {
  static let id = "binance"
  static let summary = "Binance spot."
  let instruments: [Instrument]
  let channels: [Channel]
  init(options: VenueStubOptions, context: PluginContext) {
    (instruments, channels) = (options.instruments, options.channels)
  }
}

struct CoinbaseStub: AdapterStub {
  static let id = "coinbase"
  static let summary = "Coinbase Exchange."
  let instruments: [Instrument]
  let channels: [Channel]
  init(options: VenueStubOptions, context: PluginContext) {
    (instruments, channels) = (options.instruments, options.channels)
  }
}

enum ReplayFormat: String, OptionChoice { case records, capture }

struct ReplayStubOptions: PluginOptions {
  var path = ""
  var format = ReplayFormat.records
  var loop = false
  var adapters = PluginList<AdapterSlot>()

  static let fields: [OptionField<Self>] = [
    .required("path", \.path, "File to read, or - for standard input.", .nonEmpty, .named("path")),
    .optional("format", \.format, "What the file holds."),
    .optional("loop", \.loop, "Start again at the end."),
    .optional("adapters", \.adapters, "Those whose frames a capture holds."),
  ]

  func validate(_ validator: inout OptionValidator) {
    if format == .capture, adapters.isEmpty {
      validator.error(at: "adapters", "missing; a capture is read by the adapters of its venues")
    }
  }
}

struct ReplayStub: SourceStub {
  static let name = "replay"
  static let summary = "Reads a file."
  init(options: ReplayStubOptions, context: PluginContext) {}
}

// MARK: - Sinks

struct TerminalStub: SinkStub {
  static let name = "terminal"
  static let summary = "A dashboard."
  static let accepts: Set<Record.Kind> = [.alert, .status]
  init(options: NoOptions, context: PluginContext) {}
}

struct PathOptions: PluginOptions {
  var path = ""
  static let fields: [OptionField<Self>] = [
    .required("path", \.path, "File to write, or - for standard output.", .nonEmpty, .named("path"))
  ]
}

struct JSONLinesStub: SinkStub {
  static let name = "jsonl"
  static let summary = "A line for each record."
  static let accepts: Set<Record.Kind> = [.alert, .trade, .quote]
  let context: PluginContext
  let options: PathOptions
  init(options: PathOptions, context: PluginContext) {
    self.context = context
    self.options = options
  }
}

struct KafkaStubOptions: PluginOptions {
  var brokers = ""
  var topics: [String: String] = [:]
  var linger = Duration.milliseconds(5)

  static let fields: [OptionField<Self>] = [
    .required("brokers", \.brokers, "host:port, several with commas.", .nonEmpty),
    .optional("topics", \.topics, "Topics by kind of record."),
    .optional("linger", \.linger, "How long to wait for a batch."),
  ]
}

struct KafkaStub: SinkStub {
  static let name = "kafka"
  static let summary = "Topics of a Kafka cluster."
  static let accepts: Set<Record.Kind> = [.alert, .trade, .quote]
  init(options: KafkaStubOptions, context: PluginContext) {}
}

struct DiscordStubOptions: PluginOptions {
  var webhook = Secret("")
  static let fields: [OptionField<Self>] = [.required("webhook", \.webhook, "Address of the webhook.")]
}

struct DiscordStub: SinkStub {
  static let name = "discord"
  static let summary = "Messages in a Discord channel."
  static let accepts: Set<Record.Kind> = [.alert]
  init(options: DiscordStubOptions, context: PluginContext) {}
}

/// Takes no alerts, so its records must be named.
struct TapeStub: SinkStub {
  static let name = "tape"
  static let summary = "Market data only."
  static let accepts: Set<Record.Kind> = [.trade]
  init(options: NoOptions, context: PluginContext) {}
}
