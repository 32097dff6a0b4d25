import ArbdFramework
import ArbdTransport
import Glibc
import Synchronization
import Testing

/// What a client and a server agree on beneath WebSockets and requests.
@Suite(.timeLimit(.minutes(5))) struct AgreementTests {
  private func socket(_ url: String) -> WebSocketRequest {
    var request = WebSocketRequest(url: url)
    request.certificateFile = TestCertificates.authority
    return request
  }

  /// Over HTTP/2 there would be no upgrade.
  @Test func aWebSocketIsAskedForOverHTTP1() throws {
    let seen = Mutex<[String?]>([])
    let server = try LoopbackServer(TestCertificates.valid, protocols: ["h2", "http/1.1"]) { peer in
      seen.withLock { $0 = [peer.agreedProtocol, peer.serverName] }
      WebSocketPeer(peer)?.echo()
    }
    var driver = try NetworkDriver()
    driver.loop.open(.first, socket("wss://localhost:\(server.port)/"))
    driver.wait { !$0.outcomes.isEmpty }
    #expect(driver.outcomes == [.opened(.first)])
    #expect(seen.withLock { $0 } == ["http/1.1", "localhost"])
  }

  @Test func requestsGoOverHTTP2WhereItIsOffered() throws {
    let server = try LoopbackServer(TestCertificates.valid, protocols: ["h2", "http/1.1"]) { peer in
      HTTP2Peer(peer).answer("hi from \(peer.agreedProtocol ?? "nobody")")
    }
    var request = HTTPRequest(url: "https://localhost:\(server.port)/")
    request.certificateFile = TestCertificates.authority
    var driver = try NetworkDriver()
    driver.loop.fetch(request, for: .first, number: 1)
    driver.wait { !$0.heard.isEmpty || !$0.outcomes.isEmpty }
    #expect(driver.heard == [.response(1, request: 1, status: 200, body: "hi from h2")])
  }

  /// An address is looked for among a certificate's addresses, and is not sent as a name.
  @Test func anAddressIsVerified() throws {
    let name = Mutex<String?>("none yet")
    let server = try LoopbackServer(TestCertificates.address) { peer in
      name.withLock { $0 = peer.serverName }
      WebSocketPeer(peer)?.echo()
    }
    var driver = try NetworkDriver()
    driver.loop.open(.first, socket("wss://127.0.0.1:\(server.port)/"))
    driver.wait { !$0.outcomes.isEmpty }
    #expect(driver.outcomes == [.opened(.first)])
    #expect(name.withLock { $0 } == nil)
  }

  @Test func aCertificateForANameIsNoneForAnAddress() throws {
    let server = try LoopbackServer(TestCertificates.valid) { $0.waitForEnd() }
    var driver = try NetworkDriver()
    driver.loop.open(.first, socket("wss://127.0.0.1:\(server.port)/"))
    driver.wait { !$0.outcomes.isEmpty }
    #expect(driver.failure == NetworkFailure(.tls, "the certificate of 127.0.0.1 is for another host"))
  }

  /// Each byte of the handshake, and of what follows, comes alone.
  @Test func bytesMayDrip() throws {
    let server = try LoopbackServer(TestCertificates.valid) { WebSocketPeer($0)?.echo() }
    let port = UInt16(server.port)
    let relay = try LoopbackServer { peer in
      guard let other = LoopbackProxy.connect(port) else { return }
      peer.relay(other, chunk: 1)
      close(other)
    }
    var driver = try NetworkDriver()
    driver.loop.open(.first, socket("wss://localhost:\(relay.port)/"))
    driver.wait { !$0.outcomes.isEmpty }
    driver.loop.send(.first, text: "one")
    driver.wait { !$0.texts.isEmpty }
    #expect(driver.heard == [.connected(1), .text(1, "one")])
  }

  @Test(arguments: [0, 1_000])
  func aServerThatLeavesWhileAgreeingIsNamed(count: Int) throws {
    let server = try LoopbackServer { peer in
      _ = peer.receive()
      // The beginning of a record that is longer.
      peer.send([0x16, 3, 3, 0x10, 0] + [UInt8](repeating: 0, count: count))
    }
    var driver = try NetworkDriver()
    driver.loop.open(.first, socket("wss://localhost:\(server.port)/"))
    driver.wait { !$0.outcomes.isEmpty }
    let reason = "no TLS with localhost:\(server.port): the peer closed the connection"
    #expect(driver.failure == NetworkFailure(.tls, reason))
  }

  @Test func aServerIsToldOfTheEnd() throws {
    let isTold = Mutex<Bool?>(nil)
    let server = try LoopbackServer(TestCertificates.valid) { peer in
      _ = WebSocketPeer(peer)
      peer.waitForEnd()
      isTold.withLock { $0 = peer.isToldOfTheEnd }
    }
    var first: NetworkDriver? = try NetworkDriver()
    first?.loop.open(.first, socket("wss://localhost:\(server.port)/"))
    first?.wait { !$0.outcomes.isEmpty }
    first = nil
    var second = try NetworkDriver()
    second.wait { _ in isTold.withLock { $0 != nil } }
    #expect(isTold.withLock { $0 } == true)
  }

  /// The second connection to a place takes up the session of the first again.
  @Test func sessionsAreTakenUpAgain() throws {
    let resumed = Mutex<[Bool]>([])
    let server = try LoopbackServer(TestCertificates.valid) { peer in
      resumed.withLock { $0.append(peer.isResumed) }
      WebSocketPeer(peer)?.echo()
    }
    var driver = try NetworkDriver()
    for round in 1...3 {
      driver.loop.open(.first, socket("wss://localhost:\(server.port)/"))
      driver.wait { $0.outcomes.count == 2 * round - 1 }
      driver.loop.send(.first, text: "\(round)")
      driver.wait { $0.texts.count == round }
      driver.loop.close(.first, reason: "done")
      driver.wait { $0.outcomes.count == 2 * round }
    }
    #expect(resumed.withLock { $0 } == [false, true, true])
  }

  /// A file of certificates that was wrong can be put right while the daemon runs.
  @Test func certificatesAreReadAnewAfterARefusal() throws {
    let server = try LoopbackServer(TestCertificates.valid) { WebSocketPeer($0)?.echo() }
    let file = try TestCertificates.copy(of: TestCertificates.selfSigned.certificate)
    var request = WebSocketRequest(url: "wss://localhost:\(server.port)/")
    request.certificateFile = file
    var driver = try NetworkDriver()
    driver.loop.open(.first, request)
    driver.wait { !$0.outcomes.isEmpty }
    #expect(driver.failure?.stage == .tls)
    try TestCertificates.replace(file, with: TestCertificates.authority)
    driver.loop.open(.first, request)
    driver.wait { $0.outcomes.count == 2 }
    #expect(driver.outcomes.last == .opened(.first))
  }
}
