internal import Logging

/// Checks what no part of a configuration can tell alone: whether detectors name markets that sources bring.
struct ConfigurationReferences {
  /// The markets that sources bring; nil when one of them may bring any.
  private var provided: [ProvidedMarket]? = []
  /// The venues that sources bring; nil when one of them may bring any.
  private var venues: Set<String>? = []
  /// The sources and sinks that share records out, and by what.
  private(set) var keys: [(path: ConfigurationPath, key: RecordKey)] = []

  /// Makes the plugins of the configuration and lets go of them again; nothing is opened.
  static func check(_ configuration: Configuration, _ registry: Registry, _ diagnostics: inout Diagnostics) {
    var references = ConfigurationReferences()
    references.addUnreadable(in: configuration, registry)
    let logger = Logger(label: "arbd") { _ in SwiftLogNoOpLogHandler() }
    let markets = MarketTable()
    func made<Slot>(_ item: PluginItem<Slot>, _ diagnostics: inout Diagnostics) -> Slot.Product? {
      do {
        return try item.make(PluginContext(logger: logger, name: item.name, markets: markets))
      } catch let error as OptionError {
        diagnostics.error(error.message, at: item.node.position(of: error.key))
      } catch {
        diagnostics.error("\(error)", at: item.node.position)
      }
      return nil
    }
    var sources: [(any Source)?] = []
    for item in configuration.sources {
      let product = made(item, &diagnostics)
      sources.append(product?.source)
      switch product {
      case .source(let source):
        references.add(source.provides)
        if let key = source.partitionedBy { references.keys.append((item.node.position.path, key)) }
      case .adapter(let adapter): references.add(adapter.provides)
      case nil:
        references.provided = nil
        if item.descriptor.isVenue {
          references.venues?.insert(item.descriptor.name)
        } else {
          references.venues = nil
        }
      }
    }
    var detectorsMade: [(any Detector, PluginItem<DetectorSlot>)] = []
    for item in configuration.detectors {
      guard let detector = made(item, &diagnostics) else { continue }
      detectorsMade.append((detector, item))
      references.checkMarkets(of: detector, item, &diagnostics)
      references.checkKeys(of: detector, item, &diagnostics)
      if configuration.feesAreReadable {
        references.checkFees(of: detector, item, configuration.feeSchedule, &diagnostics)
      }
    }
    references.checkFeeNames(configuration, &diagnostics)
    let detectors = detectorNames(of: configuration)
    for item in configuration.sinks {
      let sink = made(item, &diagnostics)
      if let scope = (sink as? any TransactionalSink)?.transactionScope {
        checkTransactions(scope, of: item, sources, in: configuration, &diagnostics)
      }
      let key = sink?.partitionedBy
      if let key, item.common.records.contains(where: { $0 != .alert }) {
        let sink = item.node.position
        for (detector, place) in detectorsMade {
          references.checkKey(key, of: sink, for: detector, place, &diagnostics)
        }
      }
      references.checkFilter(of: item, detectors: detectors, &diagnostics)
    }
  }

  private mutating func add(_ markets: [ProvidedMarket]?) {
    guard let markets else {
      (provided, venues) = (nil, nil)
      return
    }
    provided? += markets
    venues?.formUnion(markets.map(\.market.venue))
  }

  /// Of a source with mistakes, the type tells the venue when it is an adapter's.
  private mutating func addUnreadable(in configuration: Configuration, _ registry: Registry) {
    let readable = Set(configuration.sources.map(\.node.position.offset))
    for element in configuration.node["sources"]?.elements ?? [] where !readable.contains(element.position.offset) {
      provided = nil
      guard case .string(let type)? = element["type"]?.value, let name = type.text,
        registry.adapters.contains(where: { $0.name == name && $0.isVenue })
      else {
        venues = nil
        return
      }
      venues?.insert(name)
    }
  }

  private func checkMarkets(
    of detector: any Detector, _ item: PluginItem<DetectorSlot>, _ diagnostics: inout Diagnostics
  ) {
    var knowsAllVenues = true
    for (venue, place) in zip(detector.venues, item.node["venues"]?.elements ?? []) {
      guard let venues, !venues.contains(venue) else { continue }
      knowsAllVenues = false
      let suggestion = Spelling.suggestion(for: venue, among: venues.sorted(), noun: "venues")
      diagnostics.error("no source provides venue \(Quoted(venue))", at: place.position, suggestion: suggestion)
    }
    guard knowsAllVenues, let provided else { return }

    let evaluation = detector.makeEvaluation(fees: FeeSchedule())
    let members = provided.filter { evaluation.admit($0.market) }
    let wanted: Channel = detector.settings.input == .trades ? .trades : .quotes
    let usable = members.filter { $0.channel == wanted }
    if members.isEmpty {
      let known = Spelling.known(Set(provided.map(\.market.description)).sorted(), noun: "markets")
      diagnostics.error("no source provides a market of this detector", at: item.node.position, suggestion: known)
    } else if usable.isEmpty {
      diagnostics.error(
        "the detector reads \(wanted.rawValue), and no source provides them for its markets",
        at: item.node.position(of: "input"), suggestion: "add \(Quoted(wanted.rawValue)) to the source's \"channels\"")
    } else {
      warnOfVenues(of: detector, item, members: members, wanted, among: provided, &diagnostics)
    }
  }

