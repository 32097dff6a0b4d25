import ArbdFramework
import ArbdTransport
import Testing

@Suite(.timeLimit(.minutes(5))) struct TLSTests {
  struct Case: Sendable {
    let certificate: TestCertificates.Files
    let authority: String?
    let reason: String
  }

  static let cases = [
    Case(
      certificate: TestCertificates.expired, authority: TestCertificates.authority,
      reason: "the certificate of localhost has expired"),
    Case(
      certificate: TestCertificates.otherHost, authority: TestCertificates.authority,
      reason: "the certificate of localhost is for another host"),
    Case(
      certificate: TestCertificates.selfSigned, authority: TestCertificates.authority,
      reason: "the certificate of localhost is self-signed and not a trusted one"),
    Case(
      certificate: TestCertificates.valid, authority: nil,
      reason: "the certificate of localhost comes from an unknown issuer"),
    Case(
      certificate: TestCertificates.valid, authority: TestCertificates.selfSigned.certificate,
      reason: "the certificate of localhost comes from an unknown issuer"),
    Case(
      certificate: TestCertificates.valid, authority: "/nowhere.pem", reason: "cannot read the certificates to trust"),
  ]

  @Test(arguments: cases.indices)
  func aCertificateThatDoesNotHoldIsRefused(index: Int) throws {
    let wrong = Self.cases[index]
    let server = try LoopbackServer(wrong.certificate) { $0.waitForEnd() }
    var (socket, request) = (
      WebSocketRequest(url: "wss://localhost:\(server.port)/"), HTTPRequest(url: "https://localhost:\(server.port)/")
    )
    socket.certificateFile = wrong.authority
    request.certificateFile = wrong.authority
    var driver = try NetworkDriver()
    driver.loop.open(.first, socket)
    driver.loop.fetch(request, for: .first, number: 1)
    driver.wait { $0.outcomes.count == 2 }
    let failure = NetworkFailure(.tls, wrong.reason)
    #expect(driver.outcomes.contains(.failed(.first, failure)))
    #expect(driver.outcomes.contains(.unanswered(.first, request: 1, failure)))
  }

  @Test func aServerWithoutTLSIsRefused() throws {
    let server = try LoopbackServer { peer in
      _ = peer.receive()
      peer.send("HTTP/1.1 400 Bad Request\r\n\r\n")
    }
    var driver = try NetworkDriver()
    driver.loop.open(.first, WebSocketRequest(url: "wss://localhost:\(server.port)/"))
    driver.wait { !$0.outcomes.isEmpty }
    #expect(driver.failure?.stage == .tls)
    #expect(driver.failure?.reason.hasPrefix("no TLS with localhost:\(server.port): ") == true)
  }

  /// A write to a peer that is gone would end the process by a signal, were it not for the flags that avoid it.
  @Test func aPeerThatIsGoneEndsNoProcess() throws {
    let server = try LoopbackServer(TestCertificates.valid) { peer in
      _ = WebSocketPeer(peer)
      peer.resetOnClose()
    }
    var request = WebSocketRequest(url: "wss://localhost:\(server.port)/")
    request.certificateFile = TestCertificates.authority
    var driver = try NetworkDriver()
    driver.loop.open(.first, request)
    driver.wait { !$0.outcomes.isEmpty }
    while driver.closeReason == nil {
      for _ in 0..<4 { driver.loop.send(.first, text: String(repeating: "x", count: 100_000)) }
      driver.step(atMost: .milliseconds(10))
    }
    #expect(driver.heard.count == 2)
  }

  /// One record a frame: most of them lie in the TLS layer while the socket is empty, and no `poll` tells of them.
  @Test func nothingStaysInTheTLSLayer() throws {
    let count = 5_000
    let server = try LoopbackServer(TestCertificates.valid) { peer in
      let socket = WebSocketPeer(peer)
      for number in 0..<count { socket?.send("\(number)") }
      peer.waitForEnd()
    }
    var request = WebSocketRequest(url: "wss://localhost:\(server.port)/")
    request.certificateFile = TestCertificates.authority
    var driver = try NetworkDriver()
    driver.loop.open(.first, request)
    driver.wait { $0.texts.count == count }
    #expect(driver.texts == (0..<count).map { "\($0)" })
  }
}
