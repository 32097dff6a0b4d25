/// Checks one live source: connects as a run would, subscribes through the adapter's own session, and listens for a while.
/// A state machine: it is told what the network brings, and says what the network shall do. Knows no clock.
struct Probe {
  enum Output: Equatable {
    case open(ConnectionID, WebSocketRequest)
    case send(ConnectionID, String)
    case ping(ConnectionID)
    case fetch(ConnectionID, number: Int, HTTPRequest)
  }

  let name: String
  let request: WebSocketRequest
  private let source: LiveSource
  let venue: VenueDescriptor
  /// For connecting, and again for everything after it.
  let timeout: Duration
  /// How far a venue's clock may be from this machine's.
  let offsetLimit: Duration
  private(set) var sockets: [ProbedSocket]
  private(set) var isFinished = false

  /// `firstID`: its sockets' numbers begin there.
  init(_ source: LiveSource, firstID: Int32, markets: MarketTable, timeout: Duration, offsetLimit: Duration) {
    name = source.name
    self.source = source
    venue = source.venue
    var request = source.request
    request.connectTimeout = timeout
    self.request = request
    self.timeout = timeout
    self.offsetLimit = offsetLimit
    let plans = ConnectionPlan.shards(of: source.adapter.subscriptions(in: markets), by: source.venue)
    let interval = source.venue.messageInterval
    sockets = plans.enumerated().map { place, plan in
      let link = source.adapter.makeLink(number: place, plan: plan, markets: markets)
      return ProbedSocket(ConnectionID(index: firstID + Int32(place)), plan, link, interval: interval)
    }
  }

  /// Event `place` of the batch, if it is of one of the probe's sockets.
  mutating func take(_ batch: borrowing InputBatch, _ place: Int, at now: Instant) {
    let event = batch.events[place]
    guard let connection = event.connection, let socket = socket(connection) else { return }
    sockets[socket].take(event, at: place, of: batch, now: now)
  }

  mutating func take(_ outcome: NetworkOutcome) {
    switch outcome {
    case .failed(let id, let failure):
      if let socket = socket(id) { sockets[socket].phase = .failed(failure) }
    case .closed(let id, _, let reason):
      if let socket = socket(id) { sockets[socket].phase = .lost(reason: reason) }
    case .opened, .unanswered, .throttled: break
    }
  }

  /// Gives what the network shall do next. `particulars` is what it knows of a socket by now.
  mutating func advance(
    to now: Instant, _ budget: inout ConnectionBudget, particulars: (ConnectionID) -> SocketParticulars?
  ) -> [Output] {
    guard !isFinished else { return [] }
    var outputs: [Output] = []
    for place in sockets.indices { advance(place, to: now, &budget, particulars(sockets[place].id), &outputs) }
    isFinished = true
    for place in sockets.indices where !sockets[place].isDone(at: now, timeout: timeout) { isFinished = false }
    return outputs
  }

  private mutating func advance(
    _ place: Int, to now: Instant, _ budget: inout ConnectionBudget, _ known: SocketParticulars?,
    _ outputs: inout [Output]
  ) {
    let id = sockets[place].id
    switch sockets[place].phase {
    case .waiting(let until):
      guard until <= now else { return }
      if let later = budget.takeAttempt(at: now) {
        let reason = "\(venue.id) allows no further attempt to connect for \((later - now).rough)"
        let isSoon = later.sinceStart <= timeout
        sockets[place].phase = isSoon ? .waiting(until: later) : .failed(NetworkFailure(.cancelled, reason))
      } else {
        sockets[place].phase = .connecting(since: now)
        outputs.append(.open(id, request))
      }
    case .connecting(let since):
      _ = sockets[place].observe(known, at: now)
      if now - since >= timeout + ProbedSocket.patience {
        sockets[place].phase = .failed(NetworkFailure(.cancelled, "it was not open within \(timeout.rough)"))
      }
    case .open:
      if sockets[place].observe(known, at: now) { outputs.append(.ping(id)) }
      for (number, path) in sockets[place].takeFetches() {
        if let request = source.fetchRequest(path) { outputs.append(.fetch(id, number: number, request)) }
      }
      while case .text(let text)? = sockets[place].pacer.pop(at: now, &budget) { outputs.append(.send(id, text)) }
    case .failed, .lost: break
    }
  }

  /// The next moment at which to advance although nothing happened.
  var deadline: Instant? { sockets.compactMap { $0.deadline(timeout: timeout) }.min() }

  private func socket(_ id: ConnectionID) -> Int? { sockets.firstIndex { $0.id == id } }
}
