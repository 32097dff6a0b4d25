// The watchdog: one look at every stream, once a second.

internal import Logging

extension Connection {
  mutating func sweep(
    _ activity: some ConnectionActivity, _ budget: inout ConnectionBudget, at now: Instant,
    using random: inout some RandomNumberGenerator
  ) {
    nextSweep = now + policy.sweepInterval
    for slot in ConnectionSlot.allCases where sockets[slot.rawValue].openSince != nil {
      sockets[slot.rawValue].observe(slot, plan.subscriptions, activity, at: now)
      if let message = sockets[slot.rawValue].keepalive(policy.keepalive, at: now) {
        sockets[slot.rawValue].pacer.append(message)
      }
    }
    checkSockets(at: now)
    guard state == .running, let openSince = sockets[primary.rawValue].openSince else { return }
    watchStreams(at: now)
    guard state == .running else { return }
    if plannedRenewal == nil, let lifetime = policy.lifetime, let lead = policy.renewalLead(using: &random) {
      plannedRenewal = openSince + lifetime - lead
    }
    if let plannedRenewal, plannedRenewal <= now, renewal == nil {
      renew("the venue ends connections after \((policy.lifetime ?? .zero).rough)", at: now)
    }
    advanceRenewal(activity, &budget, at: now, using: &random)
  }

  /// What a look at all streams of the primary socket found, by their places.
  private struct Findings {
    var (stale, resubscribe, unacknowledged, retry): ([Int], [Int], [Int], [Int]) = ([], [], [], [])
    var (fresh, watched, silent, unanswered) = (0, 0, 0, 0)
  }

  private mutating func watchStreams(at now: Instant) {
    let findings = look(at: now)
    if !isLive, sockets[primary.rawValue].hasData {
      isLive = true
      put(.status(primary, nil, .live, reason: ""))
    }
    for place in findings.stale {
      let limit = policy.staleAfter[plan.subscriptions[place].channel]
      report(place, .stale, "no \(plan.subscriptions[place].channel.rawValue) for \(limit.rough)", at: now)
    }
    for place in findings.unacknowledged where reports[place] == nil {
      report(place, .down, "not acknowledged within \(policy.acknowledgementTimeout.rough)", at: now)
    }
    let firstMisses = findings.unacknowledged.filter {
      sockets[primary.rawValue].streams[$0].unansweredRequests == 1
    }
    if !firstMisses.isEmpty {
      put(.log(.error, "not acknowledged within \(policy.acknowledgementTimeout.rough): \(names(of: firstMisses))"))
    }
    // All of them silent is a matter of the connection; one or a few are a matter of those.
    let isMajority = (findings.silent + findings.unanswered) * 2 > findings.watched
    if isMajority || findings.unanswered > 0, streamRemedy.admits(at: now), renewal == nil {
      streamRemedy.happened(at: now)
      let reason = "\(findings.silent + findings.unanswered) of \(findings.watched) streams are silent"
      if findings.fresh == 0 { return abandon(primary, reason, at: now) }
      renew(reason, at: now)
    }
    if !findings.unacknowledged.isEmpty {
      put(.subscribe(primary, findings.unacknowledged.map { plan.subscriptions[$0] }))
    }
    resubscribe(findings.resubscribe, of: primary)
    // One by one: some venues refuse a whole request for one bad market in it.
    for place in findings.retry.prefix(policy.retriesPerSweep) {
      sockets[primary.rawValue].streams[place].asked()
      put(.subscribe(primary, [plan.subscriptions[place]]))
    }
  }

  private mutating func look(at now: Instant) -> Findings {
    var findings = Findings()
    let hasNothingToSend = sockets[primary.rawValue].pacer.isEmpty
    // A venue that still says it is there makes a quiet market more likely than a dead stream: more patience.
    let hasHeartbeat = sockets[primary.rawValue].hasHeartbeat(at: now, within: policy.silenceLimit)
    let patience = hasHeartbeat ? 4 : 2
    for place in plan.subscriptions.indices where obstacles[place] == nil || hasNews(of: place) {
      let staleAfter = policy.staleAfter[plan.subscriptions[place].channel]
      let finding = sockets[primary.rawValue].streams[place].look(
        at: now, staleAfter: staleAfter, hasNothingToSend: hasNothingToSend, policy)
      let stream = sockets[primary.rawValue].streams[place]
      if let since = reports[place], stream.hasData, stream.lastData > since {
        reports[place] = nil
        put(.status(primary, plan.subscriptions[place], .live, reason: ""))
      }
      if finding != .refused, finding != .retry { findings.watched += 1 }
      switch finding {
      case .fresh: findings.fresh += 1
      case .stale: findings.stale.append(place)
      case .resubscribe: findings.resubscribe.append(place)
      case .unacknowledged: findings.unacknowledged.append(place)
      case .retry: findings.retry.append(place)
      case .waiting, .silent, .refused: break
      }
      if stream.unansweredRequests >= 2 {
        findings.unanswered += 1
      } else if stream.remedies >= patience {
        findings.silent += 1
      }
    }
    return findings
  }

  /// A market is not watched while the venue says that it is not traded, unless there is data of it after all.
  private mutating func hasNews(of place: Int) -> Bool {
    let stream = sockets[primary.rawValue].streams[place]
    guard stream.hasData, reports[place].map({ stream.lastData > $0 }) ?? true else { return false }
    obstacles[place] = nil
    return true
  }

  private func names(of places: [Int]) -> String {
    let shown = places.prefix(5).map { "\(plan.subscriptions[$0])" }.joined(separator: ", ")
    return places.count > 5 ? "\(shown) and \(places.count - 5) more" : shown
  }
}
