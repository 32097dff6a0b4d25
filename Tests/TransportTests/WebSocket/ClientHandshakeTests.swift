import ArbdFramework
import ArbdTransport
import Testing

@Suite struct ClientHandshakeTests {
  /// Gives the bytes of the nonce in RFC 6455, section 1.3: "the sample nonce".
  private struct SampleNonce: RandomNumberGenerator {
    private var halves = [Array("the samp".utf8), Array("le nonce".utf8)]

    mutating func next() -> UInt64 { halves.removeFirst().reduce(0) { $0 << 8 | UInt64($1) } }
  }

  private static let accepted = [
    "HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
  ]

  private static func handshake(
    _ url: String = "wss://venue.example/stream?key=secret", _ headers: [HTTPHeader] = [], compresses: Bool = false
  ) throws -> ClientHandshake {
    var request = WebSocketRequest(url: url)
    request.headers = headers
    request.compresses = compresses
    var nonce = SampleNonce()
    return try ClientHandshake(request, using: &nonce)
  }

  private static func answer(_ lines: [String]) -> [UInt8] {
    Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
  }

  private static let now = Timestamp(microseconds: 784_111_777_000_000)

  @Test func theRequest() throws {
    let handshake = try ClientHandshakeTests.handshake(
      "ws://venue.example:8080/stream?a=b", [HTTPHeader("X-Key", "k")], compresses: true)
    #expect(
      String(decoding: handshake.request, as: UTF8.self) == """
        GET /stream?a=b HTTP/1.1\r
        Host: venue.example:8080\r
        Upgrade: websocket\r
        Connection: Upgrade\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
        Sec-WebSocket-Version: 13\r
        Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r
        X-Key: k\r
        User-Agent: arbd\r
        \r

        """)
  }

  @Test func theFirstFrameMayComeWithTheAnswer() throws {
    let bytes = ClientHandshakeTests.answer(ClientHandshakeTests.accepted)
    let received = bytes + [0x81, 0x01, 0x61]
    var handshake = try ClientHandshakeTests.handshake()
    for count in 0..<bytes.count {
      let early = try handshake.receive(received.span.bytes.extracting(first: count), now: ClientHandshakeTests.now)
      #expect(early == nil)
    }
    let opened = try handshake.receive(received.span.bytes, now: ClientHandshakeTests.now)
    #expect(opened?.count == bytes.count)
    #expect(opened?.agreement.subprotocol == nil)
    #expect(opened?.agreement.compression == nil)
  }

  @Test(arguments: [1, 16])
  func interimAnswersArePassedBy(count: Int) throws {
    let interim = ClientHandshakeTests.answer(["HTTP/1.1 103 Early Hints", "Link: </style.css>; rel=preload"])
    let final = ClientHandshakeTests.answer(ClientHandshakeTests.accepted)
    let bytes = Array(repeatElement(interim, count: count).joined()) + final
    let received = bytes + [0x81, 0x01, 0x61]
    var handshake = try ClientHandshakeTests.handshake()
    for count in 0..<bytes.count {
      let early = try handshake.receive(received.span.bytes.extracting(first: count), now: ClientHandshakeTests.now)
      #expect(early == nil)
    }
    #expect(try handshake.receive(received.span.bytes, now: ClientHandshakeTests.now)?.count == bytes.count)
  }

  @Test func interimAnswersWithoutEndAreARefusal() throws {
    let interim = ClientHandshakeTests.answer(["HTTP/1.1 100 Continue"])
    let bytes = Array(repeatElement(interim, count: 17).joined())
    var handshake = try ClientHandshakeTests.handshake()
    let failure = #expect(throws: NetworkFailure.self) {
      try handshake.receive(bytes.span.bytes, now: ClientHandshakeTests.now)
    }
    #expect(failure?.reason == "venue.example answered 100 Continue")
  }

  private static func failure(_ lines: [String]) throws -> NetworkFailure? {
    var handshake = try handshake()
    let bytes = answer(lines)
    do throws(NetworkFailure) {
      _ = try handshake.receive(bytes.span.bytes, now: now)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    ("Upgrade: websocket", "Upgrade: h2c", "did not upgrade to a WebSocket"),
    ("Connection: Upgrade", "Connection: close", "did not upgrade to a WebSocket"),
    ("HTTP/1.1 101 Switching Protocols", "HTTP/1.0 101 Switching Protocols", "did not upgrade to a WebSocket"),
    ("HTTP/1.1 101 Switching Protocols", "HTTP/2 101", "answered with what is not HTTP: no status line"),
    ("Upgrade: websocket", "Upgrade : websocket", "answered with what is not HTTP: a line that is no field"),
    (
      "Upgrade: websocket", "Upgrade:\r\n websocket",
      "answered with what is not HTTP: a field that is folded over lines"
    ),
    (
      "Upgrade: websocket", "Upgrade: web\u{0}socket", "answered with what is not HTTP: a control character in the head"
    ),
    (
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
      "has a wrong Sec-WebSocket-Accept: it did not read the request"
    ),
    (
      "Upgrade: websocket", "Upgrade: websocket\r\nSec-WebSocket-Protocol: chat",
      "chose a subprotocol that was not asked for"
    ),
    (
      "Upgrade: websocket", "Upgrade: websocket\r\nSec-WebSocket-Extensions: permessage-deflate",
      "chose an extension that was not asked for"
    ),
  ])
  func answersThatAreRefused(line: String, other: String, reason: String) throws {
    let lines = ClientHandshakeTests.accepted.map { $0 == line ? other : $0 }
    let failure = try ClientHandshakeTests.failure(lines)
    #expect(failure?.reason == "venue.example \(reason)")
    #expect(failure?.stage == .handshake)
  }

  @Test func namesAndTokensAreTheSameInAnyCase() throws {
    let lines = [
      "HTTP/1.1 101", "UPGRADE: WebSocket", "connection: keep-alive, UPGRADE",
      "sec-websocket-accept:s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    ]
    #expect(try ClientHandshakeTests.failure(lines) == nil)
  }

  @Test(
    arguments: [
      (["HTTP/1.1 403 Forbidden"], "answered 403 Forbidden", nil),
      (
        ["HTTP/1.1 301 Moved Permanently", "Location: https://other.example/x?key=secret"],
        "answered 301 Moved Permanently, it has moved to https://other.example/x", nil
      ),
      (["HTTP/1.1 429 Too Many Requests", "Retry-After: 30"], "answered 429 Too Many Requests, try again in 30 s", 30),
      (
        ["HTTP/1.1 503 Busy", "Date: Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After: Sun, 06 Nov 1994 08:51:37 GMT"],
        "answered 503 Busy, try again in 120 s", 120
      ),
      (
        ["HTTP/1.1 503 Busy", "Retry-After: Sun, 06 Nov 1994 08:50:37 GMT"], "answered 503 Busy, try again in 60 s", 60
      ),
      (["HTTP/1.1 503 Busy\u{1B}[2J"], "answered with what is not HTTP: a control character in the head", nil),
    ] as [([String], String, Int64?)])
  func otherStatuses(lines: [String], reason: String, retryAfter: Int64?) throws {
    let failure = try ClientHandshakeTests.failure(lines)
    #expect(failure?.reason == "venue.example \(reason)")
    #expect(failure?.retryAfter == retryAfter.map { .seconds($0) })
  }

  @Test func aHeadWithoutEndIsRefused() throws {
    let line = "X: " + String(repeating: "x", count: 17 << 10)
    #expect(try ClientHandshakeTests.failure([line])?.reason.hasSuffix("a head of more than 16384 bytes") == true)
  }

  @Test(arguments: [
    HTTPHeader("X-Key", "a\r\nHost: other"), HTTPHeader("X-Key\r\nHost", "other"), HTTPHeader("X Key", "a"),
    HTTPHeader("", "a"), HTTPHeader("X-Key", "a\u{0}"), HTTPHeader("HOST", "other"),
  ])
  func headersThatMayNotBeSent(header: HTTPHeader) {
    #expect(throws: NetworkFailure.self) {
      try ClientHandshakeTests.handshake("ws://venue.example", [header])
    }
  }

  @Test(arguments: [
    ("ws://a.example", "a.example", 80, "/", "http://a.example:80/"),
    ("WSS://a.example:9443?x=1", "a.example:9443", 9_443, "/?x=1", "http://a.example:9443/"),
    ("wss://[::1]:9000/a/b", "[::1]:9000", 9_000, "/a/b", "http://[::1]:9000/"),
    ("wss://a.example:443/", "a.example", 443, "/", "http://a.example:443/"),
  ])
  func urls(text: String, authority: String, port: Int, target: String, server: String) throws {
    let url = try WebSocketURL(text)
    #expect(url.authority == authority)
    #expect(Int(url.port) == port)
    #expect(url.target == target)
    #expect(url.serverURL == server)
  }

  @Test(arguments: [
    "a.example/x", "http://a.example", "ws://", "ws://a:b@a.example", "ws://a.example:0", "ws://a.example:65536",
    "ws://a.example:", "ws://a.example:+1", "ws://a.example/a b", "ws://a.example/\r\nX: y", "ws://a.example/#x",
    "ws://[::1", "ws://a\r\nb/", "ws://a.example/\u{E9}",
  ])
  func wrongURLs(text: String) {
    #expect(throws: NetworkFailure.self) { try WebSocketURL(text) }
  }
}
