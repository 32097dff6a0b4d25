internal import ArbdFramework
internal import CCurl

/// One request under way.
final class HTTPTransfer {
  let connection: ConnectionID
  let number: Int
  let handle: CurlHandle
  let endpoint: Endpoint
  private let maximumBytes: Int
  private(set) var body: [UInt8] = []
  private var isTooLong = false

  init(
    _ request: HTTPRequest, for connection: ConnectionID, number: Int, proxies: Proxies
  ) throws(NetworkFailure) {
    guard let endpoint = Endpoint(http: request.url) else {
      throw NetworkFailure(.resolve, "not the URL of an HTTP request")
    }
    guard let handle = CurlHandle() else { throw .outOfMemory }
    self.connection = connection
    self.number = number
    self.handle = handle
    self.endpoint = endpoint
    maximumBytes = request.maximumResponseBytes
    handle.configure(connectTimeout: request.timeout, proxies: proxies, isEncrypted: endpoint.isEncrypted)
    handle.configureTLS(certificateFile: request.certificateFile)
    handle.set(CURLOPT_URL, request.url)
    handle.set(CURLOPT_TIMEOUT_MS, request.timeout)
    handle.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
    handle.set(CURLOPT_ACCEPT_ENCODING, "gzip")
    handle.set(CURLOPT_MAXFILESIZE_LARGE, offset: request.maximumResponseBytes)
    handle.set(CURLOPT_USERAGENT, "arbd")
    switch request.method {
    case .get: break
    case .head: handle.set(CURLOPT_NOBODY, 1)
    case .post:
      handle.set(CURLOPT_POST, 1)
      handle.setBody(request.body)
      // Else libcurl lets longer bodies wait for a "100 Continue" that few servers send.
      handle.addHeader("Expect:")
    }
    for header in request.headers {
      guard header.isSendable else {
        throw NetworkFailure(.response, "the header \(header.name.printable) may not be sent to \(endpoint.host)")
      }
      handle.addHeader(header.line)
    }
    handle.setWriteFunction(
      { bytes, size, count, transfer in
        guard let bytes, let transfer else { return 0 }
        let content = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return Unmanaged<HTTPTransfer>.fromOpaque(transfer).takeUnretainedValue().take(content)
      }, Unmanaged.passUnretained(self).toOpaque())
    guard handle.fault == nil else { throw .outOfMemory }
  }

  var status: Int { handle.number(CURLINFO_RESPONSE_CODE) }

  /// What the answer's status asks of whoever asks too much; nil when it does not.
  var throttling: NetworkOutcome? {
    let seconds = handle.offset(CURLINFO_RETRY_AFTER)
    let wait = seconds > 0 ? min(.seconds(seconds), RetryAfter.most) : nil
    switch status {
    case 418, 429: return .throttled(connection, status: status, retryAfter: wait)
    case 503 where wait != nil: return .throttled(connection, status: status, retryAfter: wait)
    default: return nil
    }
  }

  func failure(_ result: CURLcode) -> NetworkFailure {
    if isTooLong || result == CURLE_FILESIZE_EXCEEDED {
      return NetworkFailure(.response, "\(endpoint) answers with more than \(maximumBytes) bytes")
    }
    return .transfer(result, of: handle, to: endpoint)
  }

  /// Called by libcurl with a piece of the decoded answer; fewer bytes than given stop the transfer.
  private func take(_ content: UnsafeRawBufferPointer) -> Int {
    guard content.count <= maximumBytes - body.count else {
      isTooLong = true
      return 0
    }
    body.append(contentsOf: content)
    return content.count
  }
}

extension HTTPHeader {
  var line: String {
    // libcurl takes a header without a value that ends in a colon for one to leave out.
    value.isEmpty ? "\(name);" : "\(name): \(value)"
  }
}

extension NetworkFailure {
  static var outOfMemory: NetworkFailure { NetworkFailure(.cancelled, "not enough memory or file descriptors") }
}
