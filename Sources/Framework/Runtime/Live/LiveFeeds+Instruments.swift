// What venues list changes while a run goes on.

internal import Logging

extension LiveFeeds {
  /// Status events for instruments that are new at a venue, at most so many for each list.
  private static let mostNewInstruments = 20

  /// The lists as they were when the run began.
  func begin(with lists: [InstrumentList?]) {
    for (target, list) in lists.enumerated() { if let list { apply(list, target) } }
  }

  func takeInstrumentNews() {
    guard let instruments else { return }
    for news in instruments.takeNews() {
      switch news {
      case .list(let target, let list): apply(list, target)
      case .failed(let target, let reason):
        logger.warning("no list of instruments from \(instruments.targets[target].venue): \(reason)")
      }
    }
  }

  private func apply(_ list: InstrumentList, _ number: Int) {
    guard let target = instruments?.targets[number] else { return }
    for place in connections.indices where target.sources.contains(connections[place].source) {
      var seen: Set<MarketID> = []
      for subscription in connections[place].machine.plan.subscriptions where seen.insert(subscription.market).inserted
      {
        let reason: String? =
          switch list[subscription.instrument]?.status {
          case .trading?: nil
          case .halted(let word)?: "not traded now: \(word.printable)"
          case nil: list.complaint(about: subscription.instrument, at: target.venue)
          }
        tell(place, .listed(subscription.market, obstacle: reason))
      }
    }
    if let old = lists[number] { announce(list.changes(since: old), target) }
    lists[number] = list
  }

  private func announce(_ changes: [InstrumentList.Change], _ target: InstrumentService.Target) {
    var listed: [Instrument] = []
    for case .listed(let instrument) in changes { listed.append(instrument) }
    guard !listed.isEmpty, let source = target.sources.first else { return }
    let names = listed.prefix(LiveFeeds.mostNewInstruments).map(\.description).joined(separator: ", ")
    logger.notice(
      "\(target.venue) lists \(listed.count) more: \(names)\(listed.count > LiveFeeds.mostNewInstruments ? ", …" : "")")
    guard let place = connections.firstIndex(where: { $0.source == source }) else { return }
    for instrument in listed.prefix(LiveFeeds.mostNewInstruments) {
      guard let market = log.markets.intern(Market(venue: target.venue, instrument: instrument)) else { continue }
      newlyListed.append((connections[place].id(of: .first), market))
    }
  }

  /// What is new at a venue stands in the log as well.
  func tellNewlyListed() {
    for (connection, market) in newlyListed {
      let reason = batch.store("newly listed".utf8Span.span.bytes)
      batch.append(.status(connection, market: market, channel: nil, .live, reason: reason, at: clock.now()))
    }
    newlyListed.removeAll()
  }
}
