internal import Logging

/// Are the instruments of a run's sources listed? Asked before anything connects.
struct InstrumentCheck {
  private let service: InstrumentService
  private let logger: Logger
  /// By target: the newest list there is.
  private(set) var lists: [InstrumentList?]

  /// How long a venue has for its answer before the run goes on without.
  static let patience = Duration.seconds(10)

  init(_ service: InstrumentService, logger: Logger) {
    self.service = service
    self.logger = logger
    lists = service.targets.indices.map { service.cached($0) }
  }

  /// Throws when a venue says that it does not list an instrument. One whose list cannot be had, now or from an earlier
  /// time, is taken at the configuration's word.
  mutating func run() throws(UnlistedInstruments) {
    // What was listed once is taken to be there until the venue says otherwise.
    var open = Set(service.targets.indices.filter { !isCovered($0) })
    var reasons: [Int: String] = [:]
    var fresh: Set<Int> = []
    let start = ContinuousClock.now
    while !open.isEmpty {
      let rest = InstrumentCheck.patience - (.now - start)
      let news = rest > .zero ? service.waitForNews(atMost: rest) : []
      if news.isEmpty, rest <= .zero { break }
      for item in news {
        switch item {
        case .list(let target, let list):
          lists[target] = list
          fresh.insert(target)
          open.remove(target)
        case .failed(let target, let reason):
          reasons[target] = reason
          open.remove(target)
        }
      }
    }
    for (number, target) in service.targets.enumerated() where !fresh.contains(number) {
      guard let reason = reasons[number] ?? (open.contains(number) ? "no answer yet" : nil) else { continue }
      let instead = lists[number] == nil ? "its instruments are taken as they are named" : "an earlier one is used"
      logger.warning("no list of instruments from \(target.venue): \(reason); \(instead)")
    }
    let complaints = service.targets.enumerated().flatMap { number, target -> [String] in
      guard fresh.contains(number), let list = lists[number] else { return [] }
      return list.unlisted(among: target.wanted).map { list.complaint(about: $0, at: target.venue) }
    }
    if !complaints.isEmpty { throw UnlistedInstruments(complaints: complaints) }
  }

  private func isCovered(_ target: Int) -> Bool {
    lists[target].map { $0.unlisted(among: service.targets[target].wanted).isEmpty } ?? false
  }
}

/// A configuration names instruments that venues do not list.
struct UnlistedInstruments: Error, CustomStringConvertible {
  let complaints: [String]

  var description: String { complaints.joined(separator: "; ") }
}

extension InstrumentService {
  /// For the sources whose venues have lists, a target for each venue and address.
  convenience init(_ sources: [LiveSource], _ means: LiveMeans, logger: Logger) {
    var targets: [Target] = []
    for (place, source) in sources.enumerated() {
      guard let path = type(of: source.adapter).instrumentsPath, var request = source.fetchRequest(path) else {
        continue
      }
      request.maximumResponseBytes = InstrumentService.maximumBytes
      request.timeout = .seconds(30)
      if let known = targets.firstIndex(where: { $0.request == request }) {
        targets[known].sources.append(place)
        targets[known].wanted += source.adapter.instruments.filter { !targets[known].wanted.contains($0) }
      } else {
        let isReal = source.options.endpoint == nil && source.options.restEndpoint == nil
        targets.append(
          Target(
            sources: [place], venue: source.venue.id, adapter: type(of: source.adapter), request: request,
            interval: source.options.instrumentRefresh.duration, cache: isReal ? means.instruments : nil,
            wanted: source.adapter.instruments))
      }
    }
    self.init(targets, makeNetwork: means.makeNetwork, logger: logger)
  }
}
