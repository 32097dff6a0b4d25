import COpenSSL
import Glibc

/// The server's end of one connection. Calls block, for ten seconds at most.
final class Peer {
  private let descriptor: Int32
  private var tls: OpaquePointer?
  private let context: TestServerContext?

  /// Nil when there is no agreement on TLS.
  init?(_ descriptor: Int32, _ context: TestServerContext?) {
    self.descriptor = descriptor
    self.context = context
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var isOn: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
    guard let context else { return }
    tls = SSL_new(context.pointer)
    SSL_set_fd(tls, descriptor)
    guard SSL_accept(tls) == 1 else { return nil }
  }

  /// What the client and this end agreed to speak over TLS; nil without.
  var agreedProtocol: String? {
    var name: UnsafePointer<UInt8>?
    var count: UInt32 = 0
    SSL_get0_alpn_selected(tls, &name, &count)
    return name.map { String(decoding: UnsafeBufferPointer(start: $0, count: Int(count)), as: UTF8.self) }
  }

  /// The name that the client asked for; nil when it named none.
  var serverName: String? {
    SSL_get_servername(tls, Int32(TLSEXT_NAMETYPE_host_name)).map { String(cString: $0) }
  }

  /// Whether the client took up an earlier session again.
  var isResumed: Bool { SSL_session_reused(tls) == 1 }

  /// Bytes to and from another socket until one of the two leaves. Not for TLS.
  func relay(_ other: Int32) {
    while true {
      var sockets = [descriptor, other].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      guard poll(&sockets, 2, 10_000) > 0 else { return }
      if sockets[0].revents != 0, !Peer.pass(from: descriptor, to: other) { return }
      if sockets[1].revents != 0, !Peer.pass(from: other, to: descriptor) { return }
    }
  }

  private static func pass(from source: Int32, to target: Int32) -> Bool {
    var room = [UInt8](repeating: 0, count: 65_536)
    let count = recv(source, &room, room.count, 0)
    guard count > 0 else { return false }
    var sent = 0
    while sent < count {
      let more = room.withUnsafeBytes { bytes in
        Glibc.send(target, bytes.baseAddress.map { $0 + sent }, count - sent, Int32(MSG_NOSIGNAL))
      }
      guard more > 0 else { return false }
      sent += more
    }
    return true
  }

  deinit {
    if let tls { SSL_free(tls) }
    close(descriptor)
  }

  /// Whether all was sent.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        let rest = UnsafeRawBufferPointer(rebasing: buffer[sent...])
        return tls.map { Int(SSL_write($0, rest.baseAddress, Int32(clamping: rest.count))) }
          ?? Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  /// What has arrived; empty at the end.
  func receive() -> [UInt8] {
    var room = [UInt8](repeating: 0, count: 65_536)
    let count = room.withUnsafeMutableBytes { buffer in
      tls.map { Int(SSL_read($0, buffer.baseAddress, Int32(buffer.count))) }
        ?? recv(descriptor, buffer.baseAddress, buffer.count, 0)
    }
    return Array(room.prefix(max(0, count)))
  }

  /// An HTTP request's head, and what came behind it.
  func receiveHead() -> (head: String, rest: [UInt8]) {
    var bytes: [UInt8] = []
    while true {
      let more = receive()
      guard !more.isEmpty else { return (String(decoding: bytes, as: UTF8.self), []) }
      bytes += more
      let end: [UInt8] = [13, 10, 13, 10]
      for start in 0...max(0, bytes.count - 4) where bytes[start...].starts(with: end) {
        return (String(decoding: bytes[..<(start + 4)], as: UTF8.self), Array(bytes[(start + 4)...]))
      }
    }
  }

  /// Until the client leaves.
  func waitForEnd() {
    while !receive().isEmpty {}
  }

  /// Stops sending, without a farewell of the TLS layer.
  func shutdownSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Makes the next close a reset.
  func resetOnClose() {
    var setting = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &setting, socklen_t(MemoryLayout<linger>.size))
  }
}
