/// What is known of a plugin without a configuration: what `arbd list`, the schema and the documentation show.
public struct PluginDescriptor: Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    case adapter, source, detector, sink
  }

  public let kind: Kind
  /// The `type` of a configuration.
  public let name: String
  /// One line.
  public let summary: String
  /// Its own options, without those that all plugins of its kind have.
  public let options: [OptionDocumentation]
  /// The plugin itself, for what its kind declares: `(type as? any Sink.Type)?.accepts`.
  public let type: any Plugin.Type

  /// The options that all plugins of its kind have, besides `type`.
  public var commonOptions: [OptionDocumentation] {
    switch kind {
    case .adapter, .source: SourceSlot.commonDocumentation(of: type)
    case .detector: DetectorSlot.commonDocumentation(of: type)
    case .sink: SinkSlot.commonDocumentation(of: type)
    }
  }

  /// An adapter of one venue, whose name is the venue's.
  var isVenue: Bool { (type as? any ExchangeAdapter.Type).map { !$0.venue.channels.isEmpty } ?? false }

  init<Described: Plugin>(_ type: Described.Type, kind: Kind) {
    self.kind = kind
    self.type = type
    name = type.name
    summary = type.summary
    options = Described.Options.fields.map(\.documentation)
  }
}

/// A plugin in a registry, ready to read its options. `Product` is what it makes: `any Sink`.
struct PluginEntry<Product>: Sendable {
  /// Options that were read, and the way from them to the plugin.
  struct Binding: Sendable {
    let options: any PluginOptions
    let make: @Sendable (PluginContext) throws -> Product
  }

  let descriptor: PluginDescriptor
  /// Reads the options of the object at the node; the keys in the array are somebody else's.
  let bind: @Sendable (ConfigurationNode, [String], inout OptionDecoder) -> Binding?

  init<Made: Plugin>(
    _ type: Made.Type, kind: PluginDescriptor.Kind, product: @escaping @Sendable (Made) -> Product
  ) {
    descriptor = PluginDescriptor(type, kind: kind)
    bind = { node, otherKeys, decoder in
      guard let options = decoder.options(Made.Options.self, from: node, otherKeys: otherKeys) else {
        return nil
      }
      return Binding(options: options) { context in product(try Made(options: options, context: context)) }
    }
  }

  private init(
    descriptor: PluginDescriptor,
    bind: @escaping @Sendable (ConfigurationNode, [String], inout OptionDecoder) -> Binding?
  ) {
    self.descriptor = descriptor
    self.bind = bind
  }

  /// The same plugin, its product put into something else.
  func map<Wrapped>(_ wrap: @escaping @Sendable (Product) -> Wrapped) -> PluginEntry<Wrapped> {
    PluginEntry<Wrapped>(descriptor: descriptor) { node, otherKeys, decoder in
      bind(node, otherKeys, &decoder).map { binding in
        PluginEntry<Wrapped>.Binding(options: binding.options) { wrap(try binding.make($0)) }
      }
    }
  }
}
