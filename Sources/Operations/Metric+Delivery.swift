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
  ]

  private static func sink(
    _ name: String, _ kind: Kind, _ help: String, _ value: @escaping @Sendable (SinkSnapshot) -> UInt64
  ) -> Metric {
    Metric(name, kind, help, by: ["sink"]) { report, samples in
      for sink in report.run.sinks { samples.add(["sink": sink.name], value(sink)) }
    }
  }
}
