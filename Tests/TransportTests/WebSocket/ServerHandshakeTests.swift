import ArbdFramework
import ArbdTransport
import Testing

@Suite struct ServerHandshakeTests {
  private static let lines = [
    "GET /chat?x=1 HTTP/1.1", "Host: server.example.com", "Upgrade: websocket", "Connection: keep-alive, Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: chat, superchat",
    "Sec-WebSocket-Version: 13",
  ]

  private static func head(_ lines: [String]) throws -> HTTPHead {
    let bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    var reader = HTTPHeadReader()
    return try #require(try reader.read(bytes.span.bytes)).head
  }

  /// RFC 6455, section 1.3.
  @Test func anOpening() throws {
    let handshake = try ServerHandshake(ServerHandshakeTests.head(ServerHandshakeTests.lines))
    #expect(handshake.target == "/chat?x=1")
    #expect(handshake.host == "server.example.com")
    #expect(handshake.subprotocols == ["chat", "superchat"])
    let (response, compression) = handshake.accept(subprotocol: "chat", compression: DeflateParameters())
    #expect(compression == nil)
    #expect(
      String(decoding: response, as: UTF8.self) == """
        HTTP/1.1 101 Switching Protocols\r
        Upgrade: websocket\r
        Connection: Upgrade\r
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r
        Sec-WebSocket-Protocol: chat\r
        \r

        """)
    let other = String(decoding: handshake.accept(subprotocol: "other\r\nX: y").response, as: UTF8.self)
    #expect(!other.contains("other"))
  }

  @Test(arguments: [
    ("GET /chat?x=1 HTTP/1.1", "POST /chat HTTP/1.1", 405), ("GET /chat?x=1 HTTP/1.1", "GET chat HTTP/1.1", 400),
    ("GET /chat?x=1 HTTP/1.1", "GET /chat HTTP/1.0", 400), ("GET /chat?x=1 HTTP/1.1", "GET /a b HTTP/1.1", 400),
    ("Host: server.example.com", "X: y", 400), ("Host: server.example.com", "Host: a\r\nHost: b", 400),
    ("Upgrade: websocket", "X: y", 426), ("Connection: keep-alive, Upgrade", "Connection: keep-alive", 426),
    ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8", 426),
    ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 13\r\nContent-Length: 5", 400),
    ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: a;;", 400),
    ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: dGhlIHNhbXBsZQ==", 400),
    ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "X: y", 400),
  ])
  func refusals(line: String, other: String, status: Int) throws {
    let head = try ServerHandshakeTests.head(ServerHandshakeTests.lines.map { $0 == line ? other : $0 })
    #expect {
      try ServerHandshake(head)
    } throws: {
      ($0 as? HTTPAnswer)?.status == status
    }
  }

  @Test func anAnswerHasItsLengthAndNoInjectedHeader() {
    let answer = HTTPAnswer(429, [HTTPHeader("Retry-After", "5"), HTTPHeader("X", "a\r\nY: b")], body: "slow")
    #expect(
      String(decoding: answer.bytes, as: UTF8.self)
        == "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 5\r\nContent-Length: 4\r\nConnection: close\r\n\r\nslow")
  }
}
