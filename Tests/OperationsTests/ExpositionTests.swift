import OperationsTestSupport
import Testing

@testable import ArbdFramework
@testable import ArbdOperations

@Suite struct ExpositionTests {
  private func page(_ report: OperationsReport = SampleReport.make()) throws -> ExpositionPage {
    try ExpositionPage(String(decoding: Metric.page(report), as: UTF8.self))
  }

  @Test func everyCounterIsThere() throws {
    let page = try page()
    let venue = ["venue": "coinbase", "connection": "2"]
    let stream = ["venue": "coinbase", "instrument": "BTC-USD", "channel": "trades"]
    let expected: [(String, [String: String], Double)] = [
      ("arbd_build_info", ["version": "1.2.3"], 1),
      ("process_resident_memory_bytes", [:], 8_192), ("process_cpu_seconds_total", [:], 1.5),
      ("process_start_time_seconds", [:], 1_700_000_000.25), ("process_open_fds", [:], 12),
      ("arbd_run_seconds", [:], 90), ("arbd_core_turn_age_seconds", [:], 0.25),
      ("arbd_core_snapshot_age_seconds", [:], 0.5),
      ("arbd_events_total", [:], 1), ("arbd_records_total", [:], 2), ("arbd_trades_total", [:], 3),
      ("arbd_quotes_total", [:], 4), ("arbd_unpublished_records_total", [:], 5),
      ("arbd_windows_total", ["detector": "btc"], 11), ("arbd_alerts_total", ["detector": "btc"], 12),
      ("arbd_late_records_total", ["detector": "btc"], 13), ("arbd_rejected_records_total", ["detector": "btc"], 14),
      ("arbd_truncated_windows_total", ["detector": "btc"], 15), ("arbd_open_windows", ["detector": "btc"], 16),
      ("arbd_watermark_lag_seconds", ["detector": "btc"], 2.5),
      ("arbd_feeds_left_out", [:], 17), ("arbd_capture_events_lost_total", ["path": "a.jsonl"], 18),
      ("arbd_source_events_total", ["source": "sources[1] replay", "kind": "skipped"], 19),
      ("arbd_frames_total", venue.merging(["kind": "data"]) { $1 }, 21),
      ("arbd_frames_total", venue.merging(["kind": "control"]) { $1 }, 22),
      ("arbd_frames_total", venue.merging(["kind": "ignored"]) { $1 }, 23),
      ("arbd_frames_total", venue.merging(["kind": "unknown"]) { $1 }, 24),
      ("arbd_connects_total", venue, 31), ("arbd_disconnects_total", venue, 32),
      ("arbd_subscriptions_acknowledged_total", venue, 33), ("arbd_subscriptions_refused_total", venue, 34),
      ("arbd_venue_errors_total", venue, 35), ("arbd_trades_duplicate_total", venue, 36),
      ("arbd_trades_missing_total", venue, 37), ("arbd_trades_recovered_total", venue, 38),
      ("arbd_status_changes_total", venue, 39),
      ("arbd_feed_age_seconds", stream, 0.125),
      (
        "arbd_stream_state", stream.merging(["source": "sources[0] coinbase", "state": "stale"]) { $1 }, 1
      ),
      (
        "arbd_connection_state", venue.merging(["source": "sources[0] coinbase", "state": "live"]) { $1 }, 1
      ),
      ("arbd_ready", ["part": "sink alerts"], 1),
      ("arbd_sink_delivered_total", ["sink": "alerts"], 41), ("arbd_sink_retries_total", ["sink": "alerts"], 42),
      ("arbd_source_figure", ["source": "sources[1] replay", "figure": "kafka_partitions"], 45),
      ("arbd_sink_figure", ["sink": "alerts", "figure": "kafka_queued_bytes"], 46),
      ("arbd_sink_queue_depth", ["sink": "alerts"], 43), ("arbd_sink_queue_capacity", ["sink": "alerts"], 44),
      ("arbd_feed_lag_seconds_count", ["venue": "coinbase"], 4),
      ("arbd_feed_lag_seconds_sum", ["venue": "coinbase"], 70.001003),
      ("arbd_feed_lag_seconds_bucket", ["venue": "coinbase", "le": "1e-6"], 1),
      ("arbd_feed_lag_seconds_bucket", ["venue": "coinbase", "le": "3e-6"], 2),
      ("arbd_feed_lag_seconds_bucket", ["venue": "coinbase", "le": "0.001024"], 3),
      ("arbd_feed_lag_seconds_bucket", ["venue": "coinbase", "le": "67.108864"], 3),
      ("arbd_feed_lag_seconds_bucket", ["venue": "coinbase", "le": "+Inf"], 4),
      ("arbd_detection_latency_seconds_count", [:], 4),
    ]
    for (name, labels, value) in expected { #expect(page.value(name, labels) == value, "\(name) \(labels)") }
    for (place, reason) in UndecodableReason.allCases.enumerated() {
      let labels = venue.merging(["reason": reason.rawValue]) { $1 }
      #expect(page.value("arbd_frames_undecodable_total", labels) == Double(place + 1))
    }
    #expect(page.families.map(\.name) == Metric.all.map(\.name))
    #expect(page.families.allSatisfy { !$0.samples.isEmpty })
  }

  /// The label sets are those that the documentation names.
  @Test func labelsAreAsDeclared() throws {
    for family in try page().families {
      let metric = try #require(Metric.all.first { $0.name == family.name })
      for sample in family.samples {
        #expect(Set(sample.labels.keys).subtracting(["le"]) == Set(metric.labels), "\(family.name)")
      }
    }
  }

  @Test(arguments: ["a\"b", "a\\b", "a\nb", "\\n\"\n", "ü€😀", "\r\u{1}", "a} 1\nx{", ""])
  func anyNameIsALabel(_ name: String) throws {
    var report = SampleReport.make()
    report.run.core?.captures = [(name, 7)]
    #expect(try page(report).value("arbd_capture_events_lost_total", ["path": name]) == 7)
  }

  @Test(arguments: [(Double.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (1e-9, "1e-9"), (3, "3")])
  func anyNumberIsAValue(_ value: Double, _ text: String) {
    var writer = ExpositionWriter()
    writer.sample("x", ["a": "b"], value)
    #expect(String(decoding: writer.text, as: UTF8.self) == "x{a=\"b\"} \(text)\n")
  }

  /// Before the core has said anything, and with nothing configured.
  @Test func anEmptyRunIsAValidPage() throws {
    var report = SampleReport.make()
    report.run = OperationsSnapshot()
    let page = try page(report)
    #expect(page.value("arbd_run_seconds") == 0)
    #expect(page["arbd_events_total"]?.samples.isEmpty == true)
  }

  /// Two sources of one venue, and the same stream in both.
  @Test func sourcesOfOneVenueAreToldApart() throws {
    var report = SampleReport.make()
    let first = SampleReport.connection(.live, stream: .live)
    let second = ConnectionSnapshot(
      source: "sources[2] coinbase", venue: "coinbase", number: 4, state: .down, reason: "", streams: first.streams)
    report.run.core?.connections = [first, second]
    #expect(try page(report)["arbd_stream_state"]?.samples.count == 10)
  }

  @Test(arguments: [
    "x 1", "# TYPE x gauge\nx 1\n", "# HELP x h\n# TYPE x gauge\ny 1\n", "# HELP x h\n# TYPE x gauge\nx one\n",
    "# HELP x h\n# TYPE x gauge\nx{a=\"b} 1\n", "# HELP x h\n# TYPE x gauge\nx 1\nx 2\n",
    "# HELP x h\n# TYPE x counter\nx 1\n", "# HELP x h\n# TYPE x gauge\nx{a=\"\\q\"} 1\n",
    "# HELP x h\n# TYPE x histogram\nx_bucket{le=\"1\"} 2\nx_bucket{le=\"+Inf\"} 1\nx_sum 1\nx_count 1\n",
  ])
  func theCheckerSeesWhatIsWrong(_ text: String) {
    #expect(throws: ExpositionPage.Fault.self) { try ExpositionPage(text) }
  }
}
