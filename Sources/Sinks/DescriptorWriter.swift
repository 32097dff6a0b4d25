import Glibc

/// Writes to a descriptor until it has taken everything, or takes no more. Does not own it.
struct DescriptorWriter: Sendable {
  /// As `write(2)`.
  typealias Write = @Sendable (Int32, UnsafeRawPointer?, Int) -> Int

  /// How far it came.
  struct Progress: Equatable {
    /// Bytes.
    var written = 0
    /// The errno of what stopped it; nil when everything is written.
    var code: Int32?
  }

  /// How long one that does not block may take nothing. A run that ends waits for its sinks longer than that.
  static let patience = Duration.seconds(1)

  let descriptor: Int32
  var patience = DescriptorWriter.patience
  var write: Write = { Glibc.write($0, $1, $2) }

  func writeAll(_ bytes: [UInt8]) -> Progress {
    var progress = Progress()
    while progress.written < bytes.count {
      let count = bytes.withUnsafeBytes { bytes in
        write(descriptor, bytes.baseAddress.map { $0 + progress.written }, bytes.count - progress.written)
      }
      if count >= 0 {
        progress.written += count
      } else if errno != EINTR {
        progress.code = errno
        guard errno == EAGAIN, waitsForRoom() else { return progress }
        progress.code = nil
      }
    }
    return progress
  }

  /// What it leads to; nil when it does not say.
  var status: stat? {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? status : nil
  }

  /// Whether there is room in time. An end that is closed has room as well: the next write says so.
  private func waitsForRoom() -> Bool {
    let deadline = ContinuousClock.now + patience
    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    while true {
      let milliseconds = Int32(clamping: Int64(((deadline - .now) / .milliseconds(1)).rounded(.up)))
      let count = poll(&entry, 1, max(0, milliseconds))
      if count >= 0 || errno != EINTR { return count > 0 }
    }
  }
}

extension stat {
  var isRegularFile: Bool { st_mode & S_IFMT == S_IFREG }
}
