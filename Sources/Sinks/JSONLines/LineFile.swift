import ArbdFramework
import Glibc
internal import Synchronization

/// A file, or standard output, that is only ever given whole lines. Owns its descriptor.
///
/// Unchecked: a sink's calls do not overlap.
final class LineFile: @unchecked Sendable {
  private let path: String
  private let descriptor: Int32
  private let isStandardOutput: Bool
  /// A crash in the middle of a write has left a line without an end: what follows must not become part of it.
  private var isInsideLine = false

  init(path: String) throws(DeliveryError) {
    self.path = path
    isStandardOutput = path == "-"
    if isStandardOutput {
      descriptor = STDOUT_FILENO
      return
    }
    descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw DeliveryError("cannot open \(path): \(String(cString: strerror(errno)))", verdict: .stop)
    }
    isInsideLine = endsInsideLine
  }

  deinit {
    if !isStandardOutput { close(descriptor) }
  }

  /// One write to standard output at a time: a pipe takes long ones in pieces, and several sinks may share it.
  private static let standardOutput = Mutex(())

  /// Writes whole lines. When it cannot, what was written of a line is taken back.
  func append(_ lines: [UInt8]) -> Result<Void, DeliveryError> {
    if isInsideLine, !lines.isEmpty {
      isInsideLine = false
      return write([UInt8(ascii: "\n")] + lines)
    }
    return isStandardOutput ? LineFile.standardOutput.withLock { _ in write(lines) } : write(lines)
  }

  private func write(_ lines: [UInt8]) -> Result<Void, DeliveryError> {
    var written = 0
    while written < lines.count {
      let count = lines.withUnsafeBytes { bytes in
        Glibc.write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
      }
      if count >= 0 {
        written += count
      } else if errno != EINTR {
        let reason = String(cString: strerror(errno))
        takeBackPartialLine(lines[..<written])
        let name = isStandardOutput ? "standard output" : path
        return .failure(DeliveryError("cannot write \(name): \(reason)", verdict: .stop))
      }
    }
    return .success(())
  }

  private func takeBackPartialLine(_ written: ArraySlice<UInt8>) {
    let partial = written.reversed().prefix { $0 != UInt8(ascii: "\n") }.count
    guard partial > 0, !isStandardOutput else { return }
    let end = lseek(descriptor, 0, SEEK_END)
    if end >= partial { ftruncate(descriptor, end - partial) }
  }

  private var endsInsideLine: Bool {
    let end = lseek(descriptor, 0, SEEK_END)
    guard end > 0 else { return false }
    var last: UInt8 = 0
    return pread(descriptor, &last, 1, end - 1) == 1 && last != UInt8(ascii: "\n")
  }
}
