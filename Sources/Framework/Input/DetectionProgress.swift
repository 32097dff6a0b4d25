/// How far a run has come with what one source has brought: what the source may forget, and what must be brought again so
/// that another run can go on from here.
///
/// Whoever brings the events from `firstNeeded` up to `events` again, between a `resumed` and a `rebuilt` event for each
/// detector, gets the windows that are open now, and none that has fired.
public struct DetectionProgress: Sendable, Equatable {
  /// Events of the source that were read.
  public let events: UInt64
  /// The place, from 0 on, of the first of them that is still needed; `events` when none is.
  public let firstNeeded: UInt64
  /// The clock behind that event.
  public let clock: Timestamp
  /// In the order of the config.
  public let detectors: [DetectorProgress]

  public init(events: UInt64, firstNeeded: UInt64, clock: Timestamp, detectors: [DetectorProgress]) {
    self.events = events
    self.firstNeeded = firstNeeded
    self.clock = clock
    self.detectors = detectors
  }
}

/// How far detection was at one moment, and which alerts had been found by then.
public struct ProgressAnswer: Sendable {
  public let progress: DetectionProgress
  /// How many alerts had been handed to the sink that commits them together with the source's place.
  let alerts: UInt64
}

/// How far one detector has come.
public struct DetectorProgress: Sendable, Equatable {
  public let name: String
  /// The end of the last window that has fired, whether or not it held a record; nil before the first.
  public let firedUntil: Timestamp?
  /// The members that have appeared so far.
  public let markets: [MarketID]

  public init(name: String, firedUntil: Timestamp?, markets: [MarketID]) {
    self.name = name
    self.firedUntil = firedUntil
    self.markets = markets
  }
}
