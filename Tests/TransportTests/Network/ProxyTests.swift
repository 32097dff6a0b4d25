import ArbdFramework
import ArbdTransport
import Testing

@Suite(.timeLimit(.minutes(5))) struct ProxyTests {
  private static let nowhere = "http://127.0.0.1:1"

  private func open(_ url: String, _ environment: [String: String]) throws -> NetworkDriver {
    let driver = try NetworkDriver(environment: environment)
    var request = WebSocketRequest(url: url)
    request.certificateFile = TestCertificates.authority
    driver.loop.open(.first, request)
    return driver
  }

  @Test(arguments: ["http_proxy", "all_proxy", "ALL_PROXY"])
  func aSocketGoesThroughATunnel(variable: String) throws {
    let server = try LoopbackServer { WebSocketPeer($0)?.echo() }
    let proxy = try LoopbackProxy()
    var driver = try open(
      "ws://localhost:\(server.port)/", [variable: proxy.url, "https_proxy": Self.nowhere, "HTTP_PROXY": Self.nowhere])
    driver.wait { !$0.outcomes.isEmpty }
    driver.loop.send(.first, text: "one")
    driver.wait { !$0.texts.isEmpty || $0.failure != nil }
    #expect(driver.heard == [.connected(1), .text(1, "one")], "\(driver.outcomes)")
    #expect(proxy.requests == ["CONNECT localhost:\(server.port) HTTP/1.1"])
  }

  @Test(arguments: ["https_proxy", "HTTPS_PROXY", "all_proxy"])
  func anEncryptedSocketGoesThroughATunnel(variable: String) throws {
    let server = try LoopbackServer(TestCertificates.valid) { WebSocketPeer($0)?.echo() }
    let proxy = try LoopbackProxy()
    var driver = try open("wss://localhost:\(server.port)/", [variable: proxy.url, "http_proxy": Self.nowhere])
    driver.wait { !$0.outcomes.isEmpty }
    driver.loop.send(.first, text: "one")
    driver.wait { !$0.texts.isEmpty || $0.failure != nil }
    #expect(driver.heard == [.connected(1), .text(1, "one")], "\(driver.outcomes)")
    #expect(proxy.requests == ["CONNECT localhost:\(server.port) HTTP/1.1"])
  }

  /// The certificate is asked of the venue, not of the proxy.
  @Test func aTunnelHidesNoWrongCertificate() throws {
    let server = try LoopbackServer(TestCertificates.otherHost) { $0.waitForEnd() }
    let proxy = try LoopbackProxy()
    var driver = try open("wss://localhost:\(server.port)/", ["https_proxy": proxy.url])
    driver.wait { !$0.outcomes.isEmpty }
    #expect(driver.failure == NetworkFailure(.tls, "the certificate of localhost is for another host"))
  }

  @Test func credentialsGoToTheProxyAlone() throws {
    let server = try LoopbackServer { peer in
      let isTold = peer.receiveHead().head.contains("Proxy-Authorization")
      peer.send("HTTP/1.1 \(isTold ? 200 : 404) X\r\n\r\n")
    }
    let proxy = try LoopbackProxy()
    let url = proxy.url.replacing("http://", with: "http://user:secret@")
    var driver = try open("ws://localhost:\(server.port)/", ["http_proxy": url])
    driver.wait { !$0.outcomes.isEmpty }
    #expect(driver.failure == NetworkFailure(.handshake, "localhost answered 404 X", status: 404))
    #expect(proxy.heads.first?.contains("Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=") == true)
  }

  @Test(arguments: ["ws", "wss"])
  func aProxyThatWantsAPasswordIsNamed(scheme: String) throws {
    let proxy = try LoopbackProxy(refusal: "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"")
    var driver = try open("\(scheme)://venue.example/", ["all_proxy": proxy.url])
    driver.wait { !$0.outcomes.isEmpty }
    let port = scheme == "ws" ? 80 : 443
    let reason = "the proxy did not connect to venue.example:\(port): it asks for a user name and a password (407)"
    #expect(driver.outcomes == [.failed(.first, NetworkFailure(.connect, reason))])
  }

  @Test func aProxyThatRefusesIsNamed() throws {
    let proxy = try LoopbackProxy(refusal: "503 Service Unavailable")
    var driver = try open("wss://venue.example/", ["https_proxy": proxy.url])
    driver.wait { !$0.outcomes.isEmpty }
    let reason = "the proxy did not connect to venue.example:443: it answers 503"
    #expect(driver.failure == NetworkFailure(.connect, reason))
  }

  @Test func aProxyThatIsSilentIsGivenUp() throws {
    let proxy = try LoopbackServer { $0.waitForEnd() }
    let driverURL = "http://127.0.0.1:\(proxy.port)"
    var driver = try NetworkDriver(environment: ["all_proxy": driverURL])
    var request = WebSocketRequest(url: "wss://venue.example/")
    request.connectTimeout = .milliseconds(100)
    driver.loop.open(.first, request)
    driver.wait { !$0.outcomes.isEmpty }
    #expect(driver.failure == NetworkFailure(.connect, "connecting to venue.example:443 took too long"))
  }

  @Test(arguments: ["no_proxy", "NO_PROXY"])
  func somePlacesAreReachedWithout(variable: String) throws {
    let server = try LoopbackServer { WebSocketPeer($0)?.echo() }
    var driver = try open(
      "ws://localhost:\(server.port)/", ["all_proxy": Self.nowhere, variable: "a.example,localhost"])
    driver.wait { !$0.outcomes.isEmpty }
    #expect(driver.outcomes == [.opened(.first)])
  }

  /// Not for WebSockets; `no_proxy` still names places that are reached without.
  @Test func aProxyOverTLSIsRefused() throws {
    let proxy = try LoopbackProxy(TestCertificates.valid)
    let server = try LoopbackServer { WebSocketPeer($0)?.echo() }
    var driver = try open("wss://venue.example/", ["all_proxy": proxy.encryptedURL])
    driver.wait { !$0.outcomes.isEmpty }
    let reason = "cannot use a proxy that is itself reached over TLS (https://) for WebSockets"
    #expect(driver.failure == NetworkFailure(.connect, reason))

    driver = try open("ws://localhost:\(server.port)/", ["all_proxy": proxy.encryptedURL, "no_proxy": "localhost"])
    driver.wait { !$0.outcomes.isEmpty }
    #expect(driver.outcomes == [.opened(.first)])
  }

  @Test func aRequestGoesThroughAProxyToo() throws {
    let server = try LoopbackServer(TestCertificates.valid) { peer in
      _ = peer.receiveHead()
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    }
    let proxy = try LoopbackProxy()
    var driver = try NetworkDriver(environment: ["https_proxy": proxy.url])
    var request = HTTPRequest(url: "https://localhost:\(server.port)/")
    request.certificateFile = TestCertificates.authority
    driver.loop.fetch(request, for: .first, number: 1)
    driver.wait { !$0.heard.isEmpty || !$0.outcomes.isEmpty }
    #expect(driver.heard == [.response(1, request: 1, status: 200, body: "hi")])
    #expect(proxy.requests == ["CONNECT localhost:\(server.port) HTTP/1.1"])
  }
}
