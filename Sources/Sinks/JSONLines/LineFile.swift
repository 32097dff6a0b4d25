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
  private let waitsForDisk: Bool
  private let write: Write
  /// A crash in the middle of a write has left a line without an end: what follows must not become part of it.
  private var isInsideLine = false

  /// As `write(2)`.
  typealias Write = @Sendable (Int32, UnsafeRawPointer?, Int) -> Int

  init(
    path: String, waitsForDisk: Bool = false, write: @escaping Write = { Glibc.write($0, $1, $2) }
  ) throws(DeliveryError) {
    self.path = path
    self.waitsForDisk = waitsForDisk
    self.write = write
    isStandardOutput = path == "-"
    if isStandardOutput {
      descriptor = STDOUT_FILENO
      return
    }
    descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw DeliveryError("cannot open \(path): \(String(cString: strerror(errno)))", verdict: .reconnect)
    }
    isInsideLine = endsInsideLine
  }

  deinit {
    if !isStandardOutput { close(descriptor) }
  }

  /// Whether the path still leads to it; else nobody finds what is written. A pipe or a device is open at its other end
  /// whatever becomes of the name.
  var isInPlace: Bool {
    var (own, found) = (stat(), stat())
    guard isRegular, fstat(descriptor, &own) == 0 else { return true }
    return stat(path, &found) == 0 && found.st_dev == own.st_dev && found.st_ino == own.st_ino
  }

  /// One write to standard output at a time: a pipe takes long ones in pieces, and several sinks may share it.
  private static let standardOutput = Mutex(())

  /// Writes whole lines. When it cannot, what was written of them is taken back as far as the file allows it.
  func append(_ lines: [UInt8]) -> Result<Void, DeliveryError> {
    if isInsideLine, !lines.isEmpty {
      let result = writeAll([UInt8(ascii: "\n")] + lines)
      isInsideLine = endsInsideLine
      return result
    }
    return isStandardOutput ? LineFile.standardOutput.withLock { _ in writeAll(lines) } : writeAll(lines)
  }

  private func writeAll(_ lines: [UInt8]) -> Result<Void, DeliveryError> {
    var written = 0
    while written < lines.count {
      let count = lines.withUnsafeBytes { bytes in
        write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
      }
      if count >= 0 {
        written += count
      } else if errno != EINTR {
        return .failure(failure(errno, after: lines[..<written]))
      }
    }
    if waitsForDisk, isRegular, fdatasync(descriptor) != 0 { return .failure(failure(errno, after: lines[...])) }
    return .success(())
  }

  /// A disk that is full may have room again; then all of it is written anew.
  private func failure(_ code: Int32, after written: ArraySlice<UInt8>) -> DeliveryError {
    let reason = "cannot write \(isStandardOutput ? "standard output" : path): \(String(cString: strerror(code)))"
    guard [ENOSPC, EDQUOT].contains(code), isRegular, takeBack(written) else {
      takeBackPartialLine(written)
      return DeliveryError(reason, verdict: .stop)
    }
    return DeliveryError(reason, verdict: .retry())
  }

  private var isRegular: Bool {
    var status = stat()
    return !isStandardOutput && fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  private func takeBackPartialLine(_ written: ArraySlice<UInt8>) {
    let partial = written.reversed().prefix { $0 != UInt8(ascii: "\n") }.count
    if partial > 0, !isStandardOutput { _ = takeBack(written.suffix(partial)) }
  }

  /// Cuts off what was written last, unless somebody else has written to the file since.
  private func takeBack(_ written: ArraySlice<UInt8>) -> Bool {
    let start = lseek(descriptor, 0, SEEK_END) - written.count
    guard start >= 0 else { return false }
    var last = [UInt8](repeating: 0, count: written.count)
    guard pread(descriptor, &last, last.count, start) == last.count, last[...] == written else { return false }
    return ftruncate(descriptor, start) == 0
  }

  private var endsInsideLine: Bool {
    let end = lseek(descriptor, 0, SEEK_END)
    guard end > 0 else { return false }
    var last: UInt8 = 0
    return pread(descriptor, &last, 1, end - 1) == 1 && last != UInt8(ascii: "\n")
  }
}
