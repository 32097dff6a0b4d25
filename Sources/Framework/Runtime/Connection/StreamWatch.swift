/// What one socket knows of one of its streams: whether the venue has confirmed it, and how long it has been silent.
struct StreamWatch: Sendable {
  enum Request: Sendable, Equatable {
    /// Asked for; `since` when it was known to be sent. `tries` counts requests without an answer, this one included.
    case pending(since: Instant?, tries: Int)
    /// Acknowledged, or proved by its data.
    case confirmed
    case refused(until: Instant)
  }

  /// What a look at a stream finds.
  enum Finding: Sendable, Equatable {
    /// Data is recent.
    case fresh
    /// No reason to act yet.
    case waiting
    /// Silent for longer than its limit since now.
    case stale
    /// Silent, and time to ask for it again.
    case resubscribe
    /// Silent, although it was asked for again.
    case silent
    /// No acknowledgement in time.
    case unacknowledged
    case refused
    /// Refused a while ago; perhaps it is served by now.
    case retry
  }

  private(set) var request = Request.pending(since: nil, tries: 1)
  /// The last value read from `ConnectionActivity`.
  private var mark: Timestamp
  private(set) var lastData: Instant
  /// On this socket.
  private(set) var hasData = false
  /// Resubscriptions since the last data.
  private(set) var remedies = 0
  private var nextRemedy: Instant?
  private var refusals = 0

  init(mark: Timestamp, at now: Instant) {
    self.mark = mark
    lastData = now
  }

  mutating func opened(at now: Instant) { lastData = now }

  /// Gives true when there was data since the last look.
  mutating func observe(_ mark: Timestamp, at now: Instant) -> Bool {
    guard mark != self.mark else { return false }
    self.mark = mark
    lastData = now
    hasData = true
    remedies = 0
    nextRemedy = nil
    request = .confirmed
    refusals = 0
    return true
  }

  mutating func acknowledge(at now: Instant) {
    guard case .pending = request else { return }
    request = .confirmed
    // A stream that has had no data is silent only from here on.
    if !hasData, remedies == 0 { lastData = now }
  }

  /// Gives the delay before it is asked for again.
  mutating func refuse(at now: Instant, _ policy: ConnectionPolicy) -> Duration {
    let delay = policy.backoffCap.doubled(refusals, atMost: policy.remedyCap)
    if refusals < 32 { refusals += 1 }
    request = .refused(until: now + delay)
    return delay
  }

  /// It was asked for again, for a reason other than a missing acknowledgement.
  mutating func asked() { request = .pending(since: nil, tries: 1) }

  /// Judges the stream. `hasNothingToSend`: all requests have left the socket's queue.
  mutating func look(
    at now: Instant, staleAfter: Duration, hasNothingToSend: Bool, _ policy: ConnectionPolicy
  ) -> Finding {
    switch request {
    case .refused(let until): return now >= until ? .retry : .refused
    case .pending(nil, let tries):
      if hasNothingToSend { request = .pending(since: now, tries: tries) }
      return remedies > 0 ? .silent : .waiting
    case .pending(let since?, let tries):
      let timeout = policy.acknowledgementTimeout.doubled(tries - 1, atMost: policy.remedyCap)
      if now - since >= timeout {
        request = .pending(since: nil, tries: min(tries + 1, 32))
        return .unacknowledged
      }
      if tries > 1 { return .silent }
      return remedies > 0 ? .silent : .waiting
    case .confirmed:
      let silence = now - lastData
      if silence < staleAfter { return hasData ? .fresh : .waiting }
      guard let due = nextRemedy else {
        nextRemedy = now
        return .stale
      }
      guard now >= due else { return .silent }
      let next = now + staleAfter.doubled(remedies, atMost: max(staleAfter, policy.remedyCap))
      // Many quiet markets are asked for again together, in few messages.
      nextRemedy = remedies < 2 ? next : next.roundedUpToMinutes
      if remedies < 32 { remedies += 1 }
      return .resubscribe
    }
  }

  /// Requests that the venue has not answered.
  var unansweredRequests: Int {
    if case .pending(_, let tries) = request { tries - 1 } else { 0 }
  }

  var isSettled: Bool {
    if case .pending = request { false } else { true }
  }

  var isRefused: Bool {
    if case .refused = request { true } else { false }
  }
}
