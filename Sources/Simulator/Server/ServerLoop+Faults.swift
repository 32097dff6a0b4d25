internal import ArbdFramework
internal import ArbdTransport

/// Faults begin and end here.
extension ServerLoop {
  func begin(_ fault: Fault) {
    guard let server = servers.first(where: { $0.kind == fault.venue }) else { return }
    if server.marketFaults.begin(fault.kind, at: time) { return }
    switch fault.kind {
    case .stall, .close, .drop, .frame, .drip:
      for peer in targets(of: fault, server) { hit(peer, fault.kind) }
    case .refuse(let duration):
      server.listener?.shut()
      server.listener = nil
      server.refusesUntil = end(duration)
    case .status(let code, let duration): server.status = (code, end(duration))
    case .wrongAccept(let duration): server.acceptsWronglyUntil = end(duration)
    case .noPong(let duration): server.keepsPongsUntil = end(duration)
    case .refuseSubscriptions(let duration): mishandle(server, .refuse, duration)
    case .ignoreSubscriptions(let duration): mishandle(server, .ignore, duration)
    case .burst(let duration, let factor):
      model.burst(server.kind, factor: Double(factor), at: now, duration: duration.wholeNanoseconds)
    case .halt(let duration): model.burst(server.kind, factor: 0, at: now, duration: duration.wholeNanoseconds)
    case .noSnapshot(let count): server.venue.withheldSnapshots += count
    case .mute, .skip, .wrongSequence, .duplicate, .reorder, .skew, .loseUpdates, .repeatUpdates, .reorderUpdates,
      .wrongChecksum:
      break
    }
  }

  private func end(_ duration: Duration) -> Int64 {
    let (end, overflow) = now.addingReportingOverflow(duration.wholeNanoseconds)
    return overflow ? .max : end
  }

  private func mishandle(_ server: VenueServer, _ handling: SubscriptionHandling, _ duration: Duration) {
    server.venue.subscriptionHandling = handling
    server.mishandlesUntil = end(duration)
  }

  /// All open WebSockets of the venue, or the one whose turn it is.
  private func targets(of fault: Fault, _ server: VenueServer) -> [Peer] {
    let open = peers.compactMap { $0 }.filter { $0.server === server && $0.phase == .webSocket }
    guard fault.hitsOne else { return open }
    guard let next = open.first(where: { $0.id.number > server.lastHit }) ?? open.first else { return [] }
    server.lastHit = next.id.number
    return [next]
  }

  private func hit(_ peer: Peer, _ kind: Fault.Kind) {
    switch kind {
    case .stall(let duration):
      // Not even a hang-up is heard: a socket under watch would report it again and again.
      if peer.stalledUntil == nil { poller.remove(peer.stream.descriptor) }
      peer.stalledUntil = end(duration)
      addUnderFault(peer)
    case .drip(let duration):
      peer.dripsUntil = end(duration)
      addUnderFault(peer)
    case .close(let code): close(peer, code)
    case .drop: reset(peer)
    case .frame(let frame):
      peer.write { $0 += frame.bytes }
      if frame.endsConnection {
        forget(peer)
        end(peer)
      }
      markDirty(peer)
    default: break
    }
  }

  private func addUnderFault(_ peer: Peer) {
    if !peersUnderFault.contains(where: { $0 === peer }) { peersUnderFault.append(peer) }
  }

  /// Ends what is over.
  func endFaults() {
    for (place, server) in servers.enumerated() {
      if let end = server.refusesUntil, end <= now { listenAgain(place) }
      if let end = server.mishandlesUntil, end <= now {
        server.mishandlesUntil = nil
        server.venue.subscriptionHandling = .heed
      }
    }
    guard !peersUnderFault.isEmpty else { return }
    for peer in peersUnderFault {
      if let end = peer.stalledUntil, end <= now {
        peer.stalledUntil = nil
        peer.isWatchedForWriting = false
        poller.add(peer.stream.descriptor, key: ServerLoop.firstPeerKey + peer.id.number)
        markDirty(peer)
      }
      if let end = peer.dripsUntil, end <= now {
        peer.dripsUntil = nil
        markDirty(peer)
      }
    }
    peersUnderFault.removeAll { $0.stalledUntil == nil && $0.dripsUntil == nil }
  }

  private func listenAgain(_ place: Int) {
    let server = servers[place]
    do throws(SimulatorError) {
      server.listener = try Listener(address: address, port: server.port)
      server.refusesUntil = nil
      listen(place)
    } catch {
      // Somebody else may hold the port for a moment.
      server.refusesUntil = now + 10_000_000
    }
  }
}
