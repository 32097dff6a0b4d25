extension Pipeline {
  /// More feeds than these are only counted: a file of made-up instruments must not make pages of any length.
  static var mostFeeds: Int { 10_000 }

  /// What it has counted, without what only the run around it knows.
  func snapshot() -> CoreSnapshot {
    var snapshot = CoreSnapshot()
    snapshot.counts = counts
    snapshot.detectors = detectorSnapshots
    let links = sessionLinks
    snapshot.traffic = Pipeline.traffic(of: links)
    snapshot.lags = Pipeline.lags(of: links)
    for link in links {
      guard let least = link.lag.takeLeast() else { continue }
      snapshot.leastLags[link.venue] = min(least, snapshot.leastLags[link.venue] ?? .max)
    }
    addFeeds(of: links, to: &snapshot)
    return snapshot
  }

  private static func traffic(of links: [SessionLink]) -> [ConnectionTraffic] {
    var traffic: [ConnectionTraffic] = []
    for link in links {
      // A live connection's two sockets have an even number and the odd one after it.
      let number = link.isLive ? link.number & ~1 : link.number
      if let place = traffic.firstIndex(where: { $0.venue == link.venue && $0.number == number }) {
        traffic[place].counts.add(link.counts)
      } else {
        traffic.append(ConnectionTraffic(venue: link.venue, number: number, counts: link.counts))
      }
    }
    return traffic.sorted { ($0.venue, $0.number) < ($1.venue, $1.number) }
  }

  private static func lags(of links: [SessionLink]) -> [(venue: String, lag: LatencyHistogram)] {
    var lags: [String: LatencyHistogram] = [:]
    for link in links { lags[link.venue, default: LatencyHistogram()].add(link.lag) }
    return lags.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private func addFeeds(of links: [SessionLink], to snapshot: inout CoreSnapshot) {
    var newest = recordTimes
    for link in links { newest.merge(link.streamTimes) }
    for (market, channel, time) in newest.known {
      guard snapshot.feeds.count < Pipeline.mostFeeds else {
        snapshot.feedsLeftOut += 1
        continue
      }
      let age = max(0, clock.microseconds - time.microseconds)
      snapshot.feeds.append(FeedSnapshot(market: name(of: market), channel: channel, age: .microseconds(age)))
    }
  }
}
