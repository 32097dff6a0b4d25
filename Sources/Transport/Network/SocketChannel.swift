internal import Glibc

/// The bytes of a connected socket that does not block: as they are, or through TLS. The owner of the socket.
final class SocketChannel {
  let descriptor: Int32
  /// Set once, before anything is read or written; nil without TLS.
  var tls: TLSSession?

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit {
    tls?.finish()
    close(descriptor)
  }

  /// Before a run of `receive`.
  func beginReceiving() { tls?.beginReading() }

  func receive(_ room: UnsafeMutableRawBufferPointer) -> SocketTransfer {
    if let tls { return tls.read(room) }
    let count = recv(descriptor, room.baseAddress, room.count, 0)
    if count == 0 { return .end }
    return count > 0 ? .bytes(count) : failure(blockedUntil: .reading)
  }

  /// Whether so many bytes of so much room were the last for now, so that only `poll` tells of more.
  func isEmptied(by count: Int, of room: Int) -> Bool {
    if let tls { !tls.holdsBytes } else { count < room }
  }

  func send(_ bytes: UnsafeRawBufferPointer) -> SocketTransfer {
    if let tls { return tls.write(bytes) }
    // A peer that has left is an error of the call, not a signal that ends the process.
    let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    return count > 0 ? .bytes(count) : failure(blockedUntil: .writing)
  }

  private func failure(blockedUntil readiness: SocketReadiness) -> SocketTransfer {
    switch errno {
    case EAGAIN, EWOULDBLOCK, EINTR: .blocked(until: readiness)
    case let error: .broken(String(cString: strerror(error)))
    }
  }
}
