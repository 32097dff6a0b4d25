/// What a connection last said of itself and of each of its streams.
struct LiveReports: Sendable {
  private var reason = ""
  private var streams: [Subscription: (state: VenueStatus.State, reason: String)] = [:]

  /// A status event; without a subscription it is of the connection as a whole.
  mutating func note(_ subscription: Subscription?, _ state: VenueStatus.State, _ reason: String) {
    guard let subscription else {
      if state == .down { self.reason = reason }
      return
    }
    streams[subscription] = state == .live ? nil : (state, reason)
  }

  fileprivate func reason(in state: VenueStatus.State) -> String { state == .live ? "" : reason }

  fileprivate func state(of subscription: Subscription) -> (state: VenueStatus.State, reason: String)? {
    streams[subscription]
  }
}

extension LiveConnection {
  func snapshot(source: String, venue: String, number: Int, _ markets: MarketTable) -> ConnectionSnapshot {
    let state = machine.reportedState
    let reason = reports.reason(in: state)
    let streams = machine.plan.subscriptions.enumerated().map { place, subscription in
      let own = machine.reports[place] == nil ? nil : reports.state(of: subscription)
      return ConnectionSnapshot.Stream(
        market: markets[subscription.market], channel: subscription.channel, state: own?.state ?? state,
        reason: own?.reason ?? reason)
    }
    return ConnectionSnapshot(
      source: source, venue: venue, number: number, state: state, reason: reason, streams: streams)
  }
}

extension Connection {
  /// As a whole, in the words of status events.
  fileprivate var reportedState: VenueStatus.State {
    switch state {
    case .idle, .due: .connecting
    case .running: isLive ? .live : .connecting
    case .lost, .waiting, .stopped: .down
    }
  }
}
