internal import Logging

/// All connections of a run to venues, on the core's thread: what the network brings goes through the pipeline at once,
/// what sessions and the connections' state machines want goes back to the network. Nothing is queued in between and
/// nothing dropped; a core that is behind leaves bytes in the sockets.
final class LiveFeeds {
  private let sources: [LiveSource]
  private let network: any Network
  let log: InputLog
  let clock: LiveClock
  let logger: Logger
  var connections: [LiveConnection] = []
  /// By number in the input log: whose it is.
  private var owners: [ConnectionID: (connection: Int, slot: ConnectionSlot)] = [:]
  /// By `LiveSource.budget`.
  private var budgets: [String: ConnectionBudget] = [:]
  private var limits: AttemptFile?
  private let tape: LiveTape
  private var random = SystemRandomNumberGenerator()
  var batch = InputBatch()
  private var outcomes: [NetworkOutcome] = []
  /// Connections that something has happened to since they were last advanced.
  private var touched: [Int] = []
  /// Nil where no venue has a list.
  let instruments: InstrumentService?
  /// By target of the service.
  var lists: [Int: InstrumentList] = [:]
  /// What a list newly has, and a connection of its venue, until it stands in the log.
  var newlyListed: [(connection: ConnectionID, market: MarketID)] = []
  /// Requests by HTTP that sessions want made, in the order in which they asked.
  private var fetches: [Fetch] = []
  /// Requests that were not answered, which their sessions are told of.
  private var unanswered: [(connection: ConnectionID, number: Int, reason: String)] = []
  /// When something last arrived, or a tick stood in for it.
  private var lastEvent = Instant.start
  /// How long the core was held up between turns, in all.
  private var heldUp = Duration.zero
  private var lastTurnEnd: Duration?

  private struct Fetch {
    let connection: ConnectionID
    let number: Int
    let path: String
    var notBefore = Instant.start
  }

  /// Less is the usual work of a core with other things to do.
  private static let usualGap = Duration.milliseconds(500)
  private var detectionLatency = LatencyHistogram()

  init(
    _ sources: [LiveSource], _ network: any Network, _ log: InputLog, _ clock: LiveClock, _ tape: LiveTape,
    limits: AttemptFile?, instruments: InstrumentService? = nil, logger: Logger
  ) {
    self.instruments = instruments
    self.sources = sources
    self.network = network
    self.log = log
    self.clock = clock
    self.tape = tape
    self.limits = limits
    self.logger = logger
    var numbers: [String: Int] = [:]
    for (place, source) in sources.enumerated() {
      let venue = source.venue
      if budgets[source.budget] == nil {
        var budget = ConnectionBudget(venue)
        if source.options.endpoint == nil, let saved = limits?.attempts(at: venue.id) {
          budget.restore(saved, at: now, clock.now(), longestPause: .seconds(86_400))
        }
        budgets[source.budget] = budget
      }
      for plan in ConnectionPlan.shards(of: source.adapter.subscriptions(in: log.markets), by: venue) {
        let ids = ConnectionSlot.allCases.map { _ in
          let number = numbers[venue.id, default: 0]
          numbers[venue.id] = number + 1
          let id = log.connection(venue.id, number, adapter: source.adapter, plan: plan)
          tape.add(id, source: place, venue.id, number, at: clock.now())
          return id
        }
        for slot in ConnectionSlot.allCases { owners[ids[slot.rawValue]] = (connections.count, slot) }
        connections.append(
          LiveConnection(source: place, ids: ids, machine: Connection(plan, source.policy)))
      }
    }
  }

  /// The connections' time stands still while the core is held up elsewhere: what arrived meanwhile lies in the sockets
  /// unread, so that no silence of a stream can be told from it.
  private var now: Instant { Instant(sinceStart: clock.elapsed() - heldUp) }

  /// Begins to connect.
  func start() {
    for place in connections.indices { tell(place, .start) }
  }

