internal import Logging

/// Performs the probes of all live sources at the same time, on one network. One thread owns it.
struct ProbeRun: ~Copyable {
  private var probes: [Probe] = []
  private let network: any ProbedNetwork
  private let clock: LiveClock
  private let attempts: AttemptFile?
  /// By venue: its limits hold for the probes as for a run.
  private var budgets: [String: ConnectionBudget] = [:]
  private var batch = InputBatch()
  private var outcomes: [NetworkOutcome] = []

  /// How long sockets have for saying goodbye.
  private static let closeTime = Duration.seconds(1)

  init(
    _ sources: [LiveSource], _ network: any ProbedNetwork, _ clock: LiveClock, attempts: AttemptFile?,
    markets: MarketTable, timeout: Duration, offsetLimit: Duration
  ) {
    self.network = network
    self.clock = clock
    self.attempts = attempts
    var firstID: Int32 = 0
    for source in sources {
      let probe = Probe(source, firstID: firstID, markets: markets, timeout: timeout, offsetLimit: offsetLimit)
      firstID += Int32(probe.sockets.count)
      probes.append(probe)
      guard budgets[source.venue.id] == nil else { continue }
      var budget = ConnectionBudget(source.venue)
      if source.options.endpoint == nil, let saved = attempts?.attempts(at: source.venue.id) {
        budget.restore(saved, at: .start, clock.now(), longestPause: .seconds(86_400))
      }
      budgets[source.venue.id] = budget
    }
  }

  private var now: Instant { Instant(sinceStart: clock.elapsed()) }

  /// Gives each source's findings, in their order.
  mutating func findings() -> [[Finding]] {
    while true {
      advance()
      if probes.allSatisfy(\.isFinished) { break }
      let due = probes.lazy.filter { !$0.isFinished }.compactMap(\.deadline).min() ?? now + .seconds(1)
      turn(atMost: min(max(.zero, due - now), .seconds(1)))
    }
    close()
    return probes.map { $0.findings(now: clock.now()) }
  }

  private mutating func advance() {
    for place in probes.indices {
      let venue = probes[place].venue
      var budget = budgets[venue.id] ?? ConnectionBudget(venue)
      let network = network
      let outputs = probes[place].advance(to: now, &budget) { network.particulars(of: $0) }
      budgets[venue.id] = budget
      for output in outputs {
        switch output {
        case .open(let id, let request):
          // A venue that is simulated, or stands somewhere else, has no part in what the real one allows.
          if request.url == venue.endpoint { attempts?.save(budget.saved(at: now, clock.now()), of: venue.id) }
          network.open(id, request)
        case .send(let id, let text): network.send(id, text: text)
        case .ping(let id): network.ping(id)
        case .fetch(let id, let number, let request): network.fetch(request, for: id, number: number)
        }
      }
    }
  }

  private mutating func turn(atMost time: Duration) {
    batch.removeAll()
    outcomes.removeAll()
    network.wait(atMost: time, into: &batch, &outcomes)
    let now = now
    for probe in probes.indices {
      for event in batch.events.indices { probes[probe].take(batch, event, at: now) }
      for outcome in outcomes { probes[probe].take(outcome) }
    }
  }

  /// Says goodbye to the venues. What still arrives tells nothing.
  private mutating func close() {
    let end = now + ProbeRun.closeTime
    var open = Set(probes.flatMap(\.sockets).filter { $0.openSince != nil }.map(\.id))
    for id in open { network.close(id, reason: "the check is done") }
    while !open.isEmpty, now < end {
      batch.removeAll()
      outcomes.removeAll()
      network.wait(atMost: .milliseconds(100), into: &batch, &outcomes)
      for case .closed(let id, _, _) in outcomes { open.remove(id) }
    }
  }
}
