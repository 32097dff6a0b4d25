/// Types of plugins, by kind, in the order in which they were added.
public struct PluginSet: Sendable {
  public private(set) var adapters: [any ExchangeAdapter.Type] = []
  public private(set) var sources: [any Source.Type] = []
  public private(set) var detectors: [any Detector.Type] = []
  public private(set) var sinks: [any Sink.Type] = []

  public init(
    adapters: [any ExchangeAdapter.Type] = [], sources: [any Source.Type] = [], detectors: [any Detector.Type] = [],
    sinks: [any Sink.Type] = []
  ) {
    (self.adapters, self.sources, self.detectors, self.sinks) = (adapters, sources, detectors, sinks)
  }

  public mutating func add(adapter: any ExchangeAdapter.Type) { adapters.append(adapter) }
  public mutating func add(source: any Source.Type) { sources.append(source) }
  public mutating func add(detector: any Detector.Type) { detectors.append(detector) }
  public mutating func add(sink: any Sink.Type) { sinks.append(sink) }

  public mutating func add(_ others: PluginSet) {
    adapters += others.adapters
    sources += others.sources
    detectors += others.detectors
    sinks += others.sinks
  }

  public var isEmpty: Bool { adapters.isEmpty && sources.isEmpty && detectors.isEmpty && sinks.isEmpty }

  /// What each is called, and the list of a configuration in which it is called so; adapters and sources share one.
  public var names: [(name: String, list: String)] {
    adapters.map { ($0.name, "sources") } + sources.map { ($0.name, "sources") }
      + detectors.map { ($0.name, "detectors") } + sinks.map { ($0.name, "sinks") }
  }
}

extension Registry {
  public init(_ plugins: PluginSet) throws(RegistryError) {
    try self.init(
      adapters: plugins.adapters, sources: plugins.sources, detectors: plugins.detectors, sinks: plugins.sinks)
  }
}
