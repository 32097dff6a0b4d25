internal import ArbdFramework
internal import ArbdTransport

/// What clients send.
extension ServerLoop {
  func process(_ peer: Peer) {
    if peer.phase == .http { readRequests(peer) }
    switch peer.phase {
    case .webSocket, .closing: readFrames(peer)
    case .http: break
    case .ending, .draining: peer.input.removeAll()
    }
  }

  // MARK: HTTP

  private func readRequests(_ peer: Peer) {
    while peer.phase == .http {
      do throws(HTTPHead.Fault) {
        guard let (head, count) = try peer.headReader.read(peer.input.span.bytes) else { return }
        peer.input.removeFirst(count)
        peer.headReader = HTTPHeadReader()
        answer(peer, head)
      } catch {
        answer(peer, HTTPAnswer(error))
      }
      // One who asks again and again in one go gets no more than others who do not read.
      if peer.pendingBytes > maximumPendingBytes { return reset(peer) }
    }
  }

  private func answer(_ peer: Peer, _ head: HTTPHead) {
    if ServerHandshake.isWanted(by: head) {
      do throws(HTTPAnswer) {
        return try upgrade(peer, ServerHandshake(head))
      } catch {
        return answer(peer, error)
      }
    }
    guard let (method, target, version) = head.requestLine else { return answer(peer, HTTPAnswer(400)) }
    guard method == "GET" else { return answer(peer, HTTPAnswer(405, [HTTPHeader("Allow", "GET")])) }
    var result = peer.server.venue.answer(RequestTarget(target), at: time)
    result.keepsConnection = version == 1 && !head.lists("close", in: "Connection")
    answer(peer, result)
  }

  private func answer(_ peer: Peer, _ answer: HTTPAnswer) {
    peer.write { $0 += answer.bytes }
    markDirty(peer)
    if !answer.keepsConnection { end(peer) }
  }

  private func upgrade(_ peer: Peer, _ handshake: ServerHandshake) throws(HTTPAnswer) {
    let server = peer.server
    if let status = server.status, status.until > now { throw ServerLoop.faultyAnswer(status.code) }
    let target = RequestTarget(handshake.target)
    if var refusal = server.venue.refusal(of: target, at: time) {
      refusal.keepsConnection = false
      throw refusal
    }
    var (response, compression) = handshake.accept(compression: server.compression)
    if server.acceptsWronglyUntil > now { response = ServerLoop.withWrongAccept(response) }
    peer.write { $0 += response }
    peer.openWebSocket(compression)
    markDirty(peer)
    server.venue.opened(peer.id, target, at: time, &server.output)
    dispatch(server)
  }

  private static func faultyAnswer(_ status: Int) -> HTTPAnswer {
    var headers: [HTTPHeader] = []
    if status == 429 || status == 503 { headers.append(HTTPHeader("Retry-After", "1")) }
    if (301...308).contains(status) { headers.append(HTTPHeader("Location", "https://example.invalid/")) }
    return HTTPAnswer(status, headers, body: "a fault, as was asked for\n")
  }

  /// The response with another key's digest.
  private static func withWrongAccept(_ response: [UInt8]) -> [UInt8] {
    let text = String(decoding: response, as: UTF8.self)
    return Array(text.replacing(#/Sec-WebSocket-Accept: [^\r]*/#, with: "Sec-WebSocket-Accept: \(wrongAccept)").utf8)
  }

  private static let wrongAccept = "AAAAAAAAAAAAAAAAAAAAAAAAAAA="

  // MARK: WebSocket

  private func readFrames(_ peer: Peer) {
    var offset = 0
    reading: while true {
      let item = peer.input.withUnsafeMutableBytes { peer.reader.next(in: $0, from: &offset) }
      switch item {
      case .incomplete: break reading
      case .text(let range), .binary(let range): receive(peer, bytes(peer, range))
      case .assembled: receive(peer, peer.reader.assembledBytes)
      case .ping(let range): receive(peer, .ping, bytes(peer, range))
      case .pong(let range): receive(peer, .pong, bytes(peer, range))
      case .close(let code, _): finish(peer, code)
      case .violation(let violation):
        close(peer, violation.closeCode, reason: violation.description)
        end(peer)
      }
    }
    peer.input.removeFirst(min(offset, peer.input.count))
  }

  private func bytes(_ peer: Peer, _ range: ByteRange) -> [UInt8] {
    Array(peer.input[range.start..<range.start + range.count])
  }

  private func receive(_ peer: Peer, _ text: [UInt8]) {
    guard peer.phase == .webSocket else { return }
    let server = peer.server
    server.venue.received(text, from: peer.id, at: time, &server.output)
    dispatch(server)
  }

  private func receive(_ peer: Peer, _ control: ControlFrame, _ payload: [UInt8]) {
    guard peer.phase == .webSocket else { return }
    let server = peer.server
    if control == .ping, server.keepsPongsUntil <= now {
      writeControl(peer) { $0.append(pong: payload.span.bytes, to: &$1) }
    }
    server.venue.received(control, payload, from: peer.id, at: time, &server.output)
    dispatch(server)
  }

  /// The client closes, or answers our close frame.
  private func finish(_ peer: Peer, _ code: CloseCode?) {
    if peer.phase == .webSocket {
      forget(peer)
      writeControl(peer) { $0.append(close: code, to: &$1) }
    }
    end(peer)
  }
}

extension FrameReader {
  /// A copy of the assembled message.
  fileprivate var assembledBytes: [UInt8] { assembled.withUnsafeBytes { Array($0) } }
}
