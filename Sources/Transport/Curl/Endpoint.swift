internal import CCurl

/// Where a URL leads, as it may be shown: without user, password and query, which may be secret.
struct Endpoint: CustomStringConvertible, Equatable {
  let isEncrypted: Bool
  /// IPv6 addresses in brackets.
  let host: String
  let port: Int
  let description: String

  /// Nil unless it is the URL of an HTTP request.
  init?(http url: String) {
    guard let parts = curl_url() else { return nil }
    defer { curl_url_cleanup(parts) }
    guard curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK else { return nil }
    func part(_ part: CURLUPart) -> String? {
      var text: UnsafeMutablePointer<CChar>?
      guard curl_url_get(parts, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text else { return nil }
      defer { curl_free(text) }
      return String(cString: text)
    }
    guard let scheme = part(CURLUPART_SCHEME)?.lowercased(), scheme == "http" || scheme == "https",
      let host = part(CURLUPART_HOST), !host.isEmpty, let port = part(CURLUPART_PORT).flatMap({ Int($0) })
    else { return nil }
    self.init(scheme: scheme, host: host, port: port, path: part(CURLUPART_PATH) ?? "/")
  }

  init(_ url: WebSocketURL) {
    let path = url.target.prefix { $0 != "?" }
    self.init(scheme: url.isSecure ? "wss" : "ws", host: url.host, port: Int(url.port), path: String(path))
  }

  private init(scheme: String, host: String, port: Int, path: String) {
    isEncrypted = scheme == "https" || scheme == "wss"
    self.host = host
    self.port = port
    let usualPort = isEncrypted ? 443 : 80
    description = "\(scheme)://\(host)\(port == usualPort ? "" : ":\(port)")\(path)"
  }
}
