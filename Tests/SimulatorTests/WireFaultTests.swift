import ArbdFramework
import ArbdSimulator
import ArbdTransport
import Testing

/// Each fault as a client sees it.
@Suite struct WireFaultTests {
  /// A client that receives Coinbase's matches.
  private static func subscribed(_ port: UInt16) throws -> TestClient {
    let client = try #require(TestClient(port: port))
    client.upgrade()
    client.send(subscribeToMatches)
    #expect(client.next().text?.contains("subscriptions") == true)
    return client
  }

  private static func number(_ key: String, _ text: String) -> Int {
    let parts = text.split(separator: "\"\(key)\":")
    return parts.count > 1 ? Int(parts[1].prefix { $0.isNumber }) ?? -1 : -1
  }

  /// Whether two trade ids come, one right behind the other, that fit; the first may be `last`.
  private static func hasPair(_ client: TestClient, after last: Int, _ fits: (Int, Int) -> Bool) -> Bool {
    var last = last
    for _ in 0..<10_000 {
      guard let text = client.texts(1, containing: "match\",").first else { return false }
      let id = number("trade_id", text)
      if fits(last, id) { return true }
      last = id
    }
    return false
  }

  @Test func dropResets() throws {
    try withSimulator { simulator, port, _ in
      let client = try Self.subscribed(port)
      simulator.inject(try Fault("coinbase drop"))
      #expect(client.first { _ in false } == .reset)
    }
  }

  @Test func aDropOfOneHitsOneAfterTheOther() throws {
    try withSimulator { simulator, port, _ in
      let clients = [try Self.subscribed(port), try Self.subscribed(port)]
      simulator.inject(try Fault("coinbase drop one"))
      #expect(clients[0].first { _ in false } == .reset)
      #expect(clients[1].texts(50, containing: "match").count == 50)
      simulator.inject(try Fault("coinbase drop one"))
      #expect(clients[1].first { _ in false } == .reset)
    }
  }

  @Test func closeHasTheCode() throws {
    try withSimulator { simulator, port, _ in
      let client = try Self.subscribed(port)
      simulator.inject(try Fault("coinbase close 1012"))
      #expect(client.first { _ in false } == .close(1012))
    }
  }

  @Test(arguments: [
    (FrameFault.garbage, TestClient.Received.violation(.reservedOpcode(7))), (.masked, .violation(.maskedByServer)),
    (.reserved, .violation(.reservedBits)), (.huge, .violation(.lengthTooLarge)), (.utf8, .violation(.invalidUTF8)),
    (.truncated, .end), (.json, .text("{\"type\":\"")),
  ])
  func badFramesArrive(frame: FrameFault, seen: TestClient.Received) throws {
    try withSimulator { simulator, port, _ in
      let client = try Self.subscribed(port)
      simulator.inject(Fault(.coinbase, .frame(frame)))
      #expect(client.first { $0 == seen } == seen)
    }
  }

  @Test func aStalledConnectionHearsNothing() throws {
    try withSimulator { simulator, port, _ in
      let client = try Self.subscribed(port)
      simulator.inject(try Fault("coinbase stall"))
      client.ping("hello")
      simulator.stop()
      let last = client.first { $0.text == nil }
      #expect([.end, .reset].contains(last))
    }
  }

  @Test func whatAStallHeldBackComesAfterwards() throws {
    try withSimulator { simulator, port, _ in
      let client = try Self.subscribed(port)
      simulator.inject(try Fault("coinbase stall 200ms"))
      client.ping("hello")
      #expect(client.first { $0.text == nil } == .pong("hello"))
      let ids = client.texts(50, containing: "match\",").map { Self.number("trade_id", $0) }
      #expect(zip(ids, ids.dropFirst()).allSatisfy { $1 == $0 + 1 })
    }
  }

  @Test func drippingBytesComeOneByOne() throws {
    try withSimulator { simulator, port, _ in
      let client = try Self.subscribed(port)
      simulator.inject(try Fault("coinbase drip 10m"))
      while client.smallestRead > 1, !client.next().isOver {}
      #expect(client.smallestRead == 1)
    }
  }

  @Test func nobodyListensForAWhile() throws {
    try withSimulator { simulator, port, _ in
      let client = try Self.subscribed(port)
      simulator.inject(try Fault("coinbase refuse 200ms"))
      client.ping("done?")
      #expect(client.first { $0.text == nil } == .pong("done?"))
      #expect(TestClient(port: port) == nil)
      var other: TestClient?
      while other == nil, client.texts(1, containing: "match").count == 1 { other = TestClient(port: port) }
      #expect(other?.upgrade().hasPrefix("HTTP/1.1 101") == true)
    }
  }

