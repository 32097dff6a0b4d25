internal import ArbdFramework

extension Metric {
  static let process: [Metric] = [
    Metric("arbd_build_info", .gauge, "Always 1; the label says which program this is.", by: ["version"]) {
      $1.add(["version": $0.version], 1 as UInt64)
    },
    Metric("process_resident_memory_bytes", .gauge, "Memory of the process that is in use.") {
      $1.add($0.process.residentBytes)
    },
    Metric("process_cpu_seconds_total", .counter, "CPU time of the process, user and system.") {
      $1.add($0.process.cpuSeconds)
    },
    Metric("process_start_time_seconds", .gauge, "When the process started, since the Unix epoch.") {
      $1.add($0.process.startTime)
    },
    Metric("process_open_fds", .gauge, "File descriptors that are open.") { $1.add($0.process.openFiles) },
  ]

  static let run: [Metric] = [
    Metric("arbd_run_seconds", .gauge, "How long the run has been going on.") {
      $1.add($0.run.elapsed.inSeconds)
    },
    Metric(
      "arbd_core_turn_age_seconds", .gauge,
      "Since the core's thread last began a turn; absent while it has no work."
    ) { report, samples in
      if let age = report.run.sinceTurn { samples.add(age.inSeconds) }
    },
    Metric(
      "arbd_core_snapshot_age_seconds", .gauge,
      "How old the figures are that come from the core; it renews them once a second."
    ) { report, samples in
      if let age = report.run.coreAge { samples.add(age.inSeconds) }
    },
    count("arbd_events_total", "Events of the input log.", \.events),
    count("arbd_records_total", "Of those, records that needed no session.", \.records),
    count("arbd_trades_total", "Trades that detectors were shown.", \.trades),
    count("arbd_quotes_total", "Quotes that detectors were shown.", \.quotes),
    count(
      "arbd_unpublished_records_total", "Trades and quotes that no sink got because their digits could not be kept.",
      \.unpublished),
    Metric(
      "arbd_source_events_total", .counter, "What a source counts itself, such as lines that it skipped.",
      by: ["source", "kind"]
    ) { report, samples in
      for (input, counts) in zip(report.run.inputs, report.run.core?.sourceCounts ?? []) {
        for (kind, count) in counts.sorted(by: { $0.key < $1.key }) {
          samples.add(["source": input.name, "kind": kind], count)
        }
      }
    },
  ]

  private static func count(
    _ name: String, _ help: String, _ value: @escaping @Sendable (PipelineCounts) -> UInt64
  ) -> Metric {
    Metric(name, .counter, help) { report, samples in
      if let core = report.run.core { samples.add(value(core.counts)) }
    }
  }
}
