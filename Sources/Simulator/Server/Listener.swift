import Glibc
import Synchronization

/// A TCP socket that listens: the owner of its descriptor.
final class Listener: Sendable {
  let descriptor: Int32
  let port: UInt16
  private let isOpen = Atomic(true)

  /// `address`: numeric, IPv4. Port 0 takes a free one.
  init(address: String, port: UInt16) throws(SimulatorError) {
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = port.bigEndian
    guard inet_pton(AF_INET, address, &name.sin_addr) == 1 else {
      throw SimulatorError("\"\(address)\" is no IPv4 address such as 127.0.0.1")
    }
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let socket = Glibc.socket(AF_INET, kind, 0)
    guard socket >= 0 else { throw SimulatorError("socket: \(systemReason())") }
    var one: Int32 = 1
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, size) == 0 && listen(socket, 1_024) == 0 && getsockname(socket, $0, &size) == 0
      }
    }
    guard isBound else {
      let reason = systemReason()
      close(socket)
      throw SimulatorError("cannot listen on \(address):\(port): \(reason)")
    }
    descriptor = socket
    self.port = UInt16(bigEndian: name.sin_port)
  }

  deinit { shut() }

  /// Nobody can connect any more, whoever else still holds the listener.
  func shut() {
    if isOpen.exchange(false, ordering: .relaxed) { close(descriptor) }
  }

  /// A connection that waits, non-blocking; nil when there is none. Those for which no descriptor is left are ended at
  /// once: left waiting they would be reported again and again.
  func accept(sparing spare: SpareDescriptor) -> Int32? {
    var socket = Glibc.accept(descriptor, nil, nil)
    while socket < 0, errno == EMFILE || errno == ENFILE || errno == ECONNABORTED || errno == EINTR {
      if errno == EMFILE || errno == ENFILE, !spare.turnAway(from: descriptor) { return nil }
      socket = Glibc.accept(descriptor, nil, nil)
    }
    guard socket >= 0 else { return nil }
    _ = fcntl(socket, F_SETFL, O_NONBLOCK)
    _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
    var one: Int32 = 1
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    return socket
  }
}
