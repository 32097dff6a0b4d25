/// What a run is to do: the whole of a configuration file, read and checked.
public struct Configuration: PluginOptions {
  /// Where editors find the schema; of no other use.
  public var schema: String?
  /// Files with plugins that the program does not have itself.
  public var plugins: [String] = []
  public var sources = PluginList<SourceSlot>()
  /// By venue. A venue that is not named has no fee.
  public var fees: [String: VenueFees] = [:]
  public var detectors = PluginList<DetectorSlot>()
  public var sinks = PluginList<SinkSlot>()
  public var http: HTTPOptions?
  public var control: ControlOptions?
  public var state = StateSetting.memory
  /// The file's tree, for what is found out later: `node.position(of: "fees")`.
  /// False where `fees` has mistakes, so that nothing more can be said of them.
  private(set) var feesAreReadable = true
  public private(set) var node = ConfigurationNode(
    .object([]), at: ConfigurationPosition(path: ConfigurationPath(), offset: 0))

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .optional("$schema", \.schema, "Where editors find the schema of this file."),
    .optional(
      "plugins", \.plugins, "Files with further plugins, as arbd build-plugin makes them.", .distinct,
      .each(.nonEmpty), .each(.path)),
    .required(
      "sources", \.sources, "Where market data comes from: sources, and adapters for live data.", .nonEmpty),
    .optional("fees", \.fees, "What each venue takes of a trade; nothing where it is not named."),
    .optional("detectors", \.detectors, "What is looked for."),
    .optional("sinks", \.sinks, "Where alerts and market data go."),
    .optional("http", \.http, "Serves metrics and the state of the run over HTTP."),
    .optional("control", \.control, "Lets dashboards of other processes look at the run."),
    .optional(
      "state", \.state,
      "A folder in which alerts are kept until every sink has had them; with memory they do not survive a crash."),
  ]

  /// Reads the configuration in `text`. All that is wrong with it is reported at once; the configuration is nil when
  /// any of it is an error.
  ///
  /// `fileName` stands in front of each diagnostic; `environment` has the variables that `${NAME}` stands for.
  public static func load(
    text: [UInt8], fileName: String, environment: [String: String], registry: Registry
  ) -> (configuration: Configuration?, diagnostics: Diagnostics) {
    var parser = ConfigurationParser(SourceText(text, fileName: fileName), environment: environment)
    guard let node = parser.parse() else { return (nil, parser.diagnostics) }
    var decoder = OptionDecoder(parser.diagnostics, registry: registry)
    var configuration = decoder.options(Configuration.self, from: node)
    configuration?.node = node
    var diagnostics = decoder.diagnostics
    let checked = configuration ?? readable(node, source: decoder.diagnostics.source, registry)
    ConfigurationReferences.check(checked, registry, &diagnostics)
    return (diagnostics.hasErrors ? nil : configuration, diagnostics)
  }

  /// A file that a configuration names under `plugins`, and where it does.
  public struct PluginFile: Sendable {
    public let path: String
    public let position: ConfigurationPosition
  }

  /// What stands under `plugins` and can be read: what is wrong with the rest is for `load` to say, which needs to know
  /// the plugins of these files. The diagnostics are empty, for what is found out about the files.
  public static func pluginFiles(
    text: [UInt8], fileName: String, environment: [String: String]
  ) -> (files: [PluginFile], diagnostics: Diagnostics) {
    let source = SourceText(text, fileName: fileName)
    var parser = ConfigurationParser(source, environment: environment)
    let elements = parser.parse()?["plugins"]?.elements ?? []
    let files = elements.compactMap { node -> PluginFile? in
      guard case .string(let written) = node.value, let path = written.text, !path.isEmpty, !path.utf8.contains(0)
      else { return nil }
      return PluginFile(path: path, position: node.position)
    }
    return (files, Diagnostics(source: source))
  }

  /// What can be read of a file that has mistakes, which are reported already: the rest is checked all the same.
  private static func readable(
    _ node: ConfigurationNode, source: SourceText, _ registry: Registry
  ) -> Configuration {
    var decoder = OptionDecoder(Diagnostics(source: source), registry: registry)
    var configuration = Configuration()
    configuration.node = node
    configuration.sources = .readable(node["sources"], &decoder)
    configuration.detectors = .readable(node["detectors"], &decoder)
    configuration.sinks = .readable(node["sinks"], &decoder)
    if let fees = node["fees"] {
      let readable = [String: VenueFees].decode(fees, &decoder)
      configuration.fees = readable ?? [:]
      configuration.feesAreReadable = readable != nil
    }
    return configuration
  }
}

/// What a venue takes of each trade.
public struct VenueFees: OptionGroup, Equatable {
  /// Of what a leg receives.
  public var takerBasisPoints = 0.0

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .required(
      "taker_bps", \.takerBasisPoints, "Fee of a trade that takes liquidity.", .in(-10_000...10_000),
      .unit("basis points"))
  ]
}
