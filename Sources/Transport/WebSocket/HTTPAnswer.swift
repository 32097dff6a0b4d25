package import ArbdFramework

/// A server's answer other than a WebSocket. As an error: why a handshake is refused.
package struct HTTPAnswer: Error, Sendable, Equatable {
  package var status: Int
  /// Without those that frame the body. One that could not be sent without harm is left out.
  package var headers: [HTTPHeader]
  package var body: [UInt8]
  package var keepsConnection: Bool

  package init(_ status: Int, _ headers: [HTTPHeader] = [], body: String = "", keepsConnection: Bool = false) {
    self.status = status
    self.headers = headers
    self.body = Array(body.utf8)
    self.keepsConnection = keepsConnection
  }

  /// The answer to a request whose head cannot be read.
  package init(_ fault: HTTPHead.Fault) { self.init(fault.isTooLong ? 431 : 400, body: "\(fault.reason)\n") }

  /// As it goes over the wire.
  package var bytes: [UInt8] {
    var connection = keepsConnection ? "keep-alive" : "close"
    // Hop by hop: RFC 9110, section 7.8.
    if headers.contains(where: { $0.name.lowercased() == "upgrade" }) { connection += ", Upgrade" }
    var lines = ["HTTP/1.1 \(status) \(HTTPAnswer.reasons[status] ?? "")"]
    for header in headers where header.isSendable && !HTTPAnswer.ownNames.contains(header.name.lowercased()) {
      lines.append("\(header.name): \(header.value)")
    }
    lines += ["Content-Length: \(body.count)", "Connection: \(connection)"]
    return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
  }

  private static let ownNames: Set<String> = ["content-length", "connection", "transfer-encoding"]

  private static let reasons = [
    200: "OK", 301: "Moved Permanently", 302: "Found", 307: "Temporary Redirect", 308: "Permanent Redirect",
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    418: "I'm a teapot", 426: "Upgrade Required", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
    500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
  ]
}
