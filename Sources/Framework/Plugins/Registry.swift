/// The plugins that a configuration can name: lists that one can read, in the order in which `arbd list` shows them.
public struct Registry: Sendable {
  let adapterEntries: [PluginEntry<any ExchangeAdapter>]
  let sourceEntries: [PluginEntry<any Source>]
  let detectorEntries: [PluginEntry<any Detector>]
  let sinkEntries: [PluginEntry<any Sink>]

  /// Throws when two plugins that could stand in one place have one name (adapters and sources share `sources`), or
  /// when a plugin declares a key twice or one that is the framework's.
  public init(
    adapters: [any ExchangeAdapter.Type] = [], sources: [any Source.Type] = [],
    detectors: [any Detector.Type] = [],
    sinks: [any Sink.Type] = []
  ) throws(RegistryError) {
    adapterEntries = adapters.map { entry(adapter: $0) }
    sourceEntries = sources.map { entry(source: $0) }
    detectorEntries = detectors.map { entry(detector: $0) }
    sinkEntries = sinks.map { entry(sink: $0) }
    try check(self.sources + self.adapters, commonKeys: SourceSlot.commonKeys)
    try check(self.detectors, commonKeys: DetectorSlot.commonKeys)
    try check(self.sinks, commonKeys: SinkSlot.commonKeys)
  }

  public var adapters: [PluginDescriptor] { adapterEntries.map(\.descriptor) }
  public var sources: [PluginDescriptor] { sourceEntries.map(\.descriptor) }
  public var detectors: [PluginDescriptor] { detectorEntries.map(\.descriptor) }
  public var sinks: [PluginDescriptor] { sinkEntries.map(\.descriptor) }
}

/// Why a list of plugins is no registry.
public enum RegistryError: Error, Equatable, CustomStringConvertible {
  case duplicateName(String, kind: PluginDescriptor.Kind)
  /// The option is declared twice, or belongs to the framework.
  case duplicateKey(String, plugin: String)

  public var description: String {
    switch self {
    case .duplicateName(let name, let kind):
      "two plugins are named \"\(name)\"; the second is of kind \(kind.rawValue)"
    case .duplicateKey(let key, let plugin): "plugin \"\(plugin)\" declares \"\(key)\", which is taken"
    }
  }
}

private func check(_ plugins: [PluginDescriptor], commonKeys: [String]) throws(RegistryError) {
  var names: Set<String> = []
  for plugin in plugins {
    guard names.insert(plugin.name).inserted else { throw .duplicateName(plugin.name, kind: plugin.kind) }
    var keys = Set(commonKeys)
    for option in plugin.options where !keys.insert(option.key).inserted {
      throw .duplicateKey(option.key, plugin: plugin.name)
    }
  }
}

// The metatypes of the lists are opened here: each type meets its generic entry.
private func entry<Made: ExchangeAdapter>(adapter: Made.Type) -> PluginEntry<any ExchangeAdapter> {
  PluginEntry(adapter, kind: .adapter) { $0 }
}
private func entry<Made: Source>(source: Made.Type) -> PluginEntry<any Source> {
  PluginEntry(source, kind: .source) { $0 }
}
private func entry<Made: Detector>(detector: Made.Type) -> PluginEntry<any Detector> {
  PluginEntry(detector, kind: .detector) { $0 }
}
private func entry<Made: Sink>(sink: Made.Type) -> PluginEntry<any Sink> {
  PluginEntry(sink, kind: .sink) { $0 }
}
