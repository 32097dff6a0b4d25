import ArbdFramework
import ArbdTransport
import Dispatch
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct WebSocketTests {
  private func open(_ server: LoopbackServer, _ change: (inout WebSocketRequest) -> Void = { _ in }) throws
    -> NetworkDriver
  {
    var request = WebSocketRequest(url: "ws://127.0.0.1:\(server.port)/stream?key=secret")
    change(&request)
    let driver = try NetworkDriver()
    driver.loop.open(.first, request)
    return driver
  }

  @Test(arguments: [false, true])
  func messagesComeBack(compresses: Bool) throws {
    let server = try LoopbackServer { WebSocketPeer($0, compression: DeflateParameters())?.echo() }
    var driver = try open(server) { $0.compresses = compresses }
    driver.wait { $0.outcomes == [.opened(.first)] }
    driver.loop.send(.first, text: "one")
    driver.loop.send(.first, text: "Grüße")
    driver.wait { $0.heard.count == 3 }
    #expect(driver.heard == [.connected(1), .text(1, "one"), .text(1, "Grüße")])
    driver.loop.close(.first, reason: "done")
    driver.wait { $0.outcomes.count == 2 }
    #expect(driver.outcomes.last == .closed(.first, code: 1000, reason: "done"))
    #expect(driver.heard.last == .disconnected(1, "done"))
  }

  @Test func encryptedMessagesComeBack() throws {
    let server = try LoopbackServer(TestCertificates.valid) { WebSocketPeer($0)?.echo() }
    var driver = try open(server) {
      $0.url = "wss://localhost:\(server.port)"
      $0.certificateFile = TestCertificates.authority
    }
    driver.wait { !$0.outcomes.isEmpty }
    let long = String(repeating: "long ", count: 100_000)
    for text in ["one", long, "three"] { driver.loop.send(.first, text: text) }
    driver.wait { $0.heard.count == 4 }
    #expect(driver.texts == ["one", long, "three"])
  }

  @Test func framesMayComeWithTheAnswer() throws {
    let server = try LoopbackServer { peer in
      WebSocketPeer(peer, frames: frame(0x81, Array("early".utf8)) + [0x81, 4, 0x62])?.peer.waitForEnd()
    }
    var driver = try open(server)
    driver.wait { $0.heard.count == 2 }
    #expect(driver.heard == [.connected(1), .text(1, "early")])
  }

  @Test func bytesMayDrip() throws {
    let frames = frame(0x81, Array("one".utf8)) + frame(0x89, [1, 2]) + frame(0x81, Array("two".utf8))
    let server = try LoopbackServer { peer in
      let socket = WebSocketPeer(peer)
      for byte in frames { peer.send([byte]) }
      if socket?.next() == .pong([1, 2]) { socket?.send("pong seen") }
      peer.waitForEnd()
    }
    var driver = try open(server)
    driver.wait { $0.texts.count == 3 }
    #expect(driver.texts == ["one", "two", "pong seen"])
  }

  @Test func aLongMessageArrivesWhole() throws {
    let payload = [UInt8](repeating: 0x61, count: 8 << 20)
    let server = try LoopbackServer { peer in
      WebSocketPeer(peer)?.peer.send(frame(0x81, payload) + frame(0x81, [0x62]))
      peer.waitForEnd()
    }
    var driver = try open(server)
    driver.wait { $0.texts.count == 2 }
    #expect(driver.texts.map(\.utf8.count) == [8 << 20, 1])
  }

  @Test func pingsAreAnsweredAndSent() throws {
    let server = try LoopbackServer { peer in
      guard let socket = WebSocketPeer(peer) else { return }
      if case .ping = socket.next() { socket.send("ping seen") }
      peer.waitForEnd()
    }
    var driver = try open(server)
    driver.wait { !$0.outcomes.isEmpty }
    driver.loop.ping(.first)
    driver.wait { $0.texts == ["ping seen"] }
  }

  // MARK: Refusals

  @Test(arguments: [
    (200, "answered 200 X", nil), (301, "answered 301 X, it has moved to http://elsewhere/", nil),
    (403, "answered 403 X", nil), (429, "answered 429 X, try again in 7 s", 7),
    (503, "answered 503 X, try again in 7 s", 7),
  ])
  func otherAnswersAreRefusals(status: Int, reason: String, retryAfter: Int?) throws {
    let headers = [
      301: "Location: http://elsewhere/?key=secret\r\n", 429: "Retry-After: 7\r\n", 503: "Retry-After: 7\r\n",
    ]
    let server = try LoopbackServer { peer in
      _ = peer.receiveHead()
      peer.send("HTTP/1.1 \(status) X\r\n\(headers[status] ?? "")Content-Length: 0\r\n\r\n")
    }
    var driver = try open(server)
    driver.wait { !$0.outcomes.isEmpty }
    let failure = NetworkFailure(
      .handshake, "127.0.0.1 \(reason)", status: status, retryAfter: retryAfter.map { .seconds($0) })
    #expect(driver.outcomes == [.failed(.first, failure)])
    #expect(driver.heard.isEmpty)
  }

  @Test func aWrongAcceptIsRefused() throws {
    let server = try LoopbackServer { peer in
      _ = peer.receiveHead()
      peer.send(
        "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n\r\n")
      peer.waitForEnd()
    }
    var driver = try open(server)
    driver.wait { !$0.outcomes.isEmpty }
    #expect(driver.failure?.stage == .handshake)
    #expect(driver.failure?.reason == "127.0.0.1 has a wrong Sec-WebSocket-Accept: it did not read the request")
  }

  @Test func aServerThatLeavesBeforeAnsweringFails() throws {
    let server = try LoopbackServer { peer in _ = peer.receiveHead() }
    var driver = try open(server)
    driver.wait { !$0.outcomes.isEmpty }
    #expect(driver.failure?.stage == .handshake)
    #expect(driver.failure?.reason.contains("secret") == false)
  }

  @Test func aRefusedPortIsNamed() throws {
    let port = try LoopbackServer.unusedPort()
    var driver = try NetworkDriver()
    driver.loop.open(.first, WebSocketRequest(url: "ws://127.0.0.1:\(port)/"))
    driver.wait { !$0.outcomes.isEmpty }
    let failure = NetworkFailure(.connect, "cannot connect to 127.0.0.1:\(port): Connection refused")
    #expect(driver.outcomes == [.failed(.first, failure)])
  }

  @Test func anUnknownHostIsNamed() throws {
    var driver = try NetworkDriver()
    driver.loop.open(.first, WebSocketRequest(url: "wss://nowhere.invalid/"))
    driver.wait { !$0.outcomes.isEmpty }
    let failure = NetworkFailure(.resolve, "cannot resolve the host name nowhere.invalid")
    #expect(driver.outcomes == [.failed(.first, failure)])
  }

  @Test(arguments: [
    ("ws", NetworkFailure.Stage.handshake, "ws://localhost:PORT/a did not answer in time"),
    ("wss", .tls, "agreeing on TLS with localhost:PORT took too long"),
  ])
  func aSilentServerIsGivenUp(scheme: String, stage: NetworkFailure.Stage, reason: String) throws {
    let server = try LoopbackServer { $0.waitForEnd() }
    var driver = try open(server) {
      $0.url = "\(scheme)://localhost:\(server.port)/a?b"
      $0.connectTimeout = .milliseconds(100)
    }
    driver.wait { !$0.outcomes.isEmpty }
    let failure = NetworkFailure(stage, reason.replacing("PORT", with: "\(server.port)"))
    #expect(driver.outcomes == [.failed(.first, failure)])
  }

  @Test func connectingCanBeGivenUp() throws {
    let server = try LoopbackServer { $0.waitForEnd() }
    var driver = try open(server)
    driver.loop.close(.first, reason: "not wanted")
    driver.wait { !$0.outcomes.isEmpty }
    #expect(driver.outcomes == [.failed(.first, NetworkFailure(.cancelled, "not wanted"))])
  }

  // MARK: Ends

  @Test(arguments: [
    (frame(0xC1, [0x61]), CloseCode.protocolError, "a frame has reserved bits set"),
    ([0x81, 0x81, 1, 2, 3, 4, 0x60], .protocolError, "a frame of the server is masked"),
    ([0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0], .protocolError, "a frame claims to be longer than 2^63 − 1 bytes"),
    ([0x82, 127, 0x7F, 255, 255, 255, 255, 255, 255, 255], .messageTooBig, "a message is longer than 16777216 bytes"),
    (frame(0x81, [0xFF]), .invalidData, "a text message is not UTF-8"),
  ])
  func aViolationEndsTheConnectionAlone(bytes: [UInt8], code: CloseCode, reason: String) throws {
    let seen = Mutex<WebSocketPeer.Message?>(nil)
    let server = try LoopbackServer { peer in
      guard let socket = WebSocketPeer(peer, frames: frame(0x81, [0x61]) + bytes + frame(0x81, [0x62])) else { return }
      let answer = socket.next()
      seen.withLock { $0 = answer }
    }
    let sound = try LoopbackServer { WebSocketPeer($0)?.echo() }
    let other = ConnectionID(index: 2)
    var driver = try open(server)
    driver.loop.open(other, WebSocketRequest(url: "ws://127.0.0.1:\(sound.port)/"))
    driver.wait { $0.closeReason != nil && $0.outcomes.contains(.opened(other)) }
    driver.loop.send(other, text: "still here")
    driver.wait { $0.texts == ["a", "still here"] && seen.withLock { $0 != nil } }
    let text = "the peer broke the WebSocket protocol: \(reason)"
    #expect(driver.outcomes.contains(.closed(.first, code: nil, reason: text)))
    #expect(seen.withLock { $0 } == .close(code, reason))
  }

  @Test func whatCameBeforeAViolationIsAnswered() throws {
    let seen = Mutex<[WebSocketPeer.Message]>([])
    let server = try LoopbackServer { peer in
      guard let socket = WebSocketPeer(peer, frames: frame(0x81, [0x61]) + frame(0x83, [])) else { return }
      for _ in 0..<2 {
        let message = socket.next()
        seen.withLock { $0.append(message) }
      }
    }
    var driver = try open(server)
    driver.wait { !$0.texts.isEmpty }
    driver.loop.send(.first, text: "answer")
    driver.wait { $0.closeReason != nil && seen.withLock { $0.count == 2 } }
    let reason = "a frame has the reserved opcode 3"
    #expect(seen.withLock { $0 } == [.text("answer"), .close(.protocolError, reason)])
  }

  @Test func thePeersCloseIsAnswered() throws {
    let seen = Mutex<[WebSocketPeer.Message]>([])
    let server = try LoopbackServer { peer in
      let socket = WebSocketPeer(peer)
      socket?.send("last words")
      socket?.close(CloseCode(rawValue: 1001), "bye\u{7}")
      if let socket { seen.withLock { $0 = [socket.next()] } }
    }
    var driver = try open(server)
    driver.wait { $0.closeReason != nil && seen.withLock { !$0.isEmpty } }
    let reason = "the peer closed the connection: bye\\u{07}"
    #expect(driver.heard == [.connected(1), .text(1, "last words"), .disconnected(1, reason)])
    #expect(driver.outcomes == [.opened(.first), .closed(.first, code: 1001, reason: reason)])
    #expect(seen.withLock { $0 } == [.close(.goingAway, "")])
  }

  @Test(arguments: [
    (false, "the peer closed the connection without a close frame"),
    (true, "the connection broke: Connection reset by peer"),
  ])
  func aLostConnectionIsClosed(isReset: Bool, reason: String) throws {
    let server = try LoopbackServer { peer in
      let socket = WebSocketPeer(peer)
      _ = socket?.next()
      if isReset { peer.resetOnClose() }
    }
    var driver = try open(server)
    driver.wait { !$0.outcomes.isEmpty }
    driver.loop.send(.first, text: "go")
    driver.wait { $0.outcomes.count == 2 }
    #expect(driver.outcomes.last == .closed(.first, code: nil, reason: reason))
  }

  @Test func aSilentPeerIsNotWaitedForLong() throws {
    let server = try LoopbackServer { peer in
      let socket = WebSocketPeer(peer)
      while socket?.next() != .end {}
    }
    var driver = try open(server)
    driver.wait { !$0.outcomes.isEmpty }
    driver.loop.close(.first, reason: "enough")
    driver.wait { $0.outcomes.count == 2 }
    #expect(driver.outcomes.last == .closed(.first, code: nil, reason: "enough"))
  }

  @Test func aPeerThatDoesNotReadIsGivenUp() throws {
    let release = DispatchSemaphore(value: 0)
    let server = try LoopbackServer { peer in
      _ = WebSocketPeer(peer)
      release.wait()
    }
    defer { release.signal() }
    var driver = try open(server)
    driver.wait { !$0.outcomes.isEmpty }
    let message = String(repeating: "x", count: 1 << 20)
    for _ in 0..<64 { driver.loop.send(.first, text: message) }
    driver.wait { $0.closeReason != nil }
    #expect(driver.closeReason?.hasPrefix("the peer does not read: ") == true)
  }

  @Test func whatTheSocketDoesNotTakeIsSentLater() throws {
    let mayRead = DispatchSemaphore(value: 0)
    let server = try LoopbackServer { peer in
      guard let socket = WebSocketPeer(peer) else { return }
      mayRead.wait()
      if case .text(let text) = socket.next() { socket.send("\(text.utf8.count)") }
      peer.waitForEnd()
    }
    var driver = try open(server)
    driver.wait { !$0.outcomes.isEmpty }
    driver.loop.send(.first, text: String(repeating: "x", count: 12 << 20))
    mayRead.signal()
    driver.wait { !$0.texts.isEmpty || $0.closeReason != nil }
    #expect(driver.texts == ["\(12 << 20)"])
  }

  @Test func aConnectionCanBeOpenedAgain() throws {
    let server = try LoopbackServer { peer in
      let socket = WebSocketPeer(peer)
      socket?.close(.normal)
      _ = socket?.next()
    }
    var driver = try open(server)
    for count in 1...5 {
      driver.wait { $0.outcomes.count == 2 * count }
      driver.loop.open(.first, WebSocketRequest(url: "ws://127.0.0.1:\(server.port)/"))
    }
    let one: [NetworkOutcome] = [
      .opened(.first), .closed(.first, code: 1000, reason: "the peer closed the connection"),
    ]
    #expect(driver.outcomes == Array(repeatElement(one, count: 5).joined()))
  }

  @Test func openingAnewEndsTheOlderSocketFirst() throws {
    let server = try LoopbackServer { WebSocketPeer($0)?.echo() }
    var driver = try open(server)
    driver.wait { !$0.outcomes.isEmpty }
    driver.loop.open(.first, WebSocketRequest(url: "ws://127.0.0.1:\(server.port)/"))
    driver.wait { $0.outcomes.count == 3 }
    let end = NetworkOutcome.closed(.first, code: nil, reason: "opened anew")
    #expect(driver.outcomes == [.opened(.first), end, .opened(.first)])
    #expect(driver.heard == [.connected(1), .disconnected(1, "opened anew"), .connected(1)])
  }
}
