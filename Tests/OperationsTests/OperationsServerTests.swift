import Logging
import OperationsTestSupport
import Testing

@testable import ArbdFramework
@testable import ArbdOperations

/// The server on loopback.
@Suite(.timeLimit(.minutes(5))) struct OperationsServerTests {
  private static let anyPort = ListenAddress(.ip4(127, 0, 0, 1), port: 0)

  private func makeServer(_ address: ListenAddress = anyPort) throws -> OperationsServer {
    try OperationsServer(address, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) { path in
      OperationsPages.reply(path: path, SampleReport.make)
    }
  }

  private func serving(_ body: (UInt16) async throws -> Void) async throws {
    let server = try makeServer()
    server.start()
    defer { server.stop() }
    try await body(server.address.port)
  }

  @Test func answers() async throws {
    try await serving { port in
      let metrics = try #require(await LoopbackAnswer.get("/metrics", port: port))
      #expect(metrics.status == 200)
      #expect(metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
      #expect(metrics.headers["content-length"] == "\(metrics.body.utf8.count)")
      #expect(try ExpositionPage(metrics.body).value("arbd_events_total") == 1)
      #expect(await LoopbackAnswer.get("/readyz?x", port: port)?.body == "ready\n")
      #expect(await LoopbackAnswer.get("/nothing", port: port)?.status == 404)
      let head = try #require(await LoopbackAnswer.exchange("HEAD /healthz HTTP/1.1\r\n\r\n", port: port))
      #expect(head.contains("Content-Length: 3\r\n") && head.hasSuffix("\r\n\r\n"))
    }
  }

  @Test(arguments: [
    ("POST /metrics HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", 405), ("nonsense\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nA: " + String(repeating: "a", count: 100_000), 431),
    ("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n" + String(repeating: "b", count: 50_000), 405),
    ("GET /healthz HTTP/1.1\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n", 200),
  ])
  func nonsenseIsAnswered(_ text: String, _ status: Int) async throws {
    try await serving { port in
      let answer = await inThread { () -> String? in
        guard let client = try? LoopbackClient(port: port) else { return nil }
        client.send(Array(text.utf8))
        client.endSending()
        return client.readToEnd()
      }
      #expect(answer.flatMap { LoopbackAnswer($0) }?.status == status)
      #expect(await LoopbackAnswer.get("/healthz", port: port)?.body == "ok\n")
    }
  }

  /// More at once than are served at once, among them some that never say anything.
  @Test func manyAtOnce() async throws {
    try await serving { port in
      let silent = try (0..<OperationsServer.mostConnections / 2).map { _ in try LoopbackClient(port: port) }
      await withTaskGroup(of: Int?.self) { group in
        for _ in 0..<100 { group.addTask { await LoopbackAnswer.get("/metrics", port: port)?.status } }
        for await status in group { #expect(status == 200) }
      }
      withExtendedLifetime(silent) {}
    }
  }

  /// Who takes all places loses them again, so that others get their turn.
  @Test func whoSaysNothingIsSentAway() async throws {
    try await serving { port in
      let silent = try (0..<OperationsServer.mostConnections).map { _ in try LoopbackClient(port: port) }
      #expect(await LoopbackAnswer.get("/healthz", port: port)?.body == "ok\n")
      #expect(await inThread { silent.allSatisfy { $0.readToEnd() == "" } })
    }
  }

  @Test func anAddressThatIsTakenIsAnError() throws {
    let first = try makeServer()
    defer { first.stop() }
    let error = #expect(throws: ListenError.self) { try makeServer(first.address) }
    #expect(error?.description == "http: cannot listen on \(first.address): Address already in use")
  }

  @Test(arguments: ["192.0.2.1:0", "[1:2]:0"])
  func anAddressOfSomebodyElseIsAnError(_ text: String) throws {
    let address = try #require(ListenAddress(text))
    #expect(throws: ListenError.self) { try makeServer(address) }
  }

  @Test func stopEndsIt() async throws {
    let server = try makeServer()
    server.start()
    let port = server.address.port
    #expect(await LoopbackAnswer.get("/healthz", port: port)?.status == 200)
    let waiting = try LoopbackClient(port: port)
    server.stop()
    #expect(await inThread { waiting.readToEnd() } == "")
    // The address is free again.
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline {
      if let next = try? makeServer(server.address) { return next.stop() }
      await Task.yield()
    }
    Issue.record("the address was not given up")
  }
}
