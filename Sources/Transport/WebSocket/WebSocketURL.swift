package import ArbdFramework

/// Where a WebSocket is: `ws://host:port/path?query`, or `wss://` for TLS.
package struct WebSocketURL: Sendable, Equatable {
  package let isSecure: Bool
  /// As in the URL: an IPv6 address in brackets.
  package let host: String
  package let port: UInt16
  /// The path and the query, which may hold a key: not for logs.
  package let target: String

  /// Refuses user names, which would be secrets in a URL, and fragments, which RFC 6455 forbids.
  package init(_ text: String) throws(NetworkFailure) {
    guard let colon = text.firstRange(of: "://") else { throw NetworkFailure(.handshake, "the URL has no scheme") }
    switch text[..<colon.lowerBound].lowercased() {
    case "ws": isSecure = false
    case "wss": isSecure = true
    default: throw NetworkFailure(.handshake, "the URL's scheme is neither ws nor wss")
    }
    let rest = text[colon.upperBound...]
    let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
    guard let (host, port) = WebSocketURL.parts(ofAuthority: rest[..<end]) else {
      throw NetworkFailure(.handshake, "the URL's host is not valid")
    }
    self.host = host
    self.port = port ?? (isSecure ? 443 : 80)
    let target = (rest[end...].first == "/" ? "" : "/") + rest[end...]
    guard target.utf8.allSatisfy({ 0x21...0x7E ~= $0 && $0 != UInt8(ascii: "#") }) else {
      throw NetworkFailure(.handshake, "the URL of \(host) has characters that must be escaped, or a fragment")
    }
    self.target = target
  }

  /// What the `Host` field says.
  package var authority: String { port == (isSecure ? 443 : 80) ? host : "\(host):\(port)" }

  /// The same server for a transfer library that knows no WebSockets and is not to speak TLS either; without the path.
  package var serverURL: String { "http://\(host):\(port)/" }

  private static func parts(ofAuthority text: Substring) -> (host: String, port: UInt16?)? {
    var hostEnd = text.firstIndex(of: ":") ?? text.endIndex
    if text.first == "[" {
      guard let bracket = text.firstIndex(of: "]") else { return nil }
      hostEnd = text.index(after: bracket)
      guard text[..<hostEnd].dropFirst().dropLast().utf8.allSatisfy({ isHexadecimal($0) || ":.".utf8.contains($0) })
      else { return nil }
    } else {
      guard !text[..<hostEnd].isEmpty, text[..<hostEnd].utf8.allSatisfy(isNameCharacter) else { return nil }
    }
    let rest = text[hostEnd...]
    guard !rest.isEmpty else { return (String(text), nil) }
    guard rest.first == ":", let port = UInt16(rest.dropFirst()), port > 0, rest.dropFirst().first != "+" else {
      return nil
    }
    return (String(text[..<hostEnd]), port)
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool { "0123456789abcdefABCDEF".utf8.contains(byte) }

  private static func isNameCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