  /// Waits for something to happen, at most `longest`, and sees to all that has.
  func turn(atMost longest: Duration, _ pipeline: inout Pipeline, _ records: inout [Record]) {
    if let lastTurnEnd {
      let gap = clock.elapsed() - lastTurnEnd
      if gap > LiveFeeds.usualGap { heldUp += gap }
    }
    defer { lastTurnEnd = clock.elapsed() }
    advance(&pipeline, &records)
    batch.removeAll()
    outcomes.removeAll(keepingCapacity: true)
    network.wait(atMost: min(longest, untilDue()), into: &batch, &outcomes)
    let now = now
    if !batch.events.isEmpty {
      lastEvent = now
    } else if now - lastEvent >= .seconds(1) {
      lastEvent = now
      batch.append(.tick(clock.now()))
    }
    process(&pipeline, &records)
    // Once for each turn: of the socket that waited longest.
    if let found = network.readableSince {
      detectionLatency.add(microseconds: clock.now().microseconds &- found.microseconds)
    }
    for outcome in outcomes { take(outcome) }
    takeInstrumentNews()
    for news in pipeline.takeSessionNews() { take(news) }
    advance(&pipeline, &records)
  }

  /// Closes all sockets, within `limit`. Nothing is detected any more.
  func stop(within limit: Duration, _ pipeline: inout Pipeline, _ records: inout [Record]) {
    let end = now + limit
    instruments?.stop()
    pipeline.endDetection()
    tape.leaveOutMessages()
    for place in connections.indices { tell(place, .stop) }
    advance(&pipeline, &records)
    while !connections.allSatisfy(\.machine.isFinished), now < end {
      turn(atMost: .milliseconds(50), &pipeline, &records)
    }
    tape.finish()
  }

  /// What it knows of itself, for those who look from outside.
  func add(to snapshot: inout CoreSnapshot) {
    snapshot.detectionLatency = detectionLatency
    snapshot.captures = tape.losses
    snapshot.connections = connections.map { connection in
      let first = log.connection(connection.id(of: .first))
      return connection.snapshot(
        source: sources[connection.source].name, venue: first.venue, number: first.number, log.markets)
    }
  }

  // MARK: What happened

  private func process(_ pipeline: inout Pipeline, _ records: inout [Record]) {
    guard !batch.events.isEmpty else { return }
    tape.record(batch, log)
    pipeline.process(batch, 0..<batch.events.count, log: log, into: &records)
  }

  private func take(_ outcome: NetworkOutcome) {
    switch outcome {
    case .opened(let id): tell(id) { .opened($0) }
    case .failed(let id, let failure): tell(id) { .failed($0, failure) }
    case .closed(let id, let code, let reason): tell(id) { .closed($0, code: code, reason: reason) }
    case .unanswered(let id, let request, let failure):
      guard let owner = owners[id] else { return }
      logger.warning("\(name(of: owner.connection)): a request was not answered: \(failure)")
      unanswered.append((id, request, failure.reason))
    case .throttled(let id, let status, let retryAfter):
      guard let owner = owners[id] else { return }
      holdRequests(of: owner.connection, status, retryAfter)
    }
  }

  /// A venue has asked for fewer requests: none is made for the time that it names.
  private func holdRequests(of place: Int, _ status: Int, _ retryAfter: Duration?) {
    let source = sources[connections[place].source]
    let pause = min(retryAfter ?? source.policy.usualRetryAfter, source.policy.longestRetryAfter)
    logger.warning("\(name(of: place)): the venue answers \(status), no request for \(pause.rough)")
    budgets[source.budget, default: ConnectionBudget(source.venue)].pauseRequests(until: now + pause)
    saveAttempts(of: source)
  }

  private func take(_ news: Pipeline.SessionNews) {
    switch news {
    case .action(let id, .fetch(let number, let path)):
      // A snapshot of a book that is asked for again: nobody waits for the older answer any more.
      if number < 0 { fetches.removeAll { $0.connection == id && $0.number < 0 && $0.path == path } }
      fetches.append(Fetch(connection: id, number: number, path: path))
    case .action(let id, let action): tell(id) { .action($0, action) }
    case .error(let id, let error): tell(id) { .remedy($0, error.remedy, reason: error.description) }
    }
  }

  private func tell(_ id: ConnectionID, _ input: (ConnectionSlot) -> ConnectionInput) {
    guard let owner = owners[id] else { return }
    tell(owner.connection, input(owner.slot))
  }

  func tell(_ place: Int, _ input: ConnectionInput) {
    connections[place].machine.receive(input, at: now)
    touched.append(place)
  }

  // MARK: What to do

  /// Until the first connection has something to do, or a second of silence is over.
  private func untilDue() -> Duration {
    var due = lastEvent + .seconds(1)
    for connection in connections {
      if let deadline = connection.machine.deadline { due = min(due, deadline) }
    }
    for fetch in fetches { due = min(due, fetch.notBefore) }
    return max(.zero, due - now)
  }

