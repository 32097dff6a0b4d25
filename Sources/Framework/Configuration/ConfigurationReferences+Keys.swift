extension ConfigurationReferences {
  /// Where several runs share the records of a source, each gets those of some keys: a detector whose markets have
  /// different keys would see only some of them.
  func checkKeys(
    of detector: any Detector, _ item: PluginItem<DetectorSlot>, _ diagnostics: inout Diagnostics
  ) {
    for (path, key) in keys {
      guard let names = key.severalKeys(of: detector) else { continue }
      diagnostics.error(
        "its markets have the keys \(names) in \(path), whose records are shared out by key, so that no run is sure to "
          + "see all of them", at: item.node.position, suggestion: key.remedy(for: detector))
    }
  }

  /// Here the detector sees everything; one like it that reads what the sink writes would not.
  func checkKey(
    _ key: RecordKey, of sink: ConfigurationPosition, for detector: any Detector, _ item: PluginItem<DetectorSlot>,
    _ diagnostics: inout Diagnostics
  ) {
    guard let names = key.severalKeys(of: detector) else { return }
    diagnostics.warning(
      "the markets of \(item.node.position.path) get the keys \(names), so runs that share what is written here could not "
        + "detect what it does", at: sink, suggestion: key.remedy(for: detector))
  }
}

extension RecordKey {
  /// The keys that records of the detector's markets have.
  func keys(of detector: any Detector) -> [String] {
    let keys = RecordKeys(self)
    let markets = detector.venues.flatMap { venue in
      detector.instruments.map { Market(venue: venue, instrument: $0) }
    }
    return Set(markets.map { keys.key(of: $0) }).sorted()
  }

  /// Those keys as a message names them; nil where there is one alone.
  fileprivate func severalKeys(of detector: any Detector) -> String? {
    let found = keys(of: detector)
    guard found.count > 1 else { return nil }
    return found.prefix(4).map { "\(Quoted($0))" }.joined(separator: ", ") + (found.count > 4 ? ", …" : "")
  }

  /// What to write in place of it, there and at the sink that fills the topic.
  fileprivate func remedy(for detector: any Detector) -> String {
    if RecordKey.base.keys(of: detector).count == 1 { return "use \"key\": \"base\" there and where they are written" }
    let assets = Set(detector.instruments.map(\.base)).sorted().map { "\(Quoted($0))" }.joined(separator: ", ")
    return
      "use \"key\": { \"group\": { \(Quoted(detector.settings.name)): [\(assets)] } } there and where they are written"
  }
}
