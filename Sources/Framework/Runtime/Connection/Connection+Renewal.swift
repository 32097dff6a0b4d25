// Replacing a socket that still works by another, without a moment in between.

internal import Logging

extension Connection {
  /// Wants a second socket.
  mutating func renew(_ reason: String, at now: Instant) {
    guard renewal == nil, sockets[primary.rawValue].openSince != nil else { return }
    renewal = Renewal(reason: reason, notBefore: now)
    put(.log(.info, "another connection is opened to take over: \(reason)"))
    nextSweep = min(nextSweep, now)
  }

  mutating func advanceRenewal(
    _ activity: some ConnectionActivity, _ budget: inout ConnectionBudget, at now: Instant,
    using random: inout some RandomNumberGenerator
  ) {
    guard let renewal else { return }
    if let successor = renewal.slot {
      guard let openSince = sockets[successor.rawValue].openSince else { return }
      if isReady(successor, openSince: openSince) {
        handOver(to: successor, renewal.reason, at: now)
      } else if now - openSince >= policy.overlapTimeout {
        let socket = sockets[successor.rawValue]
        let isUsable = socket.hasData || socket.streams.allSatisfy(\.isSettled)
        if isUsable {
          handOver(to: successor, renewal.reason, at: now)
        } else {
          abandon(successor, "not ready within \(policy.overlapTimeout.rough)", at: now)
        }
      }
      return
    }
    if renewal.hasFailed {
      self.renewal?.hasFailed = false
      self.renewal?.notBefore = now + renewalBackoff.next(using: &random)
      return
    }
    guard renewal.notBefore <= now, sockets[primary.other.rawValue].isIdle else { return }
    if let later = budget.takeAttempt(at: now) {
      self.renewal?.notBefore = later
      return
    }
    self.renewal?.slot = primary.other
    begin(primary.other, activity, at: now)
  }

  /// Whether the new socket has everything that the old one has: of some stream data, of each an answer, and data where the
  /// old one had data meanwhile.
  private func isReady(_ successor: ConnectionSlot, openSince: Instant) -> Bool {
    guard sockets[successor.rawValue].hasData else { return false }
    let (old, new) = (sockets[primary.rawValue].streams, sockets[successor.rawValue].streams)
    return old.indices.allSatisfy { place in
      new[place].hasData || (new[place].isSettled && (new[place].isRefused || old[place].lastData <= openSince))
    }
  }

  private mutating func handOver(to successor: ConnectionSlot, _ reason: String, at now: Instant) {
    let old = primary
    primary = successor
    renewal = nil
    plannedRenewal = nil
    renewalBackoff.reset()
    // From here on the log knows whose the markets are, so that the end of the old socket withdraws none.
    isLive = true
    put(.status(successor, nil, .live, reason: "takes over: \(reason)"))
    close(old, "another connection has taken over", at: now)
  }
}
