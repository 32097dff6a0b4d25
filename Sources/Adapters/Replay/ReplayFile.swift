internal import ArbdFramework
internal import CZlib
import Glibc
internal import Synchronization

/// A file being read: plain, gzip, or standard input. Owns its handle.
///
/// Unchecked: opened on one thread and read on another, but never by two at a time.
final class ReplayFile: @unchecked Sendable {
  private enum Handle {
    case plain(Int32)
    case standardInput
    case gzip(gzFile)
  }

  private static let standardInputIsTaken = Atomic(false)

  private let path: String
  private let handle: Handle

  init(path: String) throws(ReplayError) {
    self.path = path
    if path == "-" {
      // Two readers would each get pieces of lines.
      guard !ReplayFile.standardInputIsTaken.exchange(true, ordering: .relaxed) else {
        throw ReplayError(path, "another replay reads it already")
      }
      handle = .standardInput
      return
    }
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw ReplayError(path, "cannot open: \(lastSystemError())") }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
      Glibc.close(descriptor)
      throw ReplayError(path, "cannot open: it is a directory")
    }
    guard path.hasSuffix(".gz") else {
      handle = .plain(descriptor)
      return
    }
    guard let file = gzdopen(descriptor, "rb") else {
      Glibc.close(descriptor)
      throw ReplayError(path, "cannot read gzip: out of memory")
    }
    gzbuffer(file, 1 << 18)
    handle = .gzip(file)
  }

  deinit {
    switch handle {
    case .plain(let descriptor): close(descriptor)
    case .gzip(let file): gzclose(file)
    case .standardInput: ReplayFile.standardInputIsTaken.store(false, ordering: .relaxed)
    }
  }

  /// Reads into `buffer` from `offset` on, as much as there is room for and at least one byte; 0 at the end.
  func read(into buffer: inout [UInt8], from offset: Int) throws(ReplayError) -> Int {
    let result: Result<Int, ReplayError> = buffer.withUnsafeMutableBytes { bytes in
      let room = UnsafeMutableRawBufferPointer(rebasing: bytes[offset...])
      return switch handle {
      case .plain(let descriptor): read(descriptor, room)
      case .standardInput: read(STDIN_FILENO, room)
      case .gzip(let file): read(file, room)
      }
    }
    return try result.get()
  }

  private func read(_ descriptor: Int32, _ room: UnsafeMutableRawBufferPointer) -> Result<Int, ReplayError> {
    while true {
      let count = Glibc.read(descriptor, room.baseAddress, room.count)
      if count >= 0 { return .success(count) }
      guard errno == EINTR else { return .failure(ReplayError(path, "cannot read: \(lastSystemError())")) }
    }
  }

  private func read(_ file: gzFile, _ room: UnsafeMutableRawBufferPointer) -> Result<Int, ReplayError> {
    let count = gzread(file, room.baseAddress, UInt32(clamping: room.count))
    // What came before a fault is still good; the next call meets the fault again.
    if count > 0 { return .success(Int(count)) }
    var code: Int32 = 0
    let message = gzerror(file, &code)
    // A file that was cut off reads as if it ended; only the code tells.
    guard count >= 0, code == Z_OK || code == Z_STREAM_END else {
      let reason =
        code == Z_BUF_ERROR ? "it ends in the middle" : message.map { String(cString: $0) } ?? "unknown"
      return .failure(ReplayError(path, "cannot read gzip: \(reason)"))
    }
    return .success(Int(count))
  }
}

private func lastSystemError() -> String { String(cString: strerror(errno)) }

/// Why a replay cannot go on.
struct ReplayError: Error, CustomStringConvertible {
  let path: String
  let line: Int?
  let reason: String

  init(_ path: String, line: Int? = nil, _ reason: String) {
    self.path = path
    self.line = line
    self.reason = reason
  }

  var description: String {
    let name = path == "-" ? "standard input" : path
    return line.map { "\(name):\($0): \(reason)" } ?? "\(name): \(reason)"
  }
}
