import Glibc

/// A plain TCP client on loopback. Blocks, at most `patience` in each call, so it belongs on a thread of its own; one at a
/// time uses it.
public final class LoopbackClient: @unchecked Sendable {
  private let descriptor: Int32

  public struct Refused: Error {}

  /// `patience` is in seconds.
  public init(port: UInt16, patience: Int = 60) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var time = timeval(tv_sec: patience, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else {
      close(descriptor)
      throw Refused()
    }
  }

  deinit { close(descriptor) }

  /// False when the server no longer takes it.
  @discardableResult
  public func send(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  /// Says that nothing more will be sent.
  public func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// All that comes until the server closes; nil when it does not in time.
  public func readToEnd() -> String? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      guard count > 0 else { return errno == ECONNRESET ? String(decoding: bytes, as: UTF8.self) : nil }
      bytes += buffer[..<count]
    }
  }
}

/// An answer, taken apart.
public struct LoopbackAnswer: Sendable {
  public let status: Int
  /// Names in lower case.
  public let headers: [String: String]
  public let body: String

  /// Nil when the text is no answer.
  public init?(_ text: String) {
    guard let end = text.utf8.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let lines = text[..<end.lowerBound].split(separator: "\r\n")
    let words = lines.first?.split(separator: " ") ?? []
    guard words.count > 1, words[0] == "HTTP/1.1", let status = Int(words[1]) else { return nil }
    self.status = status
    headers = lines.dropFirst().reduce(into: [:]) { headers, line in
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 { headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " }) }
    }
    body = String(text[end.upperBound...])
  }

  /// What the server says to a request; on a thread of its own.
  public static func get(_ path: String, port: UInt16) async -> LoopbackAnswer? {
    await exchange("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n", port: port).flatMap { LoopbackAnswer($0) }
  }

  /// Sends the text and gives all that comes; nil without a connection or an end.
  public static func exchange(_ text: String, port: UInt16) async -> String? {
    await inThread {
      guard let client = try? LoopbackClient(port: port) else { return nil }
      client.send(Array(text.utf8))
      return client.readToEnd()
    }
  }
}
