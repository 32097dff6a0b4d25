internal import ArbdFramework

extension Metric {
  static let connections: [Metric] = [
    Metric(
      "arbd_frames_total", .counter, "Frames that could be read, by what they held.",
      by: ["venue", "connection", "kind"]
    ) { report, samples in
      for traffic in report.run.core?.traffic ?? [] {
        let frames = traffic.counts.frames
        for (kind, count) in [
          ("data", frames.data), ("control", frames.control), ("ignored", frames.ignored), ("unknown", frames.unknown),
        ] {
          samples.add(["venue": traffic.venue, "connection": "\(traffic.number)", "kind": kind], count)
        }
      }
    },
    Metric(
      "arbd_frames_undecodable_total", .counter, "Frames and answers that could not be read.",
      by: ["venue", "connection", "reason"]
    ) { report, samples in
      for traffic in report.run.core?.traffic ?? [] {
        for reason in UndecodableReason.allCases {
          samples.add(
            ["venue": traffic.venue, "connection": "\(traffic.number)", "reason": reason.rawValue],
            traffic.counts.frames[reason])
        }
      }
    },
    traffic("arbd_connects_total", "Connections that were made.", \.connects),
    traffic("arbd_disconnects_total", "Connections that ended.", \.disconnects),
    traffic("arbd_subscriptions_acknowledged_total", "Subscriptions that the venue confirmed.", \.acknowledged),
    traffic("arbd_subscriptions_refused_total", "Subscriptions that the venue refused.", \.refused),
    traffic("arbd_venue_errors_total", "Errors that the venue reported, about no subscription.", \.venueErrors),
    traffic("arbd_trades_missing_total", "Trades that did not arrive, by the gaps in their ids.", \.missing),
    traffic("arbd_trades_recovered_total", "Of those, the ones that arrived later.", \.recovered),
    traffic("arbd_trades_duplicate_total", "Repeated data that was left out.", \.duplicates),
    traffic("arbd_book_updates_total", "Messages about order books.", \.bookUpdates),
    traffic(
      "arbd_book_updates_skipped_total", "Of those, the ones older than the book or before its snapshot.",
      \.skippedUpdates),
    traffic("arbd_book_gaps_total", "How often an order book got out of step.", \.gaps),
    traffic("arbd_book_levels_bad_total", "Levels of order books that no book can hold.", \.badLevels),
    traffic("arbd_status_changes_total", "Changes of state, of the connection or of a stream.", \.statusChanges),
    Metric(
      "arbd_connection_state", .gauge, "1 for the state that a live connection is in, 0 for the others.",
      by: ["source", "venue", "connection", "state"]
    ) { report, samples in
      for connection in report.run.core?.connections ?? [] {
        for state in VenueStatus.State.allCases {
          samples.add(
            [
              "source": connection.source, "venue": connection.venue, "connection": "\(connection.number)",
              "state": state.rawValue,
            ], state == connection.state ? 1 : 0 as UInt64)
        }
      }
    },
  ]

  static let feeds: [Metric] = [
    Metric(
      "arbd_stream_state", .gauge, "1 for the state that a live stream is in, 0 for the others.",
      by: ["source", "venue", "instrument", "channel", "state"]
    ) { report, samples in
      for connection in report.run.core?.connections ?? [] {
        for stream in connection.streams { add(stream, of: connection, samples) }
      }
    },
    Metric(
      "arbd_feed_age_seconds", .gauge, "How far the last data is behind the run's clock.",
      by: ["venue", "instrument", "channel"]
    ) { report, samples in
      for feed in report.run.core?.feeds ?? [] {
        samples.add(
          [
            "venue": feed.market.venue, "instrument": feed.market.instrument.description,
            "channel": feed.channel.rawValue,
          ], feed.age.inSeconds)
      }
    },
    Metric("arbd_feeds_left_out", .gauge, "Feeds without an age above, because there are more than 10,000.") {
      if let core = $0.run.core { $1.add(UInt64(core.feedsLeftOut)) }
    },
    Metric(
      "arbd_feed_lag_seconds", .histogram,
      "From event time to receive time, of the venues whose frames are read here; 0 where their clock is ahead.",
      by: ["venue"]
    ) { report, samples in
      for (venue, lag) in report.run.core?.lags ?? [] { samples.add(["venue": venue], lag) }
    },
    Metric(
      "arbd_detection_latency_seconds", .histogram,
      "From the moment at which a socket was found readable to that at which detectors have seen what was in it: of each turn, the socket that waited longest."
    ) { report, samples in
      if let core = report.run.core, !core.connections.isEmpty { samples.add(core.detectionLatency) }
    },
    Metric(
      "arbd_capture_events_lost_total", .counter,
      "Events that are missing in a capture because it could not be written.",
      by: ["path"]
    ) { report, samples in
      for (path, lost) in report.run.core?.captures ?? [] { samples.add(["path": path], UInt64(max(0, lost))) }
    },
  ]

  private static func add(
    _ stream: ConnectionSnapshot.Stream, of connection: ConnectionSnapshot, _ samples: Samples
  ) {
    for state in VenueStatus.State.allCases {
      samples.add(
        [
          "source": connection.source, "venue": connection.venue, "instrument": stream.market.instrument.description,
          "channel": stream.channel.rawValue, "state": state.rawValue,
        ], state == stream.state ? 1 : 0 as UInt64)
    }
  }

  private static func traffic(
    _ name: String, _ help: String, _ value: @escaping @Sendable (VenueCounts) -> UInt64
  ) -> Metric {
    Metric(name, .counter, help, by: ["venue", "connection"]) { report, samples in
      for traffic in report.run.core?.traffic ?? [] {
        samples.add(["venue": traffic.venue, "connection": "\(traffic.number)"], value(traffic.counts))
      }
    }
  }
}
