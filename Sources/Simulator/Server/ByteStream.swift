internal import COpenSSL
import Glibc

/// A client's TCP connection, with TLS or without: the owner of its descriptor.
final class ByteStream {
  enum Transfer {
    case bytes(Int)
    case wouldBlock
    case over
  }

  let descriptor: Int32
  private let session: TLSSession?

  init(descriptor: Int32, _ context: TLSContext?) {
    self.descriptor = descriptor
    session = context?.accept(descriptor)
  }

  deinit { close(descriptor) }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
    if let session { return session.read(into: buffer) }
    let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
    if count > 0 { return .bytes(count) }
    return count < 0 && (errno == EAGAIN || errno == EINTR) ? .wouldBlock : .over
  }

  /// `bytes` is not empty.
  func write(_ bytes: UnsafeRawBufferPointer) -> Transfer {
    if let session { return session.write(bytes) }
    let count = send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    if count >= 0 { return .bytes(count) }
    return errno == EAGAIN || errno == EINTR ? .wouldBlock : .over
  }

  /// From here on closing resets the connection: what is unsent is thrown away, here and in the kernel.
  func abandon() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
  }

  /// Says that nothing more will be sent; what was sent still arrives.
  func finishWriting() {
    session?.finish()
    shutdown(descriptor, Int32(SHUT_WR))
  }
}
