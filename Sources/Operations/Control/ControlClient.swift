internal import Foundation
internal import Synchronization

/// The other end of a control socket: reads line by line, on the caller's thread.
package final class ControlClient: Sendable {
  /// No honest line is longer.
  private static let mostBytes = 64 << 20

  private let path: String
  private let socket: UnixSocket
  private let unread = Mutex<(bytes: [UInt8], start: Int)>(([], 0))

  package init(path: String) throws(ControlError) {
    self.path = path
    socket = try UnixSocket.connected(to: path)
  }

  /// The next line without its end; nil once the server has closed, or `cancel` was called. Waits for it.
  package func nextLine() throws(ControlError) -> [UInt8]? {
    while true {
      if let line = takeLine() { return line }
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      let count = recv(socket.descriptor, &chunk, chunk.count, 0)
      if count == 0 { return nil }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw ControlError(path, "cannot read", errno) }
      let isTooLong = unread.withLock { unread in
        unread.bytes += chunk[..<count]
        return unread.bytes.count - unread.start > ControlClient.mostBytes
      }
      if isTooLong { throw ControlError(path: path, reason: "a line of more than \(ControlClient.mostBytes) bytes") }
    }
  }

  /// Ends the waiting of `nextLine`. From any thread.
  package func cancel() { shutdown(socket.descriptor, Int32(SHUT_RDWR)) }

  private func takeLine() -> [UInt8]? {
    unread.withLock { unread in
      guard let end = unread.bytes[unread.start...].firstIndex(of: UInt8(ascii: "\n")) else {
        unread.bytes.removeFirst(unread.start)
        unread.start = 0
        return nil
      }
      defer { unread.start = end + 1 }
      return Array(unread.bytes[unread.start..<end])
    }
  }
}
