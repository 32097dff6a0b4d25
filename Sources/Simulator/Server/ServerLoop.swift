internal import ArbdFramework
internal import ArbdTransport

/// Serves the venues: one thread's loop over all sockets. Made and used on that thread alone.
final class ServerLoop {
  struct Setup: Sendable {
    let model: MarketModel
    let listeners: [(kind: VenueKind, listener: Listener)]
    let limits: BinanceLimits
    let tls: TLSContext?
    let address: String
    let speed: Double
    let maximumPendingBytes: Int
    let faults: [ScheduledFault]
  }

  let poller: Poller
  let address: String
  let clock: SimulatedClock
  var model: MarketModel
  var servers: [VenueServer] = []
  var peers: [Peer?] = []
  private let mailbox: Mailbox
  private let tls: TLSContext?
  let maximumPendingBytes: Int
  private var faults: ArraySlice<ScheduledFault>
  private var freeNumbers: [Int] = []
  private var dirty: [Peer] = []
  private var events: [SimulatedEvent] = []
  private var scratch: [SimulatedEvent] = []
  private var readBuffer = [UInt8](repeating: 0, count: 65_536)
  private var isStopping = false
  private let spare = SpareDescriptor()
  /// Of this round.
  private(set) var now: Int64 = 0

  /// Keys below the first peer's belong to the mailbox and the listeners.
  static let mailboxKey = 0
  static let firstPeerKey = 1 << 16
  /// Events between two looks at the sockets.
  private static let eventsPerRound = 1_024
  /// How long a client may take to answer a close frame, or to read what it asked for last.
  private let closeTimeout: Int64

  init(_ setup: Setup, _ mailbox: Mailbox, _ poller: Poller) {
    self.mailbox = mailbox
    self.poller = poller
    model = setup.model
    tls = setup.tls
    address = setup.address
    maximumPendingBytes = setup.maximumPendingBytes
    faults = setup.faults.sorted { $0.time < $1.time }[...]
    for (kind, listener) in setup.listeners {
      let venue = kind.makeVenue(setup.model, setup.limits)
      servers.append(VenueServer(kind, venue, listener))
    }
    clock = SimulatedClock(speed: setup.speed)
    closeTimeout = Int64(2e9 * max(1, setup.speed))
  }

  var time: Timestamp { model.timestamp(now) }

  func run() {
    poller.add(mailbox.wakeUp.descriptor, key: ServerLoop.mailboxKey)
    for place in servers.indices { listen(place) }
    var isBehind = false
    while !isStopping {
      let ready = poller.wait(milliseconds: isBehind ? 0 : timeout)
      now = clock.now
      // Mail first: who injects a fault and then sends something meets the fault.
      if ready.contains(where: { $0.key == ServerLoop.mailboxKey }) { readMail() }
      for readiness in ready where readiness.key != ServerLoop.mailboxKey { handle(readiness) }
      endFaults()
      while let next = faults.first, next.time.wholeNanoseconds <= now {
        faults = faults.dropFirst()
        begin(next.fault)
      }
      isBehind = !advanceMarkets()
      tickVenues()
      flushAll()
      if !expiring.isEmpty { closeExpired() }
    }
    closeAll()
  }

  private var timeout: Int32 {
    var next = model.nextTime ?? .max
    if let fault = faults.first { next = min(next, fault.time.wholeNanoseconds) }
    for server in servers {
      if let end = server.nextEnd { next = min(next, end) }
      if let tick = server.venue.nextTick {
        next = min(next, (tick.microseconds - model.start.microseconds) * 1_000)
      }
    }
    for peer in peersUnderFault {
      if let stalledUntil = peer.stalledUntil { next = min(next, stalledUntil) }
      // A byte for each millisecond.
      if peer.dripsUntil != nil, peer.pendingBytes > 0 { return 1 }
    }
    for peer in expiring { next = min(next, peer.deadline ?? next) }
    return next == .max ? -1 : clock.milliseconds(until: next)
  }

  private func handle(_ readiness: Poller.Readiness) {
    if readiness.key < ServerLoop.firstPeerKey { return acceptAll(readiness.key - 1) }
    let number = readiness.key - ServerLoop.firstPeerKey
    guard peers.indices.contains(number), let peer = peers[number], peer.stalledUntil == nil else { return }
    if readiness.canWrite { markDirty(peer) }
    if readiness.canRead { read(peer) }
  }

  private func readMail() {
    for message in mailbox.take() {
      switch message {
      case .inject(let fault): begin(fault)
      case .book(let venue, let instrument, let answer):
        let place = model.markets.firstIndex { $0.venue == venue && $0.instrument == instrument }
        answer(place.map(model.book))
      case .stop: isStopping = true
      }
    }
  }

  // MARK: Connections

  func listen(_ place: Int) {
    if let listener = servers[place].listener { poller.add(listener.descriptor, key: place + 1) }
  }

  private func acceptAll(_ place: Int) {
    guard servers.indices.contains(place), let listener = servers[place].listener else { return }
    while let descriptor = listener.accept(sparing: spare) {
      let number = freeNumbers.popLast() ?? peers.count
      if number == peers.count { peers.append(nil) }
      let peer = Peer(
        id: ConnectionID(number), server: servers[place], stream: ByteStream(descriptor: descriptor, tls))
      peers[number] = peer
      poller.add(descriptor, key: ServerLoop.firstPeerKey + number)
    }
  }

  private func read(_ peer: Peer) {
    // Enough for any request; what is left is reported again.
    for _ in 0..<64 {
      let result = readBuffer.withUnsafeMutableBytes { peer.stream.read(into: $0) }
      switch result {
      case .bytes(let count):
        peer.input.append(contentsOf: readBuffer[..<count])
        process(peer)
        if peers[peer.id.number] !== peer || peer.stalledUntil != nil { return }
      case .wouldBlock:
        // A TLS handshake may have something to say.
        if tls != nil { markDirty(peer) }
        return
      case .over: return remove(peer)
      }
    }
  }

