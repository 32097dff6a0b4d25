package import ArbdFramework
internal import CCurl

/// Sends requests one after another on the caller's thread, which waits for each answer. Connections stay open for the
/// next request. One caller at a time.
package final class HTTPClient {
  private let multi: CurlMulti
  private let proxies: Proxies

  /// `variable`: the environment, in which proxies are named.
  package init(_ variable: (String) -> String? = NetworkLoop.environment) throws(NetworkFailure) {
    guard let multi = CurlMulti() else { throw .outOfMemory }
    self.multi = multi
    proxies = Proxies(variable)
  }

  /// Whether a URL leads to a host and a port by HTTP.
  package static func canReach(_ url: String) -> Bool { Endpoint(http: url) != nil }

  /// Every answer is returned, whatever its status; what throws is that there was none.
  package func send(_ request: HTTPRequest) throws(NetworkFailure) -> HTTPResponse {
    let transfer = try HTTPTransfer(request, for: ConnectionID(index: 0), number: 0, proxies: proxies)
    guard transfer.handle.join(multi) else { throw .outOfMemory }
    var sockets: [curl_waitfd] = []
    while true {
      multi.perform()
      if let (_, result) = multi.nextResult() {
        // An answer that is too long is one all the same, where its status says all that matters.
        let isCut = result == CURLE_WRITE_ERROR || result == CURLE_FILESIZE_EXCEEDED
        guard result == CURLE_OK || isCut && (200..<300).contains(transfer.status) else {
          throw transfer.failure(result)
        }
        return HTTPResponse(status: transfer.status, body: transfer.body, headers: transfer.handle.responseHeaders)
      }
      // A transfer has a time limit of its own, so this ends.
      multi.poll(&sockets, atMost: .seconds(1))
    }
  }
}

/// The answer to a request.
package struct HTTPResponse: Sendable {
  package let status: Int
  /// Decoded.
  package let body: [UInt8]
  private let headers: [HTTPHeader]

  init(status: Int, body: [UInt8], headers: [HTTPHeader]) {
    self.status = status
    self.body = body
    self.headers = headers
  }

  /// The last header of that name, capitals or not.
  package func header(_ name: String) -> String? {
    headers.last { $0.name.lowercased() == name.lowercased() }?.value
  }

  /// How long the server asks to be left alone; nil when it does not say.
  package func retryAfter(now: Timestamp) -> Duration? {
    header("retry-after").flatMap { RetryAfter.duration($0, date: header("date"), now: now) }
  }
}

extension CurlHandle {
  /// Of the last answer, in order.
  var responseHeaders: [HTTPHeader] {
    var headers: [HTTPHeader] = []
    var previous: UnsafeMutablePointer<curl_header>?
    while let next = curl_easy_nextheader(pointer, UInt32(CURLH_HEADER), -1, previous) {
      headers.append(HTTPHeader(String(cString: next.pointee.name), String(cString: next.pointee.value)))
      previous = next
    }
    return headers
  }
}
