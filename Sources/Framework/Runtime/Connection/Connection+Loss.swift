// Losing a socket, and opening one again.

internal import Logging

extension Connection {
  /// The network says that the slot's socket is no more.
  mutating func ended(_ slot: ConnectionSlot, _ loss: Loss, at now: Instant) {
    let wasInUse = sockets[slot.rawValue].isInUse
    let openSince = sockets[slot.rawValue].openSince
    sockets[slot.rawValue].ended()
    if wasInUse { lost(slot, loss, openSince: openSince, at: now) }
    if case .due = state { state = .due(at: now) }
  }

  /// The slot's socket is of no use any more; closes it.
  mutating func abandon(_ slot: ConnectionSlot, _ reason: String, at now: Instant) {
    guard sockets[slot.rawValue].isInUse else { return }
    let openSince = sockets[slot.rawValue].openSince
    close(slot, reason, at: now)
    lost(slot, Loss(reason: reason), openSince: openSince, at: now)
  }

  private mutating func lost(_ slot: ConnectionSlot, _ loss: Loss, openSince: Instant?, at now: Instant) {
    guard state == .running else { return }
    if slot != primary {
      renewal?.slot = nil
      renewal?.hasFailed = true
      put(.log(.warning, "the connection to take over broke off: \(loss.reason)"))
      return
    }
    if let openSince, now - openSince >= policy.livedAfter, sockets[slot.rawValue].hasData {
      backoff.reset()
    }
    isLive = false
    plannedRenewal = nil
    for place in reports.indices { reports[place] = nil }
    if let successor = renewal?.slot {
      put(.status(slot, nil, .down, reason: "\(loss.reason); another connection takes over"))
      primary = successor
      renewal = nil
      return
    }
    renewal = nil
    state = .lost(loss)
  }

  /// Decides how long to wait, and says so.
  mutating func wait(
    after loss: Loss, _ budget: inout ConnectionBudget, at now: Instant,
    using random: inout some RandomNumberGenerator
  ) {
    var delay = loss.isHard ? backoff.nextAtCap(using: &random) : backoff.next(using: &random)
    if let asked = loss.failure?.retryAfter {
      let pause = min(max(.zero, asked), policy.longestRetryAfter)
      // It is the address that the server wants to hear less of, so this holds for all connections to it.
      budget.pause(until: now + pause)
      delay = max(delay, pause)
    }
    if loss.isPermanentLooking {
      put(.log(hardFailures == 0 ? .error : .warning, "\(loss.reason); trying again all the same"))
      hardFailures += 1
    }
    put(.status(primary, nil, .down, reason: "\(loss.reason); again in \(delay.rough)"))
    state = .waiting(until: now + delay)
  }

  /// Opens a socket for the connection, if there is a free one and the venue's limits allow it.
  mutating func connect(_ activity: some ConnectionActivity, _ budget: inout ConnectionBudget, at now: Instant) {
    guard let slot = [primary, primary.other].first(where: { sockets[$0.rawValue].isIdle }) else {
      // The next one to end, or to be given up, makes room.
      state = .due(at: now + policy.sweepInterval)
      return
    }
    if let later = budget.takeAttempt(at: now) {
      state = .due(at: later)
      return
    }
    primary = slot
    state = .running
    put(.status(slot, nil, .connecting, reason: ""))
    begin(slot, activity, at: now)
  }

  mutating func begin(_ slot: ConnectionSlot, _ activity: some ConnectionActivity, at now: Instant) {
    sockets[slot.rawValue].begin(slot, plan.subscriptions, activity, at: now)
    nextSweep = min(max(nextSweep, now), now + policy.sweepInterval)
    put(.open(slot))
  }

  /// Gives up on outcomes that the network owes, and on sockets that are dead.
  mutating func checkSockets(at now: Instant) {
    for slot in ConnectionSlot.allCases {
      let socket = sockets[slot.rawValue]
      switch socket.phase {
      case .idle: break
      case .connecting(let since):
        if now - since >= policy.connectTimeout {
          abandon(slot, "not connected within \(policy.connectTimeout.rough)", at: now)
        }
      case .open:
        if now - socket.lastHeard >= policy.silenceLimit {
          abandon(slot, "nothing has arrived for \(policy.silenceLimit.rough), pings unanswered", at: now)
        }
      case .closing(let since):
        if now - since >= policy.closeTimeout {
          put(.log(.error, "the network has not closed a socket within \(policy.closeTimeout.rough)"))
          ended(slot, Loss(reason: ""), at: now)
        }
      }
    }
  }
}

extension Connection.Loss {
  /// A new attempt will hardly help, but venues mend such things too.
  fileprivate var isPermanentLooking: Bool {
    guard let failure else { return false }
    return failure.stage == .tls || [401, 403, 404, 410, 451].contains(failure.status)
  }

  /// Not to be tried again soon: also where the venue says that there was too much. 1008 is "policy violation".
  fileprivate var isHard: Bool {
    isPermanentLooking || [418, 429].contains(failure?.status) || closeCode == 1_008
  }
}
