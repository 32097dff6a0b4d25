public import Foundation

/// One configuration and the records that arrive under it, detected the slow and obvious way.
///
/// This is the yardstick for the engine: it follows the rules sentence by sentence, looks at everything
/// again for every record, and remembers nothing that it could work out anew. It is kept apart from the
/// engine on purpose and shares no code with it.
public struct ReferenceCase: Sendable {
  let configuration: ReferenceConfiguration
  let events: [ReferenceEvent]

  /// - Parameters:
  ///   - configuration: a configuration file; `fees` and `detectors` are read, everything else is ignored.
  ///   - records: JSONL in order of arrival: trades, quotes, and `"status":"stale"` lines.
  /// - Throws: `DecodingError` for what is not such a file.
  public init(configuration: Data, records: Data) throws {
    self.configuration = try JSONDecoder().decode(ReferenceConfiguration.self, from: configuration)
    events = try ReferenceEvent.decodeLines(records)
  }

  /// Detects over all records and ends the input; with a mutation, by that one wrong reading of the rules.
  public func run(_ mutation: Mutation? = nil) -> ReferenceResult {
    var detectors = configuration.detectors.map {
      ReferenceDetector(settings: $0, fees: configuration.fees, mutation: mutation)
    }
    var alerts: [ReferenceAlert] = []

    for event in events {
      if mutation == .detectorsTakeTurns {
        for index in detectors.indices { alerts += detectors[index].moveClock(event) }
        for index in detectors.indices { alerts += detectors[index].read(event) }
      } else {
        for index in detectors.indices {
          alerts += detectors[index].moveClock(event)
          alerts += detectors[index].read(event)
        }
      }
    }

    if mutation == .endOfInputFiresByStart {
      let starts = Set(detectors.flatMap(\.openStarts)).sorted()
      for start in starts {
        for index in detectors.indices { alerts += detectors[index].fire(start) }
      }
    } else if mutation != .endOfInputFiresNothing {
      for index in detectors.indices { alerts += detectors[index].fireEverythingOpen() }
    }

    return ReferenceResult(
      detectors: detectors.map(\.settings.name), alerts: alerts,
      counts: Dictionary(uniqueKeysWithValues: detectors.map { ($0.settings.name, $0.counts) }))
  }
}

/// What came out of a run.
public struct ReferenceResult: Equatable, Sendable {
  /// The detectors' names in the order of the configuration.
  public let detectors: [String]
  /// All alerts in the order in which they were detected.
  public let alerts: [ReferenceAlert]
  /// By detector.
  public let counts: [String: ReferenceCounts]

  /// The alerts detector by detector in the order of the configuration, each detector's as detected.
  public var alertsByDetector: [ReferenceAlert] {
    detectors.flatMap { name in alerts.filter { $0.detector == name } }
  }

  /// `alertsByDetector`, one JSON object a line.
  public var alertLines: String { alertsByDetector.map { $0.line + "\n" }.joined() }

  /// The counts as one JSON object, detectors in the order of the configuration.
  public var countsLine: String {
    let members = detectors.map { name in
      let count = counts[name] ?? ReferenceCounts()
      return "\(jsonString(name)):{\"windows\":\(count.windows),\"alerts\":\(count.alerts),"
        + "\"late\":\(count.late),\"rejected\":\(count.rejected)}"
    }
    return "{" + members.joined(separator: ",") + "}\n"
  }
}

/// What a detector counts.
public struct ReferenceCounts: Codable, Equatable, Sendable {
  public var windows = 0
  public var alerts = 0
  public var late = 0
  public var rejected = 0

  public init() {}
}
