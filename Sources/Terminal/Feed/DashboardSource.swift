package import ArbdFramework

/// What a dashboard shows of a run that the run itself does not know.
package struct DashboardSource: Sendable {
  /// The configuration's file name.
  package var configuration: String
  package var version: String
  /// With their thresholds; counts are filled in.
  package var detectors: [DetectorRow]
  package var fees: [String: Double]
  package var equalAssets: [[String]]
  package var log: LogTail
  /// Asked about once a second.
  package var process: @Sendable () -> ProcessRow
  /// The wall clock.
  package var now: @Sendable () -> Timestamp

  package init(
    configuration: String, version: String, detectors: [DetectorRow], fees: [String: Double], equalAssets: [[String]],
    log: LogTail, process: @escaping @Sendable () -> ProcessRow, now: @escaping @Sendable () -> Timestamp
  ) {
    self.configuration = configuration
    self.version = version
    self.detectors = detectors
    self.fees = fees
    self.equalAssets = equalAssets
    self.log = log
    self.process = process
    self.now = now
  }
}

extension DashboardSource {
  /// What a configuration asks for.
  package init(
    _ configuration: Configuration, name: String, version: String, log: LogTail,
    process: @escaping @Sendable () -> ProcessRow, now: @escaping @Sendable () -> Timestamp
  ) {
    var groups: [[String]] = []
    let detectors = configuration.detectors.map { item in
      var row = DetectorRow(name: item.name, type: "")
      if let options = item.options as? SpreadOptions {
        row.type = SpreadDetector.name
        row.venues = options.venues
        row.subject = options.instrument.description
        row.absoluteThreshold = options.threshold.absolute
        row.grossThreshold = options.threshold.grossBasisPoints
        row.netThreshold = options.threshold.netBasisPoints
        groups += options.treatAsEqual
      } else if let options = item.options as? CycleOptions {
        row.type = CycleDetector.name
        row.venues = options.venues
        row.subject = options.assets.joined(separator: " ")
        row.grossThreshold = options.threshold.grossBasisPoints
        row.netThreshold = options.threshold.netBasisPoints
        // What is one asset in a cycle is one quote asset as well.
        groups += options.treatAsEqual
      }
      return row
    }
    self.init(
      configuration: name, version: version, detectors: detectors,
      fees: configuration.fees.mapValues(\.takerBasisPoints), equalAssets: groups, log: log, process: process, now: now)
  }
}
