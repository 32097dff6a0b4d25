internal import ArbdFramework

extension Metric {
  static let delivery: [Metric] = [
    Metric("arbd_ready", .gauge, "1 when the source or sink is ready, else 0.", by: ["part"]) { report, samples in
      for part in Readiness(report.run).parts {
        samples.add(["part": part.name], part.problems.isEmpty ? 1 : 0 as UInt64)
      }
    },
    sink("arbd_sink_queue_depth", .gauge, "Records that wait for the sink.") { UInt64(max(0, $0.queued)) },
    sink("arbd_sink_queue_capacity", .gauge, "At this depth the core waits for the sink.") {
      UInt64(max(0, $0.capacity))
    },
    sink("arbd_sink_delivered_total", .counter, "Records that the sink took.", \.counts.delivered),
    sink("arbd_sink_retries_total", .counter, "Deliveries that failed and were tried again.", \.counts.retries),
    sink("arbd_sink_reconnects_total", .counter, "Connections that were made anew.", \.counts.reconnects),
    sink("arbd_sink_rejected_total", .counter, "Records that became dead letters.", \.counts.rejected),
    sink("arbd_sink_filtered_total", .counter, "Records that the sink's filter held back.", \.counts.filtered),
    sink("arbd_sink_dropped_total", .counter, "Market data that the sink's queue had no room for.", \.counts.dropped),
    sink("arbd_sink_lag_alerts", .gauge, "Alerts in the journal that the sink has yet to be given.", \.counts.waiting),
    Metric("arbd_source_figure", .gauge, "What a source measures of itself.", by: ["source", "figure"]) {
      report, samples in
      for source in report.run.inputs {
        for figure in source.figures { samples.add(["source": source.name, "figure": figure.name], figure.value) }
      }
    },
    Metric("arbd_sink_figure", .gauge, "What a sink measures of itself.", by: ["sink", "figure"]) { report, samples in
      for sink in report.run.sinks {
        for figure in sink.figures { samples.add(["sink": sink.name, "figure": figure.name], figure.value) }
      }
    },
    journal("arbd_journal_written_total", "Alerts that were written to the journal.", \.written),
    journal("arbd_journal_failures_total", "Writes to the journal that failed.", \.failures),
    journal("arbd_journal_lost_total", "Alerts that went before some sink had them.", \.lost),
  ]

  private static func journal(
    _ name: String, _ help: String, _ value: @escaping @Sendable (JournalCounts) -> UInt64
  ) -> Metric {
    Metric(name, .counter, help, by: []) { report, samples in
      if let journal = report.run.journal { samples.add([:], value(journal)) }
    }
  }

  private static func sink(
    _ name: String, _ kind: Kind, _ help: String, _ value: @escaping @Sendable (SinkSnapshot) -> UInt64
  ) -> Metric {
    Metric(name, kind, help, by: ["sink"]) { report, samples in
      for sink in report.run.sinks { samples.add(["sink": sink.name], value(sink)) }
    }
  }
}
