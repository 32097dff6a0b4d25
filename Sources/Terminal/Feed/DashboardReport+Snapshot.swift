internal import ArbdFramework

extension DashboardReport {
  /// The report of a run at one moment.
  init(_ snapshot: OperationsSnapshot, _ source: DashboardSource) {
    configuration = source.configuration
    version = source.version
    phase = snapshot.phase.rawValue
    // When the counts were made, so that rates reckoned from two reports are right.
    uptime = (snapshot.elapsed - (snapshot.coreAge ?? .zero)) / .seconds(1)
    let core = snapshot.core ?? CoreSnapshot()
    events = core.counts.events
    alerts = core.counts.alerts
    process = source.process()
    fees = source.fees
    equalAssets = source.equalAssets
    sinks = snapshot.sinks.map { SinkRow($0) }
    feeds = DashboardReport.feeds(snapshot, core)
    detectors = source.detectors.map { detector in
      var row = detector
      guard let known = core.detectors.first(where: { $0.name == row.name }) else { return row }
      row.windows = known.counts.windows
      row.alerts = known.counts.alerts
      row.late = known.counts.late
      return row
    }
  }

  private static func feeds(_ snapshot: OperationsSnapshot, _ core: CoreSnapshot) -> [FeedRow] {
    let age = snapshot.coreAge.map { $0 / .seconds(1) } ?? 0
    var ages: [String: Double] = [:]
    for feed in core.feeds {
      ages[feed.market.venue] = max(ages[feed.market.venue] ?? 0, feed.age / .seconds(1) + age)
    }
    var late: [String: UInt64] = [:]
    for detector in core.detectors { late.merge(detector.lateByVenue) { $0 &+ $1 } }
    var traffic: [FeedKey: VenueCounts] = [:]
    for item in core.traffic { traffic[FeedKey(venue: item.venue, number: item.number)] = item.counts }

    func row(_ venue: String, _ number: Int?, _ state: String, isFirst: Bool) -> FeedRow {
      var row = FeedRow(venue: venue, connection: number, state: state)
      let counts = number.flatMap { traffic[FeedKey(venue: venue, number: $0)] } ?? VenueCounts()
      row.messages = counts.frames.total
      row.reconnects = counts.connects > 0 ? counts.connects - 1 : 0
      row.gaps = counts.gaps &+ min(counts.missing, 1 << 60)
      // Detectors know venues, not connections: said once.
      row.late = isFirst ? late[venue] ?? 0 : nil
      row.clockOffset = core.leastLags[venue].map { Double($0) / 1e3 }
      row.worstAge = ages[venue]
      return row
    }

    var rows: [FeedRow] = []
    var seen: Set<String> = []
    for connection in core.connections {
      let isFirst = seen.insert(connection.venue).inserted
      var row = row(connection.venue, connection.number, connection.state.rawValue, isFirst: isFirst)
      row.reason = connection.reason
      row.streams = connection.streams.count
      row.liveStreams = connection.streams.count { $0.state == .live }
      let ill = connection.streams.first { $0.state.withdrawsMarkets }
      if connection.state == .live, let ill {
        row.state = ill.state.rawValue
        row.reason = "\(ill.market.instrument) \(ill.channel.rawValue): \(ill.reason)"
      }
      rows.append(row)
    }
    // Venues whose frames come from a capture have no connection.
    for item in core.traffic where !core.connections.contains(where: { $0.venue == item.venue }) {
      rows.append(row(item.venue, item.number, "open", isFirst: seen.insert(item.venue).inserted))
    }
    for input in snapshot.inputs {
      var row = FeedRow(venue: input.name, state: input.isOpen ? "open" : "connecting")
      // Which of several brought a record is not known.
      row.messages = snapshot.inputs.count == 1 ? core.counts.records : 0
      // Records say their venue themselves, and come over no connection of it.
      row.worstAge = ages.filter { !seen.contains($0.key) }.values.max()
      rows.append(row)
    }
    return rows
  }

  private struct FeedKey: Hashable {
    let venue: String
    let number: Int
  }
}

extension SinkRow {
  init(_ sink: SinkSnapshot) {
    self.init(name: sink.name)
    isConnected = sink.isConnected
    fault = sink.fault
    queued = sink.queued
    capacity = sink.capacity
    waiting = sink.counts.waiting
    delivered = sink.counts.delivered
    retries = sink.counts.retries
    deadLetters = sink.counts.rejected
    dropped = sink.counts.dropped
  }
}
