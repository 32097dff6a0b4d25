import ArbdOperations

@testable import ArbdFramework

/// A run at work with one of everything, every count another number.
enum SampleReport {
  static let market = Market(venue: "coinbase", instrument: Instrument(base: "BTC", quote: "USD"))

  static func make() -> OperationsReport {
    OperationsReport(
      run: run(),
      process: ProcessStatus(residentBytes: 8_192, cpuSeconds: 1.5, startTime: 1_700_000_000.25, openFiles: 12),
      version: "1.2.3")
  }

  static func run() -> OperationsSnapshot {
    var run = OperationsSnapshot()
    run.phase = .running
    run.elapsed = .seconds(90)
    run.sinceTurn = .milliseconds(250)
    run.coreAge = .milliseconds(500)
    run.core = core()
    run.inputs = [
      InputSnapshot(name: "sources[1] replay", isOpen: true, figures: [PluginFigure("kafka_partitions", 45)])
    ]
    run.venues = ["sources[0] coinbase"]
    var delivered = SinkCounts()
    (delivered.delivered, delivered.retries) = (41, 42)
    run.journal = JournalCounts()
    run.sinks = [
      SinkSnapshot(
        name: "alerts", isConnected: true, fault: nil, queued: 43, capacity: 44, counts: delivered,
        figures: [PluginFigure("kafka_queued_bytes", 46)])
    ]
    return run
  }

  private static func core() -> CoreSnapshot {
    var core = CoreSnapshot()
    core.counts.events = 1
    core.counts.records = 2
    core.counts.trades = 3
    core.counts.quotes = 4
    core.counts.unpublished = 5
    var detector = DetectorCounts()
    (detector.windows, detector.alerts, detector.late, detector.rejected, detector.truncated) = (11, 12, 13, 14, 15)
    core.detectors = [
      DetectorSnapshot(name: "btc", counts: detector, openWindows: 16, watermarkLag: .milliseconds(2_500))
    ]
    core.traffic = [ConnectionTraffic(venue: "coinbase", number: 2, counts: venue())]
    var lag = LatencyHistogram()
    for span: Int64 in [0, 3, 1_000, 70_000_000] { lag.add(microseconds: span) }
    core.lags = [("coinbase", lag)]
    core.detectionLatency = lag
    core.feeds = [FeedSnapshot(market: market, channel: .trades, age: .milliseconds(125))]
    core.feedsLeftOut = 17
    core.connections = [connection(.live, stream: .stale, "no trades for 30 s")]
    core.captures = [("a.jsonl", 18)]
    core.sourceCounts = [["skipped": 19]]
    return core
  }

  static func connection(
    _ state: VenueStatus.State, _ reason: String = "", stream: VenueStatus.State, _ streamReason: String = ""
  ) -> ConnectionSnapshot {
    ConnectionSnapshot(
      source: "sources[0] coinbase", venue: "coinbase", number: 2, state: state, reason: reason,
      streams: [
        ConnectionSnapshot.Stream(market: market, channel: .trades, state: stream, reason: streamReason)
      ])
  }

  private static func venue() -> VenueCounts {
    var venue = VenueCounts()
    for (kind, count): (FrameKind, Int) in [(.data, 21), (.control, 22), (.ignored, 23), (.unknown, 24)] {
      for _ in 0..<count { venue.frames.count(kind) }
    }
    for (place, reason) in UndecodableReason.allCases.enumerated() {
      for _ in 0...place { venue.frames.count(reason) }
    }
    (venue.connects, venue.disconnects, venue.acknowledged, venue.refused) = (31, 32, 33, 34)
    (venue.venueErrors, venue.duplicates, venue.recovered, venue.statusChanges) = (35, 36, 38, 39)
    venue.addMissing(37)
    return venue
  }
}