  /// Forgets the peer and closes its socket.
  func remove(_ peer: Peer) {
    let number = peer.id.number
    guard peers.indices.contains(number), peers[number] === peer else { return }
    forget(peer)
    poller.remove(peer.stream.descriptor)
    peers[number] = nil
    expiring.removeAll { $0 === peer }
    peersUnderFault.removeAll { $0 === peer }
    freeNumbers.append(number)
  }

  /// The venue sends it nothing more.
  func forget(_ peer: Peer) {
    guard !peer.isForgotten else { return }
    peer.isForgotten = true
    if peer.phase != .http { peer.server.venue.closed(peer.id) }
  }

  func reset(_ peer: Peer) {
    peer.stream.abandon()
    remove(peer)
  }

  /// Closes as RFC 6455 asks: a close frame, and TCP once the client has answered or time is up.
  func close(_ peer: Peer, _ code: CloseCode, reason: String = "") {
    guard peer.phase == .webSocket else { return }
    forget(peer)
    writeControl(peer) { $0.append(close: code, reason: reason, to: &$1) }
    peer.phase = .closing
    expire(peer)
  }

  /// Ends TCP once everything is sent.
  func end(_ peer: Peer) {
    peer.phase = .ending
    markDirty(peer)
    expire(peer)
  }

  private func expire(_ peer: Peer) {
    guard peer.deadline == nil else { return }
    peer.deadline = now + closeTimeout
    expiring.append(peer)
  }

  private func closeExpired() {
    for peer in expiring where (peer.deadline ?? .max) <= now { remove(peer) }
  }

  private func closeAll() {
    for server in servers { server.listener?.shut() }
    for case let peer? in peers {
      if peer.phase == .webSocket, peer.stalledUntil == nil {
        forget(peer)
        writeControl(peer) { $0.append(close: .goingAway, to: &$1) }
        _ = peer.flush()
      }
      remove(peer)
    }
  }

  /// Peers with a deadline.
  var expiring: [Peer] = []
  /// Peers that stall or drip.
  var peersUnderFault: [Peer] = []

  // MARK: Sending

  func markDirty(_ peer: Peer) {
    guard !peer.isDirty else { return }
    peer.isDirty = true
    dirty.append(peer)
  }

  func writeControl(_ peer: Peer, _ append: (inout FrameWriter, inout [UInt8]) -> Void) {
    var writer = FrameWriter(role: .server)
    peer.write { append(&writer, &$0) }
    markDirty(peer)
  }

  private func advanceMarkets() -> Bool {
    events.removeAll(keepingCapacity: true)
    let isDone = model.advance(to: now, limit: ServerLoop.eventsPerRound, into: &events)
    for event in events {
      let kind = model.markets[event.market].venue
      for server in servers where server.kind == kind { server.happened(event, &scratch) }
    }
    for server in servers { dispatch(server) }
    return isDone
  }

  private func tickVenues() {
    let time = time
    for server in servers {
      guard let due = server.venue.nextTick, due <= time else { continue }
      server.venue.tick(at: time, &server.output)
      dispatch(server)
    }
  }

  /// Hands what the venue has written to those it is for.
  func dispatch(_ server: VenueServer) {
    guard !server.output.actions.isEmpty else { return }
    for action in server.output.actions {
      switch action {
      case .market(let range, let ids):
        for id in ids { send(server, range, id) }
      case .text(let range, let id): send(server, range, id)
      case .ping(let range, let id):
        guard let peer = openPeer(id) else { continue }
        let payload = Array(server.output.bytes[range])
        writeControl(peer) { $0.append(ping: payload.span.bytes, to: &$1) }
      case .close(let code, let reason, let id):
        if let peer = openPeer(id) { close(peer, code, reason: reason) }
      }
    }
    server.output.clear()
  }

  private func openPeer(_ id: ConnectionID) -> Peer? {
    guard let peer = peers[id.number], peer.phase == .webSocket else { return nil }
    return peer
  }

  private func send(_ server: VenueServer, _ range: Range<Int>, _ id: ConnectionID) {
    guard let peer = openPeer(id) else { return }
    peer.writeText(server.output.bytes, range)
    markDirty(peer)
  }

  private func flushAll() {
    let waiting = dirty
    dirty.removeAll(keepingCapacity: true)
    for peer in waiting {
      peer.isDirty = false
      if peers[peer.id.number] === peer { flush(peer) }
    }
  }

  private func flush(_ peer: Peer) {
    if peer.stalledUntil != nil {
      // It will not be read for a long time, perhaps: memory stays bounded, the connection open.
      if peer.pendingBytes > maximumPendingBytes { peer.discardPending() }
      return
    }
    let result = peer.flush(limit: peer.dripsUntil == nil ? .max : 1)
    if case .over = result { return remove(peer) }
    let pending = peer.pendingBytes
    // A client that does not read is not waited for.
    if pending > maximumPendingBytes { return reset(peer) }
    if pending == 0, peer.phase == .ending {
      peer.stream.finishWriting()
      peer.phase = .draining
    }
    if peer.dripsUntil != nil, pending > 0 {
      markDirty(peer)
      return
    }
    watch(peer, forWriting: pending > 0)
  }

  private func watch(_ peer: Peer, forWriting writing: Bool) {
    guard peer.isWatchedForWriting != writing else { return }
    peer.isWatchedForWriting = writing
    poller.change(peer.stream.descriptor, key: ServerLoop.firstPeerKey + peer.id.number, writing: writing)
  }
}
