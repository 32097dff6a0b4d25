import Glibc

/// A stream socket in the file system. Owns its descriptor.
struct UnixSocket: ~Copyable {
  let descriptor: Int32

  private init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Listens at the path, for this user alone. What an earlier process has left there is replaced; what another one
  /// still listens at is not.
  static func listening(at path: String) throws(ControlError) -> UnixSocket {
    let socket = try make(path)
    var result = try bind(socket, path)
    if result == EADDRINUSE {
      try removeAbandoned(path)
      result = try bind(socket, path)
    }
    guard result == 0 else { throw ControlError(path, "cannot listen", result) }
    // Nobody can connect before `listen`, so nobody gets in while the mode is still a wider one.
    guard chmod(path, 0o600) == 0, listen(socket.descriptor, 16) == 0 else {
      throw ControlError(path, "cannot listen", errno)
    }
    return socket
  }

  static func connected(to path: String) throws(ControlError) -> UnixSocket {
    let socket = try make(path)
    let result = try withAddress(of: path) { connect(socket.descriptor, $0, $1) == 0 ? 0 : errno }
    guard result == 0 else { throw ControlError(path, "cannot connect", result) }
    return socket
  }

  enum Accepted: ~Copyable {
    case connection(UnixSocket)
    case nobody
    /// The system has nothing left to hold it with; it goes on waiting.
    case noRoom
  }

  /// The next who wants to be connected. Reads and writes of it do not wait.
  func accept() -> Accepted {
    let accepted = Glibc.accept(descriptor, nil, nil)
    guard accepted >= 0 else { return [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) ? .noRoom : .nobody }
    _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
    let socket = UnixSocket(accepted)
    socket.setNonblocking()
    return .connection(socket)
  }

  func setNonblocking() { _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) }

  private static func make(_ path: String) throws(ControlError) -> UnixSocket {
    let made = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard made >= 0 else { throw ControlError(path, "no socket", errno) }
    return UnixSocket(made)
  }

  private static func bind(_ socket: borrowing UnixSocket, _ path: String) throws(ControlError) -> Int32 {
    let descriptor = socket.descriptor
    return try withAddress(of: path) { Glibc.bind(descriptor, $0, $1) == 0 ? 0 : errno }
  }

  private static func removeAbandoned(_ path: String) throws(ControlError) {
    if try hasAbandoned(path) { unlink(path) }
  }

  /// Whether an earlier process has left a socket there; throws for what must not be replaced.
  private static func hasAbandoned(_ path: String) throws(ControlError) -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0 else { return false }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw ControlError(path: path, reason: "there is something that is no socket")
    }
    do {
      _ = try connected(to: path)
    } catch {
      guard error.code == ECONNREFUSED else { throw error }
      return true
    }
    throw ControlError(path: path, reason: "another process listens there")
  }

  /// Why no socket could be made there now; nil where one could. Makes none.
  static func obstacle(at path: String) -> ControlError? {
    do throws(ControlError) {
      _ = try withAddress(of: path) { _, _ in 0 }
      _ = try hasAbandoned(path)
    } catch {
      return error
    }
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    return access(folder, W_OK | X_OK) == 0 ? nil : ControlError(path, "cannot make a socket in \(folder)", errno)
  }

  private static func withAddress(
    of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) throws(ControlError) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard path.utf8.count < room else {
      throw ControlError(path: path, reason: "longer than the \(room - 1) bytes that a socket's path can have")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
  }
}

/// Why there is no connection over a control socket.
package struct ControlError: Error, CustomStringConvertible {
  package let path: String
  package let reason: String
  /// Of the system; 0 where it was not the system's.
  let code: Int32

  package init(path: String, reason: String) {
    self.path = path
    self.reason = reason
    code = 0
  }

  init(_ path: String, _ what: String, _ code: Int32) {
    self.path = path
    reason = "\(what): \(String(cString: strerror(code)))"
    self.code = code
  }

  package var description: String { "\(path): \(reason)" }
}
