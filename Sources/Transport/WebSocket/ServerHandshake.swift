internal import ArbdFramework

/// A client's request to open a WebSocket, as the server sees it: RFC 6455, section 4.2.
package struct ServerHandshake: Sendable {
  package let head: HTTPHead
  /// The path and the query.
  package let target: String
  package let host: String
  /// What the client would speak, its favourite first.
  package let subprotocols: [String]
  private let key: HandshakeKey
  private let offers: [WebSocketExtension]

  /// Whether the request wants a WebSocket at all, rightly or not.
  package static func isWanted(by head: HTTPHead) -> Bool { head.lists("websocket", in: "Upgrade") }

  /// Refuses, with the answer to send, what does not ask rightly for a WebSocket.
  package init(_ head: HTTPHead) throws(HTTPAnswer) {
    guard let (method, target, minorVersion) = head.requestLine, target.hasPrefix("/") else {
      throw HTTPAnswer(400, body: "not a request for a path\n")
    }
    guard method == "GET" else { throw HTTPAnswer(405, [HTTPHeader("Allow", "GET")]) }
    guard minorVersion == 1, let host = head.single("Host") else { throw HTTPAnswer(400, body: "no single host\n") }
    guard head.values("Transfer-Encoding").isEmpty, head.list("Content-Length").allSatisfy({ $0 == "0" }) else {
      throw HTTPAnswer(400, body: "a handshake has no body\n")
    }
    guard ServerHandshake.isWanted(by: head), head.lists("upgrade", in: "Connection") else {
      throw HTTPAnswer(426, [HTTPHeader("Upgrade", "websocket")], body: "here is a WebSocket\n")
    }
    guard head.single("Sec-WebSocket-Version") == "13" else {
      throw HTTPAnswer(426, [HTTPHeader("Sec-WebSocket-Version", "13")], body: "version 13 only\n")
    }
    guard let key = head.single("Sec-WebSocket-Key").flatMap({ HandshakeKey($0) }) else {
      throw HTTPAnswer(400, body: "no single Sec-WebSocket-Key of 16 bytes\n")
    }
    guard let offers = WebSocketExtension.list(head.values("Sec-WebSocket-Extensions")) else {
      throw HTTPAnswer(400, body: "extensions that cannot be read\n")
    }
    self.head = head
    self.target = target
    self.host = host
    self.key = key
    self.offers = offers
    subprotocols = head.list("Sec-WebSocket-Protocol")
  }

  /// The answer that opens the WebSocket.
  ///
  /// - Parameters:
  ///   - subprotocol: left out unless the client has asked for it.
  ///   - limits: compression is granted within these, when the client has offered it; nil: never.
  /// - Returns: what to send, and how messages are compressed from then on.
  package func accept(
    subprotocol: String? = nil, compression limits: DeflateParameters? = nil
  ) -> (response: [UInt8], compression: DeflateParameters?) {
    var lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    lines.append("Sec-WebSocket-Accept: \(key.accept)")
    if let subprotocol, subprotocol.isToken, subprotocols.contains(subprotocol) {
      lines.append("Sec-WebSocket-Protocol: \(subprotocol)")
    }
    let choice = limits?.choice(from: offers)
    if let choice { lines.append("Sec-WebSocket-Extensions: \(choice.answer)") }
    return (Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8), choice?.agreed)
  }
}
