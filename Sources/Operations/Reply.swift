/// An answer to a request, and how it goes over the wire: one for each connection, which then ends.
package struct Reply: Sendable, Equatable {
  package enum Status: Int, Sendable {
    case ok = 200
    case badRequest = 400
    case notFound = 404
    case methodNotAllowed = 405
    case headTooLarge = 431
    case unavailable = 503

    fileprivate var reason: String {
      switch self {
      case .ok: "OK"
      case .badRequest: "Bad Request"
      case .notFound: "Not Found"
      case .methodNotAllowed: "Method Not Allowed"
      case .headTooLarge: "Request Header Fields Too Large"
      case .unavailable: "Service Unavailable"
      }
    }
  }

  package let status: Status
  package let contentType: String
  package let body: [UInt8]

  package init(_ status: Status, contentType: String = "text/plain; charset=utf-8", _ body: [UInt8]) {
    self.status = status
    self.contentType = contentType
    self.body = body
  }

  package init(_ status: Status, _ text: String) { self.init(status, Array(text.utf8)) }

  /// `withBody`: false for the answer to HEAD.
  func bytes(withBody: Bool = true) -> [UInt8] {
    let allow = status == .methodNotAllowed ? "Allow: GET, HEAD\r\n" : ""
    let head =
      "HTTP/1.1 \(status.rawValue) \(status.reason)\r\nContent-Type: \(contentType)\r\n"
      + "Content-Length: \(body.count)\r\n\(allow)Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    return Array(head.utf8) + (withBody ? body : [])
  }
}
