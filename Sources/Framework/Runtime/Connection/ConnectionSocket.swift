/// One socket of a connection: its phase, its queue of messages, its streams.
struct ConnectionSocket: Sendable {
  enum Phase: Sendable, Equatable {
    case idle
    case connecting(since: Instant)
    case open(since: Instant)
    case closing(since: Instant)
  }

  private(set) var phase = Phase.idle
  /// In the order of the plan.
  var streams: [StreamWatch] = []
  var pacer: MessagePacer
  private(set) var hasData = false
  private var received: UInt64 = 0
  private var heartbeats: UInt64 = 0
  private(set) var lastHeard = Instant.start
  private var lastHeartbeat: Instant?
  private var lastKeepalive = Instant.start

  init(_ policy: ConnectionPolicy) { pacer = MessagePacer(interval: policy.messageInterval) }

  var isIdle: Bool { phase == .idle }

  var openSince: Instant? {
    if case .open(let since) = phase { since } else { nil }
  }

  var isConnecting: Bool {
    if case .connecting = phase { true } else { false }
  }

  /// A socket shall be opened. What arrived over the slot before is not of this one.
  mutating func begin(
    _ slot: ConnectionSlot, _ subscriptions: [Subscription], _ activity: some ConnectionActivity, at now: Instant
  ) {
    phase = .connecting(since: now)
    streams.removeAll(keepingCapacity: true)
    for subscription in subscriptions {
      streams.append(StreamWatch(mark: activity.lastData(slot, subscription), at: now))
    }
    pacer.removeAll()
    hasData = false
    received = activity.received(slot)
    heartbeats = activity.heartbeats(slot)
    lastHeartbeat = nil
  }

  mutating func opened(at now: Instant) {
    phase = .open(since: now)
    lastHeard = now
    lastKeepalive = now
    for place in streams.indices { streams[place].opened(at: now) }
  }

  mutating func close(at now: Instant) {
    phase = .closing(since: now)
    pacer.removeAll()
  }

  mutating func ended() {
    phase = .idle
    pacer.removeAll()
  }

  /// Whether what the session says concerns this socket.
  var isInUse: Bool {
    switch phase {
    case .connecting, .open: true
    case .idle, .closing: false
    }
  }

  /// Reads what has arrived.
  mutating func observe(
    _ slot: ConnectionSlot, _ subscriptions: [Subscription], _ activity: some ConnectionActivity, at now: Instant
  ) {
    let received = activity.received(slot)
    if received != self.received { lastHeard = now }
    self.received = received
    let heartbeats = activity.heartbeats(slot)
    if heartbeats != self.heartbeats { lastHeartbeat = now }
    self.heartbeats = heartbeats
    for place in streams.indices where streams[place].observe(activity.lastData(slot, subscriptions[place]), at: now) {
      hasData = true
    }
  }

  /// The message that keeps the connection alive, when it is time for one.
  mutating func keepalive(_ style: Keepalive, at now: Instant) -> MessagePacer.Message? {
    switch style {
    case .ping(let interval):
      guard now - max(lastHeard, lastKeepalive) >= interval else { return nil }
      lastKeepalive = now
      return .ping
    case .text(let text, let interval):
      guard now - lastKeepalive >= interval else { return nil }
      lastKeepalive = now
      return .text(text)
    }
  }

  func hasHeartbeat(at now: Instant, within limit: Duration) -> Bool {
    lastHeartbeat.map { now - $0 < limit } ?? false
  }
}
