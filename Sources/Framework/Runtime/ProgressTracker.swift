/// Turns what detection still needs into what each source must bring again. The core's thread owns it.
struct ProgressTracker {
  private var lanes: [LanePlaces]
  private var requests: [(lane: Int, events: UInt64)] = []

  init(lanes count: Int) { lanes = Array(repeating: LanePlaces(), count: count) }

  /// The core is about to read so many events of the lane, the first of which has this place in the run.
  mutating func reading(lane: Int, count: Int, from place: UInt64) {
    lanes[lane].append(place, count: UInt64(count))
  }

  /// Answers the sources that have asked and whose events have all been read.
  mutating func answer(
    _ log: InputLog, _ pipeline: borrowing Pipeline, isNews: Bool, isEnd: Bool = false,
    safety: () -> AlertSafety.Mark
  ) {
    if isNews || isEnd { requests = log.takeProgressRequests() }
    if isEnd { requests = log.trackedLanes.map { ($0, 0) } }
    guard !requests.isEmpty else { return }
    let due = requests.filter { lanes[$0.lane].events >= $0.events }
    guard !due.isEmpty else { return }
    requests.removeAll { lanes[$0.lane].events >= $0.events }
    let (first, detectors, mark) = (pipeline.firstNeeded, pipeline.progress, safety())
    for (lane, _) in due {
      // Without a need everything is behind us, and can be forgotten.
      let needed = lanes[lane].events(before: first?.position ?? .max)
      let clock = first.map { Timestamp(microseconds: $0.clock) } ?? pipeline.clock
      let progress = DetectionProgress(
        events: lanes[lane].events, firstNeeded: needed, clock: clock, detectors: detectors)
      log.answer(
        lane, ProgressDesk.Answer(ProgressAnswer(progress: progress, alerts: mark.alerts), isSafe: mark.isSafe))
    }
  }
}

/// Where the events of one lane stand among those of the run. What a lone source brings is one stretch.
struct LanePlaces {
  private struct Stretch {
    let place: UInt64
    let first: UInt64
    var count: UInt64
  }

  private var stretches: [Stretch] = []
  /// Of the lane, so far.
  private(set) var events: UInt64 = 0

  mutating func append(_ place: UInt64, count: UInt64) {
    if let last = stretches.last, last.place + last.count == place {
      stretches[stretches.count - 1].count += count
    } else {
      stretches.append(Stretch(place: place, first: events, count: count))
    }
    events += count
  }

  /// How many of the lane's events stand before a place of the run. Places are asked for in their order: what is before is
  /// forgotten.
  mutating func events(before place: UInt64) -> UInt64 {
    let kept = stretches.firstIndex { $0.place + $0.count > place } ?? stretches.count
    // The last one stays, to be made longer.
    stretches.removeFirst(min(kept, max(0, stretches.count - 1)))
    guard let stretch = stretches.first, stretch.place + stretch.count > place else { return events }
    return stretch.first + (place > stretch.place ? place - stretch.place : 0)
  }
}

/// Knows of the alerts that were handed out whether they are safe: in the journal or, without one, taken by every sink.
struct AlertSafety {
  let alerts: AlertLog?
  let runners: [SinkRunner]
  /// Nil where no sink commits alerts together with a source's place.
  let transactions: AlertTransactions?

  /// What has been handed out until now.
  struct Mark {
    /// Alerts, where they go into transactions.
    let alerts: UInt64
    /// Tells later whether they are safe.
    let isSafe: @Sendable () -> Bool
  }

  func mark() -> Mark {
    if let transactions { return Mark(alerts: transactions.offeredAlerts, isSafe: { false }) }
    let position = alerts?.newestPosition
    let offered = runners.filter { $0.kinds.contains(.alert) && $0.journaled == nil }.map { ($0, $0.offeredAlerts) }
    return Mark(
      alerts: 0,
      isSafe: { [alerts] in
        if let alerts, let position, !alerts.isWritten(position) { return false }
        return offered.allSatisfy { $0.hasSettled(alerts: $1) }
      })
  }

  /// `action` is called whenever something may have become safe.
  func onNews(_ action: @escaping @Sendable () -> Void) {
    alerts?.onWritten(action)
    for runner in runners where runner.journaled == nil { runner.onSettled(action) }
  }
}
