// What sessions say.

internal import Logging

extension Connection {
  mutating func perform(_ action: SessionOutput.Action, of slot: ConnectionSlot, at now: Instant) {
    guard state == .running, sockets[slot.rawValue].isInUse else { return }
    switch action {
    case .send(let text):
      guard sockets[slot.rawValue].pacer.count < policy.maximumWaitingMessages else {
        return abandon(slot, "more than \(policy.maximumWaitingMessages) messages wait to be sent", at: now)
      }
      sockets[slot.rawValue].pacer.append(.text(text))
    case .acknowledged(let subscription):
      guard let place = place(of: subscription) else { return }
      sockets[slot.rawValue].streams[place].acknowledge(at: now)
    case .refused(let subscription, let message):
      guard let place = place(of: subscription) else { return }
      let delay = sockets[slot.rawValue].streams[place].refuse(at: now, policy)
      if slot == primary {
        report(place, .down, "refused: \(message.printable); again in \(delay.rough)", at: now)
      }
    case .closing:
      if slot == primary {
        if renewal == nil { renew("the venue will close the connection", at: now) }
      } else {
        abandon(slot, "the venue will close the connection", at: now)
      }
    case .outOfStep(let subscription, let reason, let isLasting):
      guard slot == primary, let place = place(of: subscription) else { return }
      report(place, isLasting ? .down : .resynchronising, reason, at: now)
    case .askAgain(let subscription):
      // What was asked for and not answered yet is on its way to be mended.
      guard let place = place(of: subscription), sockets[slot.rawValue].streams[place].request == .confirmed else {
        return
      }
      resubscribe([place], of: slot)
    case .venueError, .missing, .fetch: break
    }
  }

  mutating func mend(_ remedy: SessionError.Remedy, of slot: ConnectionSlot, _ reason: String, at now: Instant) {
    guard state == .running, sockets[slot.rawValue].isInUse else { return }
    switch remedy {
    case .skip: break
    case .reconnect: abandon(slot, reason, at: now)
    case .resubscribe(let markets):
      let concerned = Set(markets)
      // What was asked for and not answered yet is on its way to be mended.
      let places = plan.subscriptions.indices.filter {
        concerned.contains(plan.subscriptions[$0].market) && sockets[slot.rawValue].streams[$0].request == .confirmed
      }
      if slot == primary {
        for place in places { report(place, .resynchronising, reason, at: now) }
      }
      resubscribe(places, of: slot)
    case .stop:
      put(.log(.error, "stopped for good: \(reason)"))
      put(.status(primary, nil, .down, reason: reason))
      receive(.stop, at: now)
    }
  }

  /// The venue's list says that the market is not traded, or that it is again.
  mutating func note(_ obstacle: String?, to market: MarketID, at now: Instant) {
    for place in plan.subscriptions.indices where plan.subscriptions[place].market == market {
      guard obstacles[place] != obstacle else { continue }
      obstacles[place] = obstacle
      if let obstacle {
        report(place, .down, obstacle, at: now)
      } else {
        reports[place] = nil
        put(.status(primary, plan.subscriptions[place], .live, reason: "traded again"))
        // Some venues end the streams of a market that they halt.
        if sockets[primary.rawValue].openSince != nil, sockets[primary.rawValue].streams[place].isSettled {
          resubscribe([place], of: primary)
        }
      }
    }
  }

  /// Has streams ended and begun again: some venues ignore a request for what is subscribed already, or refuse it.
  mutating func resubscribe(_ places: [Int], of slot: ConnectionSlot) {
    guard !places.isEmpty else { return }
    let subscriptions = places.map { plan.subscriptions[$0] }
    for place in places { sockets[slot.rawValue].streams[place].asked() }
    put(.unsubscribe(slot, subscriptions))
    put(.subscribe(slot, subscriptions))
  }
}
