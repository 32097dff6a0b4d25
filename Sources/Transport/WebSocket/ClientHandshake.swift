package import ArbdFramework

/// The opening of a WebSocket by a client: RFC 6455, section 4.1.
package struct ClientHandshake: Sendable {
  package let url: WebSocketURL
  /// What to send first.
  package let request: [UInt8]
  private let key: HandshakeKey
  private let protocols: [String]
  private let compression: DeflateParameters?
  private var reader = HTTPHeadReader()
  /// Answers before the final one, and how many bytes they were.
  private var interim = (count: 0, bytes: 0)
  private static let mostInterim = 16

  /// What the server has agreed to.
  package struct Agreement: Sendable, Equatable {
    /// One of those that the request's `Sec-WebSocket-Protocol` named.
    package let subprotocol: String?
    package let compression: DeflateParameters?
  }

  /// Refuses headers that cannot be sent or that are the handshake's own. Subprotocols are asked for by a header.
  package init(_ request: WebSocketRequest) throws(NetworkFailure) {
    var random = SystemRandomNumberGenerator()
    try self.init(request, using: &random)
  }

  package init(
    _ request: WebSocketRequest, offering offered: DeflateParameters = DeflateParameters(),
    using random: inout some RandomNumberGenerator
  ) throws(NetworkFailure) {
    url = try WebSocketURL(request.url)
    key = HandshakeKey(using: &random)
    compression = request.compresses ? offered : nil
    var lines = ["GET \(url.target) HTTP/1.1", "Host: \(url.authority)", "Upgrade: websocket", "Connection: Upgrade"]
    lines += ["Sec-WebSocket-Key: \(key.text)", "Sec-WebSocket-Version: 13"]
    if let compression { lines.append("Sec-WebSocket-Extensions: \(compression.offer)") }
    for header in request.headers {
      guard header.isSendable, !ClientHandshake.ownNames.contains(header.name.lowercased()) else {
        throw NetworkFailure(.handshake, "the header \(header.name.printable) may not be sent to \(url.host)")
      }
      lines.append("\(header.name): \(header.value)")
    }
    // Some venues' gates turn away clients without a name.
    if !request.headers.contains(where: { $0.name.lowercased() == "user-agent" }) { lines.append("User-Agent: arbd") }
    protocols = HTTPHead(startLine: "", fields: request.headers).list("Sec-WebSocket-Protocol")
    self.request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
  }

  private static let ownNames: Set<String> = [
    "host", "upgrade", "connection", "sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions",
    "sec-websocket-accept", "content-length", "transfer-encoding",
  ]

  /// `bytes`: all that the server has sent. Gives nil while its answer has not ended, then what was agreed, and where the
  /// first frame begins. `now` is for an answer that says when to come back, but not what time it has.
  ///
  /// Interim answers (RFC 9110, section 15.2: 100, 102, 103) are passed by, a bounded number of them.
  package mutating func receive(
    _ bytes: RawSpan, now: Timestamp
  ) throws(NetworkFailure) -> (agreement: Agreement, count: Int)? {
    while true {
      let found: (head: HTTPHead, count: Int)?
      do throws(HTTPHead.Fault) {
        found = try reader.read(bytes.extracting(interim.bytes...))
      } catch {
        throw failure("answered with what is not HTTP: \(error.reason)")
      }
      guard let found else { return nil }
      guard let status = found.head.statusLine?.status, status < 200, status != 101,
        interim.count < ClientHandshake.mostInterim
      else { return (try check(found.head, now: now), interim.bytes + found.count) }
      interim = (interim.count + 1, interim.bytes + found.count)
      reader = HTTPHeadReader()
    }
  }

  /// What the answer agrees to.
  package func check(_ head: HTTPHead, now: Timestamp) throws(NetworkFailure) -> Agreement {
    guard let (minorVersion, status, reason) = head.statusLine else {
      throw failure("answered with what is not HTTP: no status line")
    }
    guard status == 101 else { throw refusal(head, status, reason, now: now) }
    guard minorVersion == 1, head.lists("websocket", in: "Upgrade"), head.lists("upgrade", in: "Connection") else {
      throw failure("did not upgrade to a WebSocket", status: status)
    }
    guard head.single("Sec-WebSocket-Accept") == key.accept else {
      throw failure("has a wrong Sec-WebSocket-Accept: it did not read the request", status: status)
    }
    return Agreement(subprotocol: try subprotocol(head), compression: try compression(head))
  }

  private func subprotocol(_ head: HTTPHead) throws(NetworkFailure) -> String? {
    guard !head.values("Sec-WebSocket-Protocol").isEmpty else { return nil }
    guard let chosen = head.single("Sec-WebSocket-Protocol"), protocols.contains(chosen) else {
      throw failure("chose a subprotocol that was not asked for", status: 101)
    }
    return chosen
  }

  private func compression(_ head: HTTPHead) throws(NetworkFailure) -> DeflateParameters? {
    let fields = head.values("Sec-WebSocket-Extensions")
    guard !fields.isEmpty else { return nil }
    guard let answers = WebSocketExtension.list(fields) else {
      throw failure("answered with extensions that cannot be read", status: 101)
    }
    guard let answer = answers.first else { return nil }
    guard let compression, answer.name == DeflateParameters.extensionName else {
      throw failure("chose an extension that was not asked for", status: 101)
    }
    guard answers.count == 1, let granted = compression.granted(answer) else {
      throw failure("chose parameters of permessage-deflate that do not suit the request", status: 101)
    }
    return granted
  }

  // MARK: Failures

  private func refusal(_ head: HTTPHead, _ status: Int, _ reason: String, now: Timestamp) -> NetworkFailure {
    var text = "answered \(status)"
    if !reason.isEmpty { text += " \(reason.prefix(80).printable)" }
    if (300..<400).contains(status), let location = head.single("Location") {
      // Without the query: where it comes from a key in ours, it holds the key.
      text += ", it has moved to \(location.prefix { $0 != "?" && $0 != "#" }.prefix(200).printable)"
    }
    let wait = head.single("Retry-After").flatMap { RetryAfter.duration($0, date: head.single("Date"), now: now) }
    if let wait { text += ", try again in \(wait.components.seconds) s" }
    return failure(text, status: status, retryAfter: wait)
  }

  private func failure(_ reason: String, status: Int? = nil, retryAfter: Duration? = nil) -> NetworkFailure {
    NetworkFailure(.handshake, "\(url.host) \(reason)", status: status, retryAfter: retryAfter)
  }
}
