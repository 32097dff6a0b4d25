import ArbdFramework
import ArbdSimulator
import ArbdTransport
import Testing

/// Starts a simulator, hands it to the test with the port of each venue, and stops it.
func withSimulator(
  trades: Double = 200, speed: Double = 1, maximumPendingBytes: Int = 16 << 20,
  _ body: (Simulator, _ coinbase: UInt16, _ binance: UInt16) throws -> Void
) throws {
  var options = SimulatorOptions()
  options.rates = .init(trades: trades, quotes: 0)
  options.speed = speed
  options.maximumPendingBytes = maximumPendingBytes
  let simulator = try Simulator(options)
  let endpoints = try simulator.start()
  defer { simulator.stop() }
  try body(simulator, endpoints[.coinbase]?.port ?? 0, endpoints[.binance]?.port ?? 0)
}

let subscribeToMatches = #"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches"]}"#

@Suite struct ServerTests {
  @Test func coinbaseIsServed() throws {
    try withSimulator { _, port, _ in
      let client = try #require(TestClient(port: port))
      // The example of RFC 6455, section 1.3.
      #expect(client.upgrade().contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
      client.send(subscribeToMatches)
      #expect(
        client.next() == .text(#"{"type":"subscriptions","channels":[{"name":"matches","product_ids":["BTC-USD"]}]}"#))
      #expect(client.texts(20, containing: #"{"type":"match""#).count == 20)
      client.ping("are you there")
      #expect(client.first { $0.text == nil } == .pong("are you there"))
      client.close(.normal)
      #expect(client.first { $0.text == nil } == .close(1000))
      #expect(client.next() == .end)
    }
  }

  @Test func coinbaseCompressesForThoseWhoOffer() throws {
    try withSimulator { _, coinbase, binance in
      let client = try #require(TestClient(port: coinbase))
      #expect(client.upgrade(compressing: true).contains("Sec-WebSocket-Extensions: permessage-deflate"))
      client.send(subscribeToMatches)
      #expect(client.texts(20, containing: #"{"type":"match""#).count == 20)
      let other = try #require(TestClient(port: binance))
      #expect(!other.upgrade("/ws", compressing: true).contains("permessage-deflate"))
    }
  }

  @Test func binanceIsServed() throws {
    try withSimulator { _, _, port in
      let client = try #require(TestClient(port: port))
      client.upgrade("/stream?streams=btcusdt@trade")
      #expect(client.texts(5, containing: #"{"stream":"btcusdt@trade","data":{"e":"trade""#).count == 5)
      client.send(#"{"method":"SUBSCRIBE","params":["ethusdt@bookTicker"],"id":7}"#)
      #expect(client.texts(1, containing: #"{"result":null,"id":7}"#).count == 1)
      #expect(client.texts(5, containing: #"{"stream":"ethusdt@bookTicker","data":{"u":"#).count == 5)
    }
  }

  @Test func listsAreServedOverTheSameConnection() throws {
    try withSimulator { _, coinbase, binance in
      let client = try #require(TestClient(port: coinbase))
      #expect(client.get("/products").body.hasPrefix(#"[{"id":"BTC-USD""#))
      #expect(client.get("/products/FOO").head.hasPrefix("HTTP/1.1 404"))
      #expect(client.get("/time").body.hasPrefix(#"{"iso":""#))
      client.upgrade()
      client.send(subscribeToMatches)
      #expect(client.next().text?.contains("subscriptions") == true)
      let other = try #require(TestClient(port: binance))
      #expect(other.get("/api/v3/exchangeInfo?symbol=BTCUSDT").body.contains(#""baseAsset":"BTC""#))
    }
  }

  @Test(arguments: [
    "GET / HTTP/1.1\r\nHost\r\n\r\n", "\r\n\r\n", "GET /\r\n\r\n", "POST / HTTP/1.1\r\nHost: x\r\n\r\n",
    String(repeating: "x", count: 20_000),
  ])
  func whatIsNoRequestIsRefused(text: String) throws {
    try withSimulator { _, port, _ in
      let client = try #require(TestClient(port: port))
      client.write(Array(text.utf8))
      let answer = client.get("/time").head
      #expect(answer.hasPrefix("HTTP/1.1 4"), "\(answer)")
    }
  }

  @Test func aClientThatBreaksTheProtocolIsToldSo() throws {
    try withSimulator { _, port, _ in
      let client = try #require(TestClient(port: port))
      client.upgrade()
      // Not masked.
      client.write([0x81, 0x02, UInt8(ascii: "{"), UInt8(ascii: "}")])
      #expect(client.next() == .close(1002))
      #expect([.end, .reset].contains(client.next()))
    }
  }

  @Test func manyClientsGetTheSameBytes() throws {
    try withSimulator { _, port, _ in
      let clients = try (0..<20).map { _ in try #require(TestClient(port: port)) }
      for client in clients {
        client.upgrade()
        client.send(subscribeToMatches)
        #expect(client.next().text?.contains("subscriptions") == true)
      }
      let texts = clients.map { Set($0.texts(400, containing: #"{"type":"match""#)) }
      let common = texts.dropFirst().reduce(texts[0]) { $0.intersection($1) }
      #expect(common.count > 100)
    }
  }

  @Test func whoDoesNotReadIsDisconnected() throws {
    try withSimulator(trades: 100_000, maximumPendingBytes: 1 << 18) { _, port, _ in
      let client = try #require(TestClient(port: port))
      client.upgrade()
      client.send(subscribeToMatches)
      #expect(client.waitForReset())
    }
  }

  /// Many requests in one go are answered no further than the limit of what waits to be sent.
  @Test func whoAsksInOneGoIsDisconnected() throws {
    try withSimulator(maximumPendingBytes: 1 << 14) { _, port, _ in
      let client = try #require(TestClient(port: port))
      let request = "GET /products HTTP/1.1\r\nHost: x\r\n\r\n"
      client.write(Array(String(repeating: request, count: 1_500).utf8))
      #expect(client.waitForReset())
      #expect(client.countToEnd() < 1 << 15)
    }
  }

  @Test func simulatedTimeDrivesVenues() throws {
    try withSimulator(speed: 1_000) { _, port, _ in
      let client = try #require(TestClient(port: port))
      client.upgrade()
      #expect(client.next() == .close(1008))
    }
    try withSimulator(trades: 0.1, speed: 1_000) { _, _, port in
      let client = try #require(TestClient(port: port))
      client.upgrade("/ws")
      let ping = client.next()
      guard case .ping = ping else {
        Issue.record("\(ping)")
        return
      }
      #expect(client.first { if case .close = $0 { true } else { false } } == .close(1008))
    }
  }

  @Test func stoppingSaysGoodbye() throws {
    var options = SimulatorOptions()
    options.rates = .init(trades: 1, quotes: 0)
    let simulator = try Simulator(options)
    let endpoints = try simulator.start()
    let client = try #require(TestClient(port: endpoints[.coinbase]?.port ?? 0))
    client.upgrade()
    simulator.stop()
    #expect(client.first { $0.text == nil } == .close(1001))
    #expect(TestClient(port: endpoints[.coinbase]?.port ?? 0) == nil)
    #expect(throws: SimulatorError.self) { try simulator.start() }
  }

  @Test func whatCannotBeServedIsExplained() throws {
    var options = SimulatorOptions()
    options.address = "localhost"
    #expect(throws: SimulatorError("\"localhost\" is no IPv4 address such as 127.0.0.1")) {
      try Simulator(options).start()
    }
    options = SimulatorOptions()
    options.tls = TLSFiles(certificate: "/nowhere/cert.pem", key: "/nowhere/key.pem")
    let tls = #expect(throws: SimulatorError.self) { try Simulator(options).start() }
    #expect(tls?.description.contains("/nowhere/cert.pem") == true)
    try withSimulator { _, port, _ in
      var options = SimulatorOptions()
      options.venues[0].port = port
      let taken = #expect(throws: SimulatorError.self) { try Simulator(options).start() }
      #expect(taken?.description.contains("cannot listen on 127.0.0.1:\(port)") == true)
    }
  }
}
