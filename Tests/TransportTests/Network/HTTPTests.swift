import ArbdFramework
import ArbdTransport
import Testing

@Suite(.timeLimit(.minutes(5))) struct HTTPTests {
  @Test(arguments: [200, 301, 403, 429, 503])
  func anyStatusIsAnAnswer(status: Int) throws {
    let server = try LoopbackServer { peer in
      _ = peer.receiveHead()
      peer.send("HTTP/1.1 \(status) X\r\nLocation: http://localhost:1/\r\nContent-Length: 2\r\n\r\nhi")
    }
    var driver = try NetworkDriver()
    driver.loop.fetch(HTTPRequest(url: "http://127.0.0.1:\(server.port)/"), for: .first, number: 7)
    driver.wait { !$0.heard.isEmpty }
    #expect(driver.heard == [.response(1, request: 7, status: status, body: "hi")])
  }

  @Test(arguments: [
    (429, "Retry-After: 7", NetworkOutcome.throttled(.first, status: 429, retryAfter: .seconds(7))),
    (418, "Retry-After: 86400", .throttled(.first, status: 418, retryAfter: .seconds(86_400))),
    (418, "X: y", .throttled(.first, status: 418, retryAfter: nil)),
    (503, "Retry-After: 7", .throttled(.first, status: 503, retryAfter: .seconds(7))),
    (503, "X: y", nil), (200, "Retry-After: 7", nil), (404, "Retry-After: 7", nil),
  ])
  func aServerMayAskForFewerRequests(status: Int, header: String, expected: NetworkOutcome?) throws {
    let server = try LoopbackServer { peer in
      _ = peer.receiveHead()
      peer.send("HTTP/1.1 \(status) X\r\n\(header)\r\nContent-Length: 2\r\n\r\nhi")
    }
    var driver = try NetworkDriver()
    driver.loop.fetch(HTTPRequest(url: "http://127.0.0.1:\(server.port)/"), for: .first, number: 7)
    driver.wait { !$0.heard.isEmpty }
    #expect(driver.heard == [.response(1, request: 7, status: status, body: "hi")])
    #expect(driver.outcomes == [expected].compactMap(\.self))
  }

  @Test func aPostCarriesBodyAndHeaders() throws {
    let server = try LoopbackServer { peer in
      var (head, body) = peer.receiveHead()
      while body.count < 3_000 { body += peer.receive() }
      let line = head.split(separator: "\r\n").first { $0.hasPrefix("X-Key") } ?? ""
      let reply = "\(head.prefix(9)) \(line) \(head.contains("Expect")) \(body.count)"
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(reply.utf8.count)\r\n\r\n\(reply)")
    }
    var request = HTTPRequest(url: "http://127.0.0.1:\(server.port)/a?b=c")
    request.method = .post
    request.headers = [HTTPHeader("X-Key", "value")]
    request.body = [UInt8](repeating: 0x61, count: 3_000)
    var driver = try NetworkDriver()
    driver.loop.fetch(request, for: .first, number: 1)
    driver.wait { !$0.heard.isEmpty }
    #expect(driver.heard == [.response(1, request: 1, status: 200, body: "POST /a?b X-Key: value false 3000")])
  }

  @Test(arguments: ["Content-Length: 5000\r\n", ""])
  func anAnswerThatIsTooLongIsRefused(header: String) throws {
    let server = try LoopbackServer { peer in
      _ = peer.receiveHead()
      peer.send("HTTP/1.1 200 OK\r\n\(header)\r\n" + String(repeating: "x", count: 5_000))
    }
    var request = HTTPRequest(url: "http://127.0.0.1:\(server.port)/list?key=secret")
    request.maximumResponseBytes = 4_999
    var driver = try NetworkDriver()
    driver.loop.fetch(request, for: .first, number: 1)
    driver.wait { !$0.outcomes.isEmpty }
    let reason = "http://127.0.0.1:\(server.port)/list answers with more than 4999 bytes"
    #expect(driver.outcomes == [.unanswered(.first, request: 1, NetworkFailure(.response, reason))])
  }

  /// 16 MiB of zeros in 16 KiB.
  @Test func aLimitIsOneOfWhatIsDecoded() throws {
    let bomb = try TestCommand.output("head -c 16777216 /dev/zero | gzip -c")
    let server = try LoopbackServer { peer in
      _ = peer.receiveHead()
      peer.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(bomb.count)\r\n\r\n")
      peer.send(bomb)
    }
    var request = HTTPRequest(url: "http://127.0.0.1:\(server.port)/")
    request.maximumResponseBytes = 1 << 20
    var driver = try NetworkDriver()
    driver.loop.fetch(request, for: .first, number: 1)
    driver.wait { !$0.outcomes.isEmpty }
    #expect(driver.failure?.reason.hasSuffix("answers with more than 1048576 bytes") == true)
  }

  @Test func aSilentServerIsGivenUp() throws {
    let server = try LoopbackServer { $0.waitForEnd() }
    var request = HTTPRequest(url: "http://127.0.0.1:\(server.port)/")
    request.timeout = .milliseconds(100)
    var driver = try NetworkDriver()
    driver.loop.fetch(request, for: .first, number: 1)
    driver.wait { !$0.outcomes.isEmpty }
    let reason = "http://127.0.0.1:\(server.port)/ did not answer in time"
    #expect(driver.outcomes == [.unanswered(.first, request: 1, NetworkFailure(.response, reason))])
  }

  @Test(arguments: [
    ("ftp://localhost/", NetworkFailure.Stage.resolve, "not the URL of an HTTP request"),
    ("http://nowhere.invalid/", .resolve, "cannot resolve the host name nowhere.invalid"),
  ])
  func whatCannotBeAskedIsUnanswered(url: String, stage: NetworkFailure.Stage, reason: String) throws {
    var driver = try NetworkDriver()
    driver.loop.fetch(HTTPRequest(url: url), for: .first, number: 1)
    driver.wait { !$0.outcomes.isEmpty }
    #expect(driver.outcomes == [.unanswered(.first, request: 1, NetworkFailure(stage, reason))])
  }

  @Test func aHeaderCannotBringInAnother() throws {
    var request = HTTPRequest(url: "http://127.0.0.1:1/")
    request.headers = [HTTPHeader("A", "b\r\nC: d")]
    var driver = try NetworkDriver()
    driver.loop.fetch(request, for: .first, number: 1)
    driver.wait { !$0.outcomes.isEmpty }
    #expect(driver.failure?.reason == "the header A may not be sent to 127.0.0.1")
  }

  @Test func aRefusedPortIsNamed() throws {
    let port = try LoopbackServer.unusedPort()
    var driver = try NetworkDriver()
    driver.loop.fetch(HTTPRequest(url: "http://127.0.0.1:\(port)/"), for: .first, number: 1)
    driver.wait { !$0.outcomes.isEmpty }
    #expect(
      driver.failure == NetworkFailure(.connect, "cannot connect to 127.0.0.1:\(port): Connection refused"))
  }

  @Test func encryptedAnswersArrive() throws {
    let server = try LoopbackServer(TestCertificates.valid) { peer in
      _ = peer.receiveHead()
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    }
    var request = HTTPRequest(url: "https://localhost:\(server.port)/")
    request.certificateFile = TestCertificates.authority
    var driver = try NetworkDriver()
    driver.loop.fetch(request, for: .first, number: 1)
    driver.wait { !$0.heard.isEmpty || !$0.outcomes.isEmpty }
    #expect(driver.heard == [.response(1, request: 1, status: 200, body: "hi")])
  }
}
