import Glibc

/// A file descriptor that is kept for the moment at which there is no other: given back, it makes room for a connection
/// to be accepted and closed.
final class SpareDescriptor {
  private var descriptor: Int32

  init() { descriptor = SpareDescriptor.open() }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Ends the connection that has waited longest; false when there is none, or no room for it even so.
  func turnAway(from listener: Int32) -> Bool {
    if descriptor >= 0 { close(descriptor) }
    let socket = accept(listener, nil, nil)
    if socket >= 0 { close(socket) }
    descriptor = SpareDescriptor.open()
    return socket >= 0
  }

  private static func open() -> Int32 { Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC) }
}
