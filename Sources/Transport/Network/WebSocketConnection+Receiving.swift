package import ArbdFramework

/// Takes the bytes of a binary message.
package typealias BinarySink = (ConnectionID, RawSpan) -> Void

extension WebSocketConnection {
  enum Received {
    case bytes(Int)
    /// Nothing now.
    case nothing
    /// Nothing any more.
    case end(String)
  }

  /// Takes a turn: receives into the batch and adds what was received, until the socket is empty, the turn is over or the
  /// batch is full.
  func receive(
    into batch: inout InputBatch, _ outcomes: inout [NetworkOutcome], _ now: () -> Timestamp,
    _ binary: BinarySink?
  ) {
    var left = Self.chunk
    channel?.beginReceiving()
    while isReadable, left > 0, !batch.isFull {
      switch state {
      case .handshaking: left -= receiveAnswer(into: &batch, &outcomes, now, binary)
      case .open, .closing: left -= receiveFrames(into: &batch, now, binary)
      case .draining: left -= discard(&batch)
      case .connecting, .securing, .gone: isReadable = false
      }
    }
    flush()
  }

  func receive(_ room: UnsafeMutableRawBufferPointer) -> Received {
    guard let channel else { return .nothing }
    switch channel.receive(room) {
    case .bytes(let count):
      if channel.isEmptied(by: count, of: room.count) {
        isReadable = false
        readsWhen = .reading
      }
      received &+= UInt64(count)
      return .bytes(count)
    case .blocked(let readiness):
      isReadable = false
      readsWhen = readiness
      return sendFault.map { .end("cannot send to the peer: \($0)") } ?? .nothing
    case .end:
      isReadable = false
      return .end("the peer closed the connection without a close frame")
    case .broken(let reason):
      isReadable = false
      return .end("the connection broke: \(reason)")
    }
  }

  private func receiveFrames(
    into batch: inout InputBatch, _ now: () -> Timestamp, _ binary: BinarySink?
  ) -> Int {
    var (count, time, end) = (0, Timestamp?.none, String?.none)
    let range = batch.fill(upTo: kept.count + Self.chunk) { room in
      repeat {
        switch receive(UnsafeMutableRawBufferPointer(rebasing: room[(kept.count + count)...])) {
        case .bytes(let more):
          // What follows from the TLS layer left the socket together with this.
          if time == nil { time = now() }
          count += more
        case .nothing: break
        case .end(let reason): end = reason
        }
      } while endpoint.isEncrypted && isReadable && count < Self.gulp
      guard count > 0 else { return 0 }
      room.copyBytes(from: kept)
      return kept.count + count
    }
    if let time {
      kept.removeAll(keepingCapacity: true)
      read(range, of: &batch, at: time, binary)
    }
    if let end { socketEnds(end) }
    return count
  }

  private func socketEnds(_ reason: String) {
    switch state {
    case .open: close(code: nil, reason: reason, draining: false)
    case .closing(let own): close(code: nil, reason: own, draining: false)
    // What was sent last goes out first; then the end is met again.
    case .draining: isReadable = true
    case .connecting, .securing, .handshaking, .gone: break
    }
  }

  /// Adds what the stored bytes hold, and keeps a rest for the next time.
  func read(
    _ range: ByteRange, of batch: inout InputBatch, at time: Timestamp, _ binary: BinarySink?
  ) {
    var offset = 0
    let earlier = batch.events.count
    while true {
      let item = batch.withMutableBytes(range) { reader.next(in: $0, from: &offset) }
      switch item {
      case .text(let text):
        batch.append(.frame(id, ByteRange(start: range.start + text.start, count: text.count), at: time))
      case .binary(let bytes):
        batch.append(.binaryFrame(id, byteCount: bytes.count, at: time))
        binary?(id, batch.bytes.extracting(range.start + bytes.start..<range.start + bytes.start + bytes.count))
      case .assembled(.text): batch.append(.frame(id, batch.store(reader.assembled), at: time))
      case .assembled(.binary):
        batch.append(.binaryFrame(id, byteCount: reader.assembled.byteCount, at: time))
        binary?(id, reader.assembled)
      case .ping(let payload):
        answer(payload, at: range.start, of: batch)
        if isGone { return }
      case .pong: pongs &+= 1
      case .close(let code, let reason):
        let text = batch.text(ByteRange(start: range.start + reason.start, count: reason.count))
        return peerCloses(code, text)
      case .violation(let found):
        isReadable = false
        violation = found
        return batch.events.count > earlier ? () : refuseViolation()
      case .incomplete:
        batch.withMutableBytes(range) { kept.append(contentsOf: $0[offset...]) }
        return
      }
    }
  }

  private func answer(_ ping: ByteRange, at start: Int, of batch: borrowing InputBatch) {
    // After a close frame nothing may be sent.
    guard case .open = state else { return }
    let payload = batch.bytes.extracting(start + ping.start..<start + ping.start + ping.count)
    enqueue { writer.append(pong: payload, to: &$0) }
  }

  private func peerCloses(_ code: CloseCode?, _ text: String) {
    if case .closing(let reason) = state { return close(code: code?.rawValue, reason: reason, draining: true) }
    outgoing.append { writer.append(close: code, to: &$0) }
    let reason = text.isEmpty ? "the peer closed the connection" : "the peer closed the connection: \(text.printable)"
    close(code: code?.rawValue, reason: reason, draining: true)
  }

  /// Ends the connection, if the peer broke the protocol. Messages that came before are answered first: so it is when
  /// their reader comes back that the connection ends.
  func refuseViolation() {
    guard let violation else { return }
    self.violation = nil
    switch state {
    case .open: outgoing.append { writer.append(close: violation.closeCode, reason: violation.description, to: &$0) }
    case .closing: break
    case .connecting, .securing, .handshaking, .draining, .gone: return
    }
    close(code: nil, reason: "the peer broke the WebSocket protocol: \(violation)", draining: true)
    isReadable = true
    flush()
  }

  private func discard(_ batch: inout InputBatch) -> Int {
    var count = 0
    _ = batch.fill(upTo: Self.chunk) { room in
      switch receive(room) {
      case .bytes(let number): count = number
      case .nothing: break
      case .end: state = .gone
      }
      return 0
    }
    return count
  }
}
