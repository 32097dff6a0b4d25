internal import ArbdFramework

extension Metric {
  static let detection: [Metric] = [
    count("arbd_windows_total", "Windows that fired with a record in them.", \.windows),
    count("arbd_alerts_total", "Alerts.", \.alerts),
    count("arbd_late_records_total", "Records whose window had fired.", \.late),
    count("arbd_rejected_records_total", "Records with no usable price, size or time.", \.rejected),
    count(
      "arbd_truncated_windows_total",
      "Windows with more to look at than is allowed for one, so that alerts may be missing.",
      \.truncated),
    Metric("arbd_open_windows", .gauge, "Windows that hold records and have not fired.", by: ["detector"]) {
      report, samples in
      for detector in report.run.core?.detectors ?? [] {
        samples.add(["detector": detector.name], UInt64(max(0, detector.openWindows)))
      }
    },
    Metric(
      "arbd_watermark_lag_seconds", .gauge,
      "How far the watermark is behind the run's clock; absent before the first record.", by: ["detector"]
    ) { report, samples in
      for detector in report.run.core?.detectors ?? [] {
        if let lag = detector.watermarkLag { samples.add(["detector": detector.name], lag.inSeconds) }
      }
    },
  ]

  private static func count(
    _ name: String, _ help: String, _ value: @escaping @Sendable (DetectorCounts) -> UInt64
  ) -> Metric {
    Metric(name, .counter, help, by: ["detector"]) { report, samples in
      for detector in report.run.core?.detectors ?? [] {
        samples.add(["detector": detector.name], value(detector.counts))
      }
    }
  }
}
