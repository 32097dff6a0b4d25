internal import ArbdFramework

extension WebSocketConnection {
  func send(_ kind: MessageKind, _ payload: RawSpan) {
    guard case .open = state else { return }
    enqueue { writer.append(kind, payload, to: &$0) }
    flush()
  }

  func ping() {
    guard case .open = state else { return }
    enqueue { writer.append(ping: RawSpan(), to: &$0) }
    flush()
  }

  /// Begins the closing handshake.
  func close(reason: String) {
    switch state {
    case .connecting, .securing, .handshaking: fail(NetworkFailure(.cancelled, reason))
    case .open:
      outgoing.append { writer.append(close: .normal, to: &$0) }
      state = .closing(reason: reason)
      deadline = ContinuousClock.now + Self.closeTimeout
      flush()
    case .closing, .draining, .gone: break
    }
  }

  /// Adds a frame to what waits, or gives the peer up when it has not read for too long.
  func enqueue(_ frame: (inout [UInt8]) -> Void) {
    guard outgoing.count <= Self.mostUnsentBytes else {
      return close(
        code: nil, reason: "the peer does not read: \(outgoing.count) bytes wait to be sent", draining: false)
    }
    outgoing.append(frame)
  }

  /// Sends as much as the socket takes.
  func flush() {
    guard let channel, sendFault == nil, !isGone else { return }
    while outgoing.count > 0, isWritable {
      outgoing.send { bytes in
        switch channel.send(bytes) {
        case .bytes(let count): return count
        case .blocked(let readiness): writesWhen = readiness
        case .end: sendFault = "the peer closed the connection"
        case .broken(let reason): sendFault = reason
        }
        isWritable = false
        return 0
      }
    }
    guard sendFault != nil else { return }
    outgoing.removeAll()
    // What the peer said before it left tells more than that it left.
    isReadable = true
  }
}
