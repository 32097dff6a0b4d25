import COpenSSL
import Glibc

/// The server's end of one connection. Calls block, for ten seconds at most.
final class Peer {
  private let descriptor: Int32
  private var tls: OpaquePointer?
  private var context: OpaquePointer?

  /// Nil when there is no agreement on TLS.
  init?(_ descriptor: Int32, _ certificate: TestCertificates.Files?) {
    self.descriptor = descriptor
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var isOn: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
    guard let certificate else { return }
    context = SSL_CTX_new(TLS_server_method())
    SSL_CTX_use_certificate_chain_file(context, certificate.certificate)
    SSL_CTX_use_PrivateKey_file(context, certificate.key, SSL_FILETYPE_PEM)
    tls = SSL_new(context)
    SSL_set_fd(tls, descriptor)
    guard SSL_accept(tls) == 1 else { return nil }
  }

  deinit {
    if let tls { SSL_free(tls) }
    if let context { SSL_CTX_free(context) }
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
