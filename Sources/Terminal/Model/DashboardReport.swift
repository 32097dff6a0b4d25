/// How a run is doing: everything but market data, about once a second. Counts are totals since the start of the run; rates
/// are the model's work, which keeps the report before.
package struct DashboardReport: Codable, Sendable, Equatable {
  /// The configuration's file name.
  package var configuration = ""
  package var version = ""
  /// `starting`, `running` or `stopping`.
  package var phase = "running"
  /// Seconds.
  package var uptime = 0.0
  package var events: UInt64 = 0
  package var alerts: UInt64 = 0
  package var process = ProcessRow()
  package var feeds: [FeedRow] = []
  package var sinks: [SinkRow] = []
  package var detectors: [DetectorRow] = []
  /// What each venue takes, in basis points; 0 where it is not named.
  package var fees: [String: Double] = [:]
  /// Groups of quote assets that count as one somewhere.
  package var equalAssets: [[String]] = []

  package init() {}
}

/// What the system says of the daemon's process.
package struct ProcessRow: Codable, Sendable, Equatable {
  /// Spent so far.
  package var cpuSeconds = 0.0
  package var residentBytes: UInt64 = 0

  package init(cpuSeconds: Double = 0, residentBytes: UInt64 = 0) {
    self.cpuSeconds = cpuSeconds
    self.residentBytes = residentBytes
  }
}

/// A connection to a venue, or a source that is none.
package struct FeedRow: Codable, Sendable, Equatable {
  /// By what it is known: `binance`, or `sources[0] replay`.
  package var venue: String
  /// Of several connections to one venue, which; nil for a source that is no venue.
  package var connection: Int?
  /// `connecting`, `live`, `stale`, `resynchronising`, `down`; `open` or `closed` of a source that is no venue.
  package var state: String
  /// Why it is not live; may be empty.
  package var reason = ""
  /// Streams, and those of them that are live.
  package var streams = 0
  package var liveStreams = 0
  package var messages: UInt64 = 0
  package var reconnects: UInt64 = 0
  /// Order books that got out of step, and trades that did not arrive.
  package var gaps: UInt64 = 0
  /// Records that came after their window, at all detectors; nil where that is not known by venue.
  package var late: UInt64?
  /// Receive time less event time, in milliseconds: the least of late, below 0 when the venue's clock is ahead.
  package var clockOffset: Double?
  /// Seconds since the stream that is silent for longest had data; nil before the first.
  package var worstAge: Double?

  package init(venue: String, connection: Int? = nil, state: String) {
    self.venue = venue
    self.connection = connection
    self.state = state
  }
}

/// A sink.
package struct SinkRow: Codable, Sendable, Equatable {
  package var name: String
  package var isConnected = false
  /// Why it does not deliver at present.
  package var fault: String?
  /// Records in its queue, and how many it holds.
  package var queued = 0
  package var capacity = 0
  /// Alerts that wait for it in the journal.
  package var waiting: UInt64 = 0
  package var delivered: UInt64 = 0
  package var retries: UInt64 = 0
  package var deadLetters: UInt64 = 0
  package var dropped: UInt64 = 0

  package init(name: String) { self.name = name }

  /// What it has yet to deliver.
  package var lag: UInt64 { UInt64(max(0, queued)) &+ waiting }
}

/// A detector and what it asks for.
package struct DetectorRow: Codable, Sendable, Equatable {
  package var name: String
  /// `spread` or `cycle`.
  package var type: String
  package var venues: [String] = []
  /// `BTC-USD` of a spread; the assets of a cycle.
  package var subject = ""
  /// Thresholds, in the quote asset and in basis points; nil where not asked for.
  package var absoluteThreshold: Double?
  package var grossThreshold: Double?
  package var netThreshold: Double?
  package var windows: UInt64 = 0
  package var alerts: UInt64 = 0
  package var late: UInt64 = 0

  package init(name: String, type: String) {
    self.name = name
    self.type = type
  }
}