  /// A venue that brings none of the detector's markets is mostly a missing group in `treat_as_equal`.
  private func warnOfVenues(
    of detector: any Detector, _ item: PluginItem<DetectorSlot>, members: [ProvidedMarket],
    _ wanted: Channel, among provided: [ProvidedMarket], _ diagnostics: inout Diagnostics
  ) {
    for (venue, place) in zip(detector.venues, item.node["venues"]?.elements ?? []) {
      let there = members.filter { $0.market.venue == venue }
      if there.contains(where: { $0.channel == wanted }) { continue }
      if there.isEmpty {
        let others = provided.filter { $0.market.venue == venue }.map { "\($0.market.instrument)" }
        diagnostics.warning(
          "no source provides a market of this detector at \(Quoted(venue)), so the venue takes no part",
          at: place.position, suggestion: Spelling.known(Set(others).sorted(), noun: "instruments there"))
      } else {
        diagnostics.warning(
          "no source provides \(wanted.rawValue) of this detector's markets at \(Quoted(venue)), "
            + "so the venue takes no part", at: place.position,
          suggestion: "add \(Quoted(wanted.rawValue)) to the source's \"channels\"")
      }
    }
  }

  /// Those with mistakes elsewhere as well; nil when one of them does not say.
  private static func detectorNames(of configuration: Configuration) -> [String]? {
    let readable = Dictionary(
      configuration.detectors.map { ($0.node.position.offset, $0.name) }, uniquingKeysWith: { first, _ in first })
    var names: [String] = []
    for element in configuration.node["detectors"]?.elements ?? [] {
      if let name = readable[element.position.offset] {
        names.append(name)
      } else if case .string(let written)? = element["name"]?.value, let name = written.text {
        names.append(name)
      } else {
        return nil
      }
    }
    return names
  }

  /// A name that is misspelt takes its fee with it. Where a detector has it as well, that is reported.
  private func checkFeeNames(_ configuration: Configuration, _ diagnostics: inout Diagnostics) {
    guard let venues else { return }
    let wanted = configuration.node["detectors"]?.elements.flatMap { $0["venues"]?.elements ?? [] }.compactMap {
      if case .string(let written) = $0.value { written.text } else { nil }
    }
    let known = venues.union(wanted ?? [])
    for member in configuration.node["fees"]?.members ?? [] where !known.contains(member.key) {
      let suggestion = Spelling.suggestion(for: member.key, among: venues.sorted(), noun: "venues")
      diagnostics.warning(
        "no source provides venue \(Quoted(member.key)), so its fee is not used", at: member.node.position,
        suggestion: suggestion)
    }
  }

  /// `detectors`: nil where not all names are known.
  private func checkFilter(
    of item: PluginItem<SinkSlot>, detectors: [String]?, _ diagnostics: inout Diagnostics
  ) {
    let node = item.node["filter"]
    for (name, place) in zip(item.common.filter?.detectors ?? [], node?["detectors"]?.elements ?? []) {
      guard let detectors, !detectors.contains(name) else { continue }
      let suggestion = Spelling.suggestion(for: name, among: detectors, noun: "detectors")
      diagnostics.error("no detector is named \(Quoted(name))", at: place.position, suggestion: suggestion)
    }
    for (venue, place) in zip(item.common.filter?.venues ?? [], node?["venues"]?.elements ?? []) {
      guard let venues, !venues.contains(venue) else { continue }
      let suggestion = Spelling.suggestion(for: venue, among: venues.sorted(), noun: "venues")
      diagnostics.error("no source provides venue \(Quoted(venue))", at: place.position, suggestion: suggestion)
    }
    guard let provided else { return }
    let instruments = Set(provided.map(\.market.instrument))
    for (instrument, place) in zip(item.common.filter?.instruments ?? [], node?["instruments"]?.elements ?? [])
    where !instruments.contains(instrument) {
      let suggestion = Spelling.suggestion(
        for: "\(instrument)", among: instruments.map(\.description).sorted(), noun: "instruments")
      diagnostics.error(
        "no source provides instrument \(Quoted("\(instrument)"))", at: place.position, suggestion: suggestion)
    }
  }

  private func checkFees(
    of detector: any Detector, _ item: PluginItem<DetectorSlot>, _ fees: FeeSchedule,
    _ diagnostics: inout Diagnostics
  ) {
    for (venue, place) in zip(detector.venues, item.node["venues"]?.elements ?? []) where !fees.names(venue) {
      diagnostics.warning("venue \(Quoted(venue)) has no fee in \"fees\"; 0 is taken", at: place.position)
    }
  }
}