  @Test(arguments: [(200, false), (301, false), (403, false), (429, true), (503, true)])
  func handshakesMeetAStatus(code: Int, hasRetryAfter: Bool) throws {
    try withSimulator { simulator, port, _ in
      let client = try #require(TestClient(port: port))
      simulator.inject(Fault(.coinbase, .status(code, .seconds(600))))
      let head = client.upgrade()
      #expect(head.hasPrefix("HTTP/1.1 \(code) "))
      #expect(head.contains("Retry-After: 1") == hasRetryAfter)
      #expect(TestClient(port: port)?.get("/time").head.hasPrefix("HTTP/1.1 200") == true)
    }
  }

  @Test func theHandshakesKeyIsAnsweredWrongly() throws {
    try withSimulator { simulator, port, _ in
      let client = try #require(TestClient(port: port))
      simulator.inject(try Fault("coinbase wrong-accept 10m"))
      let head = client.upgrade()
      #expect(head.hasPrefix("HTTP/1.1 101") && head.contains("Sec-WebSocket-Accept: "))
      #expect(!head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
    }
  }

  @Test func pingsStayUnanswered() throws {
    try withSimulator { simulator, port, _ in
      let client = try Self.subscribed(port)
      simulator.inject(try Fault("coinbase no-pong 10m"))
      client.ping("hello")
      client.send(#"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["heartbeat"]}"#)
      let answer = client.first { $0.text?.contains(#"match","trade_id"#) != true }
      #expect(answer.text?.hasPrefix(#"{"type":"subscriptions""#) == true)
    }
  }

  @Test(arguments: [("refuse", "are refused"), ("ignore", nil)])
  func subscriptionsFail(handling: String, answer: String?) throws {
    try withSimulator { simulator, port, _ in
      let client = try #require(TestClient(port: port))
      client.upgrade()
      simulator.inject(try Fault("coinbase \(handling)-subscriptions 10m"))
      client.send(subscribeToMatches)
      client.ping("and now?")
      if let answer { #expect(client.next().text?.contains(answer) == true) }
      #expect(client.next() == .pong("and now?"))
    }
  }

  @Test func muteLeavesHeartbeats() throws {
    try withSimulator(speed: 20) { simulator, port, _ in
      let client = try #require(TestClient(port: port))
      client.upgrade()
      client.send(#"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches","heartbeat"]}"#)
      #expect(client.texts(20, containing: "match\",").count == 20)
      simulator.inject(try Fault("coinbase mute 10m"))
      client.ping("from here")
      #expect(client.first { $0.text == nil } == .pong("from here"))
      for _ in 0..<5 { #expect(client.next().text?.contains("heartbeat") == true) }
    }
  }

  @Test(arguments: [("skip 3", 4), ("wrong-sequence", -999), ("duplicate", 0), ("reorder", -1)])
  func tradeIDsBreakTheirOrder(fault: String, step: Int) throws {
    try withSimulator { simulator, port, _ in
      let client = try Self.subscribed(port)
      let first = Self.number("trade_id", try #require(client.texts(1, containing: "match\",").first))
      // Two markets share the fault: one alone may hit the other.
      for _ in 0..<20 { simulator.inject(try Fault("coinbase \(fault)")) }
      #expect(Self.hasPair(client, after: first) { last, id in step > 0 ? id - last > 1 : id - last == step })
    }
  }

  @Test func clocksGoWrong() throws {
    try withSimulator { simulator, port, _ in
      let client = try Self.subscribed(port)
      func day() throws -> String {
        let text = try #require(client.texts(1, containing: "match\",").first)
        return String(try #require(text.firstMatch(of: #/"time":"([0-9-]{10})T/#)).1)
      }
      let today = try day()
      simulator.inject(try Fault("coinbase skew -240h 10m"))
      while try day() == today {}
    }
  }

  @Test func aBurstIsDense() throws {
    try withSimulator(trades: 1) { simulator, port, _ in
      let client = try Self.subscribed(port)
      simulator.inject(try Fault("coinbase burst 10m 1000"))
      #expect(client.texts(2_000, containing: "match\",").count == 2_000)
    }
  }
}
