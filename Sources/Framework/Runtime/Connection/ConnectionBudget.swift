/// What a venue allows one address, shared by all connections to it: attempts to connect, and messages.
///
/// A value: its owner saves it before an attempt and restores it at the start, so that a daemon which is started again and
/// again does not do more than one that stays up.
struct ConnectionBudget: Sendable, Equatable {
  private var attempts: RateWindow
  private var messages: RateWindow
  private var requests: RateWindow
  /// A server has asked to be left alone until then.
  private(set) var pausedUntil: Instant?
  /// A server has asked for no more requests by HTTP until then.
  private var requestsPausedUntil: Instant?

  init(_ venue: VenueDescriptor) {
    attempts = RateWindow(venue.attemptLimits)
    messages = RateWindow(venue.messageLimits)
    requests = RateWindow(venue.requestLimits)
  }

  /// Takes one attempt, and gives nil; or gives the moment at which to ask again.
  mutating func takeAttempt(at now: Instant) -> Instant? {
    let earliest = max(attempts.earliest(at: now), pausedUntil ?? now)
    guard earliest <= now else { return earliest }
    attempts.record(at: now)
    return nil
  }

  /// Takes one message, and gives nil; or gives the moment at which to ask again.
  mutating func takeMessage(at now: Instant) -> Instant? {
    let earliest = messages.earliest(at: now)
    guard earliest <= now else { return earliest }
    messages.record(at: now)
    return nil
  }

  /// Takes one request by HTTP, and gives nil; or gives the moment at which to ask again.
  mutating func takeRequest(at now: Instant) -> Instant? {
    let earliest = max(requests.earliest(at: now), pausedUntil ?? now, requestsPausedUntil ?? now)
    guard earliest <= now else { return earliest }
    requests.record(at: now)
    return nil
  }

  /// No attempts and no requests before `instant`.
  mutating func pause(until instant: Instant) { pausedUntil = max(instant, pausedUntil ?? instant) }

  /// No requests before `instant`; sockets may be opened.
  mutating func pauseRequests(until instant: Instant) {
    requestsPausedUntil = max(instant, requestsPausedUntil ?? instant)
  }

  // MARK: Over restarts

  /// What outlives the process, by the wall clock.
  struct Saved: Sendable, Equatable {
    /// Oldest first.
    var attempts: [Timestamp]
    var pausedUntil: Timestamp?
    var requestsPausedUntil: Timestamp?
  }

  func saved(at now: Instant, _ wallClock: Timestamp) -> Saved {
    func timestamp(_ instant: Instant) -> Timestamp {
      Timestamp(microseconds: wallClock.microseconds + (instant - now).wholeMicroseconds)
    }
    func future(_ instant: Instant?) -> Timestamp? { instant.flatMap { $0 > now ? timestamp($0) : nil } }
    return Saved(
      attempts: attempts.times.map(timestamp), pausedUntil: future(pausedUntil),
      requestsPausedUntil: future(requestsPausedUntil))
  }

  /// Attempts of earlier runs. One that lies in the future, because the wall clock was set back, counts as made now; a
  /// pause that would be longer than `longestPause` is cut.
  mutating func restore(_ saved: Saved, at now: Instant, _ wallClock: Timestamp, longestPause: Duration) {
    func instant(_ timestamp: Timestamp) -> Instant {
      let (difference, overflow) = timestamp.microseconds.subtractingReportingOverflow(wallClock.microseconds)
      return overflow ? now : now + .microseconds(difference)
    }
    let recent = saved.attempts.sorted().map { min(instant($0), now) }.filter { now - $0 < attempts.longestWindow }
    for attempt in recent { attempts.record(at: attempt) }
    if let pause = saved.pausedUntil { self.pause(until: min(instant(pause), now + longestPause)) }
    if let pause = saved.requestsPausedUntil { pauseRequests(until: min(instant(pause), now + longestPause)) }
  }
}
