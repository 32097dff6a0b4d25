internal import COpenSSL
internal import Glibc

/// OpenSSL's door to a socket. Its own writes by `write`, of which a peer that has left makes a signal that ends the
/// process; this one sends without.
enum SocketBIO {
  /// Lives as long as the process; nil when memory is short. Nothing changes it once it is made.
  nonisolated(unsafe) private static let method: OpaquePointer? = makeMethod()

  /// A BIO that reads and writes the descriptor and does not close it.
  static func make(_ descriptor: Int32) -> OpaquePointer? {
    guard let method, let bio = BIO_new(method) else { return nil }
    BIO_set_data(bio, UnsafeMutableRawPointer(bitPattern: Int(descriptor) + 1))
    BIO_set_init(bio, 1)
    return bio
  }

  private static func makeMethod() -> OpaquePointer? {
    guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without signals") else {
      return nil
    }
    BIO_meth_set_read(method) { bio, bytes, count in
      let received = recv(SocketBIO.descriptor(of: bio), bytes, Int(count), 0)
      BIO_clear_flags(bio, arbd_BIO_RETRY_FLAGS | BIO_FLAGS_IN_EOF)
      if received < 0, SocketBIO.isTemporary(errno) { BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY) }
      if received == 0 { BIO_set_flags(bio, BIO_FLAGS_IN_EOF) }
      return Int32(received)
    }
    BIO_meth_set_write(method) { bio, bytes, count in
      let sent = send(SocketBIO.descriptor(of: bio), bytes, Int(count), Int32(MSG_NOSIGNAL))
      BIO_clear_flags(bio, arbd_BIO_RETRY_FLAGS)
      if sent < 0, SocketBIO.isTemporary(errno) { BIO_set_flags(bio, BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY) }
      return Int32(sent)
    }
    BIO_meth_set_ctrl(method) { bio, command, _, _ in
      switch command {
      case BIO_CTRL_EOF: BIO_test_flags(bio, BIO_FLAGS_IN_EOF) == 0 ? 0 : 1
      // Nothing is kept back here.
      case BIO_CTRL_FLUSH: 1
      default: 0
      }
    }
    return method
  }

  /// One is added, since data that is NULL means none.
  private static func descriptor(of bio: OpaquePointer?) -> Int32 { Int32(Int(bitPattern: BIO_get_data(bio)) - 1) }

  private static func isTemporary(_ error: Int32) -> Bool {
    error == EAGAIN || error == EWOULDBLOCK || error == EINTR
  }
}
