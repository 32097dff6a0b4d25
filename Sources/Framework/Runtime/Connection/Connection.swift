/// Keeps one connection of a venue alive for ever: a state machine over up to two sockets that never asks for the time,
/// reads a socket or draws a number by itself.
///
///     waiting ──▶ due ──▶ running (connecting, then open) ──▶ lost ──▶ waiting …
///
/// Its owner tells it what happens (`receive`), calls `advance` after that and when `deadline` has come, and performs
/// what `takeOutputs` gives. A planned renewal, or one because of a few streams, opens the second slot and hands over once
/// that is ready, so that nothing is stale in between.
struct Connection: Sendable {
  enum State: Sendable, Equatable {
    case idle
    /// Broken off; how long to wait is decided by `advance`.
    case lost(Loss)
    case waiting(until: Instant)
    /// To be opened as soon as the venue's limits and the sockets allow it.
    case due(at: Instant)
    /// The primary slot is connecting or open.
    case running
    /// For good.
    case stopped
  }

  /// Why a connection broke off.
  struct Loss: Sendable, Equatable {
    var reason: String
    var failure: NetworkFailure?
    var closeCode: UInt16?
  }

  /// The second socket, wanted or there.
  struct Renewal: Sendable {
    let reason: String
    /// Nil while it waits for its time.
    var slot: ConnectionSlot?
    var notBefore: Instant
    var hasFailed = false
  }

  let plan: ConnectionPlan
  let policy: ConnectionPolicy
  private let places: [Subscription: Int]
  var state = State.idle
  /// The slot whose data the connection stands for.
  var primary = ConnectionSlot.first
  var sockets: [ConnectionSocket]
  var renewal: Renewal?
  /// When the primary socket's lifetime asks for another.
  var plannedRenewal: Instant?
  var backoff: Backoff
  var renewalBackoff: Backoff
  /// Reconnecting because of streams.
  var streamRemedy: GrowingInterval
  /// By place in the plan: since when the stream is reported as anything but live.
  var reports: [Instant?]
  /// By place in the plan: why the venue does not trade it now, by its list; nil: it does.
  var obstacles: [String?]
  /// Reported as a whole.
  var isLive = false
  /// Failures in a row that a new attempt will hardly mend.
  var hardFailures = 0
  var nextSweep = Instant.start
  private var outputs: [ConnectionOutput] = []

  init(_ plan: ConnectionPlan, _ policy: ConnectionPolicy) {
    self.plan = plan
    self.policy = policy
    places = Dictionary(
      plan.subscriptions.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    sockets = ConnectionSlot.allCases.map { _ in ConnectionSocket(policy) }
    backoff = Backoff(base: policy.backoffBase, cap: policy.backoffCap)
    renewalBackoff = backoff
    streamRemedy = GrowingInterval(base: policy.remedyBase, cap: policy.remedyCap)
    reports = Array(repeating: nil, count: plan.subscriptions.count)
    obstacles = Array(repeating: nil, count: plan.subscriptions.count)
  }

  // MARK: What its owner calls

  mutating func receive(_ input: ConnectionInput, at now: Instant) {
    switch input {
    case .start: if state == .idle { state = .due(at: now) }
    case .stop: stop(at: now)
    case .opened(let slot):
      guard sockets[slot.rawValue].isConnecting else { return }
      sockets[slot.rawValue].opened(at: now)
      if slot == primary { plannedRenewal = nil }
      hardFailures = 0
      nextSweep = min(nextSweep, now + policy.sweepInterval)
    case .failed(let slot, let failure):
      ended(slot, Loss(reason: failure.reason, failure: failure), at: now)
    case .closed(let slot, let code, let reason):
      // Without a code, the network's own words say what happened.
      let closed = code.map { "closed with code \($0)" } ?? (reason.isEmpty ? "closed without a code" : "")
      let text = [closed, reason.printable].filter { !$0.isEmpty }.joined(separator: ": ")
      let loss = Loss(reason: text, closeCode: code)
      ended(slot, loss, at: now)
    case .action(let slot, let action): perform(action, of: slot, at: now)
    case .listed(let market, let obstacle): note(obstacle, to: market, at: now)
    case .remedy(let slot, let remedy, let reason): mend(remedy, of: slot, reason, at: now)
    }
  }

  /// Does what is due by `now`.
  mutating func advance(
    to now: Instant, _ activity: some ConnectionActivity, _ budget: inout ConnectionBudget,
    using random: inout some RandomNumberGenerator
  ) {
    if now >= nextSweep { sweep(activity, &budget, at: now, using: &random) }
    if case .lost(let loss) = state { wait(after: loss, &budget, at: now, using: &random) }
    if case .waiting(let until) = state, until <= now { state = .due(at: now) }
    if case .due(let at) = state, at <= now { connect(activity, &budget, at: now) }
    for slot in ConnectionSlot.allCases where sockets[slot.rawValue].openSince != nil {
      while let message = sockets[slot.rawValue].pacer.pop(at: now, &budget) {
        switch message {
        case .text(let text): put(.send(slot, text))
        case .ping: put(.ping(slot))
        }
      }
    }
  }

  /// When to call `advance` again at the latest; nil: not before something happens.
  var deadline: Instant? {
    var deadline: Instant?
    func consider(_ instant: Instant?) {
      guard let instant else { return }
      deadline = deadline.map { min($0, instant) } ?? instant
    }
    switch state {
    case .lost: consider(.start)
    case .waiting(let instant), .due(let instant): consider(instant)
    case .idle, .running, .stopped: break
    }
    for socket in sockets where !socket.isIdle {
      consider(nextSweep)
      if socket.openSince != nil { consider(socket.pacer.deadline) }
    }
    return deadline
  }

  /// What has to be done since the last call.
  mutating func takeOutputs() -> [ConnectionOutput] {
    if outputs.isEmpty { return [] }
    defer { outputs = [] }
    return outputs
  }

  /// Stopped, and every socket is closed.
  var isFinished: Bool { state == .stopped && sockets.allSatisfy(\.isIdle) }

  // MARK: For its other parts

  mutating func put(_ output: ConnectionOutput) { outputs.append(output) }

  func place(of subscription: Subscription) -> Int? { places[subscription] }

  /// Reports a stream as anything but live.
  mutating func report(_ place: Int, _ state: VenueStatus.State, _ reason: String, at now: Instant) {
    reports[place] = now
    put(.status(primary, plan.subscriptions[place], state, reason: reason))
  }

  private mutating func stop(at now: Instant) {
    guard state != .stopped else { return }
    state = .stopped
    renewal = nil
    for slot in ConnectionSlot.allCases where sockets[slot.rawValue].isInUse { close(slot, "stopped", at: now) }
  }

  mutating func close(_ slot: ConnectionSlot, _ reason: String, at now: Instant) {
    sockets[slot.rawValue].close(at: now)
    put(.close(slot, reason: reason))
    nextSweep = min(nextSweep, now + policy.sweepInterval)
  }
}
