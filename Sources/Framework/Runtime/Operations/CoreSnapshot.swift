/// What the core of a run has counted and knows at one moment: a value, made on the core's thread about once a second, for
/// whoever looks from outside.
package struct CoreSnapshot: Sendable {
  package var counts = PipelineCounts()
  /// In the order of the config.
  package var detectors: [DetectorSnapshot] = []
  /// What has happened over each connection, in the order of the venues.
  package var traffic: [ConnectionTraffic] = []
  /// By venue: from event time to receive time.
  package var lags: [(venue: String, lag: LatencyHistogram)] = []
  /// By venue: the least of it since the snapshot before, in microseconds; below 0 where the venue's clock is ahead.
  package var leastLags: [String: Int64] = [:]
  package var feeds: [FeedSnapshot] = []
  /// Feeds that are not in `feeds` because there are too many.
  package var feedsLeftOut = 0
  /// Of the live sources, in the order of the config.
  package var connections: [ConnectionSnapshot] = []
  /// From the receive time of a batch's first frame to the moment at which the detectors have seen the whole batch.
  package var detectionLatency = LatencyHistogram()
  /// By file.
  package var captures: [(path: String, lost: Int)] = []
  /// What the sources that are no venues counted themselves, in the order of the config.
  package var sourceCounts: [[String: UInt64]] = []

  package init() {}
}

package struct DetectorSnapshot: Sendable {
  package let name: String
  package let counts: DetectorCounts
  /// Windows that hold records and have not fired.
  package let openWindows: Int
  /// How far its watermark is behind the clock; nil before its first record.
  package let watermarkLag: Duration?
  /// Records that came after their window.
  package var lateByVenue: [String: UInt64] = [:]
}

/// What has happened over one connection: for a live one, over both of its sockets together.
package struct ConnectionTraffic: Sendable {
  package let venue: String
  /// As in logs and captures; of a live connection's two numbers the first.
  package let number: Int
  package var counts: VenueCounts
}

/// One channel of one market: when there last was data.
package struct FeedSnapshot: Sendable {
  package let market: Market
  package let channel: Channel
  /// How far the last data is behind the clock.
  package let age: Duration
}

/// A live connection and its streams.
package struct ConnectionSnapshot: Sendable {
  package struct Stream: Sendable {
    package let market: Market
    package let channel: Channel
    package let state: VenueStatus.State
    /// Why it is not live; may be empty.
    package let reason: String
  }

  /// The source's, as messages call it: `sources[0] binance`.
  package let source: String
  package let venue: String
  /// As `ConnectionTraffic.number`.
  package let number: Int
  package let state: VenueStatus.State
  /// Why it is not live; may be empty.
  package let reason: String
  package let streams: [Stream]
}
