@testable import ArbdFramework

/// The far side of a connection, for a manual clock: accepts sockets, acknowledges, sends data each second, and misbehaves
/// as it is told.
struct ScriptedVenue {
  struct Socket {
    var isOpen = false
    /// Bytes stop, in both directions, and nobody says so.
    var isHalfOpen = false
    /// Pongs come, data does not.
    var isMute = false
    var subscribed: Set<Int> = []
    /// Places that are subscribed and get nothing until they are subscribed anew.
    var stalled: Set<Int> = []
  }

  static let latency = Duration.milliseconds(100)

  let subscriptions: [Subscription]
  var sockets = [Socket(), Socket()]
  /// What becomes of attempts to connect; nil: they succeed.
  var failure: NetworkFailure?
  /// Attempts to connect are never answered.
  var ignoresConnecting = false
  /// Places: requests for these are not answered, or refused; these have no trades.
  var ignored: Set<Int> = []
  var refused: Set<Int> = []
  var quiet: Set<Int> = []
  var sendsHeartbeats = false
  /// What is on its way, in order.
  private(set) var inFlight: [(at: Instant, input: ConnectionInput)] = []
  var activity: Activity

  struct Activity: ConnectionActivity {
    var received: [UInt64] = [0, 0]
    var heartbeats: [UInt64] = [0, 0]
    /// By slot, then by market and channel.
    var times: [[Int64]]

    func received(_ slot: ConnectionSlot) -> UInt64 { received[slot.rawValue] }
    func heartbeats(_ slot: ConnectionSlot) -> UInt64 { heartbeats[slot.rawValue] }
    func lastData(_ slot: ConnectionSlot, _ subscription: Subscription) -> Timestamp {
      Timestamp(microseconds: times[slot.rawValue][Activity.index(subscription)])
    }
    static func index(_ subscription: Subscription) -> Int {
      Int(subscription.market.index) * 2 + (subscription.channel == .trades ? 0 : 1)
    }
  }

  init(_ subscriptions: [Subscription]) {
    self.subscriptions = subscriptions
    let size = (subscriptions.map(Activity.index).max() ?? 0) + 1
    activity = Activity(times: Array(repeating: Array(repeating: 0, count: size), count: 2))
  }

  mutating func send(_ input: ConnectionInput, at time: Instant) {
    let place = inFlight.lastIndex { $0.at <= time }.map { $0 + 1 } ?? 0
    inFlight.insert((time, input), at: place)
  }

  var nextArrival: Instant? { inFlight.first?.at }

  mutating func takeArrival(by now: Instant) -> ConnectionInput? {
    guard let first = inFlight.first, first.at <= now else { return nil }
    inFlight.removeFirst()
    if case .opened(let slot) = first.input { sockets[slot.rawValue] = Socket(isOpen: true) }
    return first.input
  }

  /// A second of data.
  mutating func tick(at now: Instant) {
    let time = now.sinceStart.components.seconds
    for slot in 0..<2 where sockets[slot].isOpen && !sockets[slot].isHalfOpen && !sockets[slot].isMute {
      if sendsHeartbeats {
        activity.heartbeats[slot] += 1
        activity.received[slot] += 1
      }
      for place in sockets[slot].subscribed where !quiet.contains(place) && !sockets[slot].stalled.contains(place) {
        activity.times[slot][Activity.index(subscriptions[place])] = time
        activity.received[slot] += 1
      }
    }
  }

  mutating func open(_ slot: ConnectionSlot, at now: Instant) {
    if ignoresConnecting { return }
    if let failure {
      send(.failed(slot, failure), at: now + ScriptedVenue.latency)
    } else {
      send(.opened(slot), at: now + ScriptedVenue.latency)
    }
  }

  /// The client closes.
  mutating func close(_ slot: ConnectionSlot, at now: Instant) {
    sockets[slot.rawValue] = Socket()
    inFlight.removeAll { $0.input.concerns(slot) }
    send(.closed(slot, code: 1_000, reason: "bye"), at: now + ScriptedVenue.latency)
  }

  /// The venue closes.
  mutating func drop(_ slot: ConnectionSlot, code: UInt16?, at now: Instant) {
    guard sockets[slot.rawValue].isOpen else { return }
    sockets[slot.rawValue] = Socket()
    inFlight.removeAll { $0.input.concerns(slot) }
    send(.closed(slot, code: code, reason: ""), at: now)
  }

  mutating func ping(_ slot: ConnectionSlot) {
    let socket = sockets[slot.rawValue]
    if socket.isOpen, !socket.isHalfOpen { activity.received[slot.rawValue] += 1 }
  }

  /// A request: a sign, then places.
  mutating func receive(_ text: String, _ slot: ConnectionSlot, at now: Instant) {
    guard sockets[slot.rawValue].isOpen, !sockets[slot.rawValue].isHalfOpen else { return }
    let places = text.dropFirst().split(separator: ",").compactMap { Int($0) }
    for place in places where !ignored.contains(place) {
      if text.hasPrefix("-") {
        sockets[slot.rawValue].subscribed.remove(place)
        sockets[slot.rawValue].stalled.remove(place)
      } else if refused.contains(place) {
        send(.action(slot, .refused(subscriptions[place], message: "no")), at: now + ScriptedVenue.latency)
      } else {
        sockets[slot.rawValue].subscribed.insert(place)
        activity.received[slot.rawValue] += 1
        send(.action(slot, .acknowledged(subscriptions[place])), at: now + ScriptedVenue.latency)
      }
    }
  }
}

extension ConnectionInput {
  fileprivate func concerns(_ slot: ConnectionSlot) -> Bool {
    switch self {
    case .start, .stop, .listed: false
    case .opened(let other), .failed(let other, _), .closed(let other, _, _), .action(let other, _),
      .remedy(let other, _, _):
      other == slot
    }
  }
}