  /// Lets every connection that is due do what it wants, until none wants anything more.
  private func advance(_ pipeline: inout Pipeline, _ records: inout [Record]) {
    // What one step asks of a session may ask for the next; a bound, so that no mistake becomes a loop.
    for _ in 0..<8 {
      let now = now
      for place in connections.indices where connections[place].machine.deadline.map({ $0 <= now }) ?? false {
        touched.append(place)
      }
      makeRequests(at: now)
      if touched.isEmpty, unanswered.isEmpty, newlyListed.isEmpty { return }
      let places = Set(touched).sorted()
      touched.removeAll(keepingCapacity: true)
      batch.removeAll()
      tellUnanswered()
      tellNewlyListed()
      for place in places { advance(place, at: now, &pipeline, &records) }
      process(&pipeline, &records)
      for news in pipeline.takeSessionNews() { take(news) }
    }
  }

  private func advance(_ place: Int, at now: Instant, _ pipeline: inout Pipeline, _ records: inout [Record]) {
    let source = sources[connections[place].source]
    let ids = connections[place].ids
    let activity = LiveActivity(network: network, ids: ids, links: ids.map { pipeline.link($0, log) })
    var budget = budgets[source.budget] ?? ConnectionBudget(source.venue)
    let pause = budget.pausedUntil
    connections[place].machine.advance(to: now, activity, &budget, using: &random)
    budgets[source.budget] = budget
    if budget.pausedUntil != pause { saveAttempts(of: source) }
    for output in connections[place].machine.takeOutputs() { perform(output, place, &pipeline, &records) }
  }

  /// Makes the requests whose venues allow another one by now.
  private func makeRequests(at now: Instant) {
    guard !fetches.isEmpty else { return }
    var waiting: [Fetch] = []
    for var fetch in fetches {
      guard let owner = owners[fetch.connection] else { continue }
      let source = sources[connections[owner.connection].source]
      var budget = budgets[source.budget] ?? ConnectionBudget(source.venue)
      if let later = budget.takeRequest(at: now) {
        fetch.notBefore = later
        waiting.append(fetch)
      } else if let request = source.fetchRequest(fetch.path) {
        network.fetch(request, for: fetch.connection, number: fetch.number)
      } else {
        unanswered.append((fetch.connection, fetch.number, "the venue has no REST address"))
      }
      budgets[source.budget] = budget
    }
    fetches = waiting
  }

  /// A request without an answer stands in the log as one with status 0, so that a replay knows of it.
  private func tellUnanswered() {
    for (connection, number, reason) in unanswered {
      let body = batch.store(reason.utf8Span.span.bytes)
      batch.append(.response(connection, request: number, status: 0, body: body, at: clock.now()))
    }
    unanswered.removeAll()
  }

  private func perform(
    _ output: ConnectionOutput, _ place: Int, _ pipeline: inout Pipeline, _ records: inout [Record]
  ) {
    let connection = connections[place]
    switch output {
    case .open(let slot):
      saveAttempts(of: sources[connection.source])
      network.open(connection.id(of: slot), sources[connection.source].request)
    case .close(let slot, let reason): network.close(connection.id(of: slot), reason: reason)
    case .send(let slot, let text): network.send(connection.id(of: slot), text: text)
    case .ping(let slot): network.ping(connection.id(of: slot))
    case .subscribe(let slot, let subscriptions):
      pipeline.subscribe(connection.id(of: slot), subscriptions, log)
    case .unsubscribe(let slot, let subscriptions):
      pipeline.unsubscribe(connection.id(of: slot), subscriptions, log)
    case .status(let slot, let subscription, let state, let reason):
      connections[place].reports.note(subscription, state, reason)
      let text = batch.store(reason.utf8Span.span.bytes)
      batch.append(
        .status(
          connection.id(of: slot), market: subscription?.market, channel: subscription?.channel, state, reason: text,
          at: clock.now()))
    case .log(let level, let message): logger.log(level: level, "\(name(of: place)): \(message)")
    }
  }

  private func name(of place: Int) -> String {
    let source = connections[place].source
    let number = connections[..<place].count { $0.source == source }
    return "\(sources[source].name) connection \(number)"
  }

  private func saveAttempts(of source: LiveSource) {
    guard source.options.endpoint == nil, let budget = budgets[source.budget] else { return }
    limits?.save(budget.saved(at: now, clock.now()), of: source.venue.id)
  }
}
