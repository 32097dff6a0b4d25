/// One socket of a probe, and what its session has learnt.
struct ProbedSocket {
  enum Phase: Equatable {
    /// For its turn among the attempts that the venue allows.
    case waiting(until: Instant)
    case connecting(since: Instant)
    case open(since: Instant)
    case failed(NetworkFailure)
    /// It was open.
    case lost(reason: String)
  }

  struct Stream {
    let subscription: Subscription
    var isAcknowledged = false
    /// The venue's own words.
    var refusal: String?
    /// How long after the opening its first data came.
    var firstData: Duration?
  }

  /// Round trips that are measured, one after the other.
  private static let mostPings = 3
  /// Times that are compared at least, if they come soon.
  private static let enoughSamples = 5
  private static let timeForSamples = Duration.seconds(1)
  /// More than the network takes to give up connecting by itself.
  static let patience = Duration.seconds(5)

  let id: ConnectionID
  let link: SessionLink
  var phase: Phase
  var pacer: MessagePacer
  private(set) var streams: [Stream]
  private(set) var particulars: SocketParticulars?
  private(set) var offset = ClockOffset()
  private(set) var roundTrip: Duration?
  private(set) var venueErrors: [String] = []
  /// Requests that its session wants made.
  private var fetches: [(number: Int, path: String)] = []
  private(set) var unreadable: (count: Int, first: SessionError)?
  private var pings = 0
  private var pingSent: Instant?
  private var settledAt: Instant?

  init(_ id: ConnectionID, _ plan: ConnectionPlan, _ link: SessionLink, interval: Duration) {
    self.id = id
    self.link = link
    phase = .waiting(until: .start)
    pacer = MessagePacer(interval: interval)
    streams = plan.subscriptions.map { Stream(subscription: $0) }
  }

  var openSince: Instant? {
    if case .open(let since) = phase { since } else { nil }
  }

  /// Whether the socket was ever open.
  var hasOpened: Bool {
    switch phase {
    case .open, .lost: true
    case .waiting, .connecting, .failed: false
    }
  }

  var hasFoundHost: Bool {
    switch phase {
    case .open, .lost: true
    case .failed(let failure): ![.resolve, .cancelled].contains(failure.stage) || particulars?.address != nil
    case .waiting, .connecting: false
    }
  }

  // MARK: What arrives

  mutating func take(_ event: InputEvent, at place: Int, of batch: borrowing InputBatch, now: Instant) {
    switch event {
    case .connected(_, let time):
      phase = .open(since: now)
      link.connected(at: time)
    case .frame: link.receive(batch, place..<place + 1)
    case .binaryFrame(_, let count, let time): link.binaryFrame(byteCount: count, at: time)
    case .response(_, let request, let status, let body, let time):
      link.response(request, status: status, batch.bytes.extracting(body), at: time)
    default: return
    }
    for event in link.output.events { note(event) }
    link.output.removeEvents()
    noteData(at: now)
    let (actions, errors) = link.takeNews()
    for action in actions { note(action) }
    if let first = errors.first { unreadable = ((unreadable?.count ?? 0) + errors.count, unreadable?.first ?? first) }
  }

  private mutating func note(_ event: MarketEvent) {
    link.output.buffer.times.note(event)
    switch event {
    case .trade(let trade): offset.note(eventTime: trade.eventTime, receiveTime: trade.receiveTime)
    case .quote(let quote): offset.note(eventTime: quote.eventTime, receiveTime: quote.receiveTime)
    case .withdrawn, .clock: break
    }
  }

  private mutating func noteData(at now: Instant) {
    guard let openSince else { return }
    for place in streams.indices where streams[place].firstData == nil {
      let subscription = streams[place].subscription
      let last = link.streamTimes[subscription.market, subscription.channel]
      if last != StreamTimes.none { streams[place].firstData = now - openSince }
    }
  }

  /// Hands over the requests that are to be made.
  mutating func takeFetches() -> [(number: Int, path: String)] {
    defer { fetches = [] }
    return fetches
  }

  private mutating func note(_ action: SessionOutput.Action) {
    switch action {
    case .send(let text): pacer.append(.text(text))
    case .acknowledged(let subscription):
      if let place = place(of: subscription) { streams[place].isAcknowledged = true }
    case .refused(let subscription, let message):
      if let place = place(of: subscription) { streams[place].refusal = message }
    case .venueError(let message): if venueErrors.count < 3 { venueErrors.append(message) }
    case .fetch(let number, let path): fetches.append((number, path))
    case .missing, .closing, .outOfStep, .askAgain: break
    }
  }

  private func place(of subscription: Subscription) -> Int? {
    streams.firstIndex { $0.subscription == subscription }
  }

  /// Looks at the socket itself. True when a ping shall be sent.
  mutating func observe(_ known: SocketParticulars?, at now: Instant) -> Bool {
    guard let known else { return false }
    let isAnswered = known.pongs > particulars?.pongs ?? 0
    particulars = known
    if isAnswered, let sent = pingSent {
      roundTrip = min(roundTrip ?? now - sent, now - sent)
      pingSent = nil
    }
    guard openSince != nil, pingSent == nil, pings < ProbedSocket.mostPings else { return false }
    pings += 1
    pingSent = now
    return true
  }

  // MARK: The end

  /// Whether all is known that can be within `timeout`.
  mutating func isDone(at now: Instant, timeout: Duration) -> Bool {
    switch phase {
    case .failed, .lost: return true
    case .waiting, .connecting: return false
    case .open(let since):
      if now - since >= timeout { return true }
      let isSettled = streams.allSatisfy { $0.refusal != nil || ($0.isAcknowledged && $0.firstData != nil) }
      guard isSettled else { return false }
      settledAt = settledAt ?? now
      guard roundTrip != nil, pingSent == nil else { return false }
      return offset.samples.count >= ProbedSocket.enoughSamples
        || now - (settledAt ?? now) >= ProbedSocket.timeForSamples
    }
  }

  /// The next moment at which it has to be looked at although nothing happened.
  func deadline(timeout: Duration) -> Instant? {
    switch phase {
    case .waiting(let until): return until
    case .connecting(let since): return since + timeout + ProbedSocket.patience
    case .open(let since):
      let end = pingSent == nil ? settledAt.map { $0 + ProbedSocket.timeForSamples } : nil
      return [pacer.deadline, end].compactMap(\.self).reduce(since + timeout, min)
    case .failed, .lost: return nil
    }
  }
}
