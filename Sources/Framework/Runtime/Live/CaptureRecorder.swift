internal import Dispatch
internal import Foundation
internal import Glibc
internal import Logging
internal import Synchronization

/// Writes one capture while the run goes on. The core's thread only collects lines; a queue of its own writes them, at
/// least once a second, so that no disk holds up a market event. Lines that were written survive the end of the process.
///
/// What cannot be written, because the disk is full or too slow, is lost to the capture and counted; the run goes on.
final class CaptureRecorder: Sendable {
  let path: String
  /// There was something in the file.
  let goesOn: Bool
  private let rotation: Int?
  private let logger: Logger
  private let queue: DispatchQueue
  private let file: Mutex<CaptureFile>
  /// Lines handed over and not yet written, in bytes.
  private let pending = Atomic<Int>(0)
  private let lostEvents = Atomic<Int>(0)

  /// Memory that lines may take up while the disk is slow.
  private static let mostPendingBytes = 64 << 20

  /// Opens the file, behind what is there already.
  init(_ options: RecordingOptions, logger: Logger) throws(CaptureFileError) {
    path = options.path
    rotation = options.rotation?.bytes
    self.logger = logger
    queue = DispatchQueue(label: "arbd capture")
    let opened = try CaptureFile(path: options.path)
    goesOn = !opened.isEmpty
    file = Mutex(opened)
  }

  /// Takes over lines, `count` of them. Never waits.
  func write(_ lines: consuming [UInt8], count: Int) {
    let lines = lines
    guard pending.load(ordering: .relaxed) + lines.count <= CaptureRecorder.mostPendingBytes else {
      return lose(count, "the disk is too slow")
    }
    pending.add(lines.count, ordering: .relaxed)
    queue.async { [self] in
      let fault = file.withLock { file in file.write(lines, rotatingAt: rotation) }
      pending.subtract(lines.count, ordering: .relaxed)
      if let fault { lose(count, fault) }
    }
  }

  /// Waits until everything is written.
  func finish() { queue.sync {} }

  /// Events that are not in the capture and should be.
  var lost: Int { lostEvents.load(ordering: .relaxed) }

  private func lose(_ count: Int, _ reason: String) {
    let (before, _) = lostEvents.add(count, ordering: .relaxed)
    if before == 0 {
      logger.error("capture \(path): \(count) events are missing in it: \(reason); more are only counted")
    }
  }
}

/// The file behind a recorder. Owns its descriptor.
private struct CaptureFile: ~Copyable {
  private let path: String
  private var descriptor: Int32
  private var size: Int
  /// The file that is there ends inside a line, as one whose writer was killed may.
  private var lacksLineEnd: Bool

  init(path: String) throws(CaptureFileError) {
    self.path = path
    (descriptor, size) = try CaptureFile.open(path)
    lacksLineEnd = CaptureFile.endsInsideLine(path, size: size)
  }

  deinit { close(descriptor) }

  var isEmpty: Bool { size == 0 }

  /// A pipe that nobody reads is refused instead of waited for.
  private static func open(_ path: String) throws(CaptureFileError) -> (Int32, Int) {
    let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0o644)
    guard descriptor >= 0 else { throw CaptureFileError(path: path, reason: lastError()) }
    return (descriptor, max(0, Int(lseek(descriptor, 0, SEEK_END))))
  }

  private static func endsInsideLine(_ path: String, size: Int) -> Bool {
    guard size > 0 else { return false }
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var last: UInt8 = 0x0A
    return pread(descriptor, &last, 1, off_t(size - 1)) == 1 && last != 0x0A
  }

  /// Writes whole lines; gives what went wrong.
  mutating func write(_ lines: [UInt8], rotatingAt limit: Int?) -> String? {
    if let limit, size > 0, size + lines.count > limit, let fault = rotate() { return fault }
    if lacksLineEnd {
      if let fault = put([0x0A]) { return fault }
      lacksLineEnd = false
    }
    return put(lines)
  }

  private mutating func put(_ bytes: [UInt8]) -> String? {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let fault = lastError()
        // Half a line would spoil the next.
        if written > 0 { _ = ftruncate(descriptor, off_t(size)) }
        return fault
      }
      written += count
    }
    size += written
    return nil
  }

  /// Sets the file aside, behind those that were set aside before. One that is gone already, because the last attempt got
  /// no further, is as good as set aside.
  private mutating func rotate() -> String? {
    guard rename(path, "\(path).\(CaptureFile.numberToUse(for: path))") == 0 || errno == ENOENT else {
      return lastError()
    }
    do throws(CaptureFileError) {
      let (fresh, size) = try CaptureFile.open(path)
      close(descriptor)
      (descriptor, self.size, lacksLineEnd) = (fresh, size, false)
      return nil
    } catch {
      return error.reason
    }
  }

  /// One more than the highest there is.
  private static func numberToUse(for path: String) -> Int {
    let url = URL(fileURLWithPath: path)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.deletingLastPathComponent().path)) ?? []
    let prefix = url.lastPathComponent + "."
    let numbers = names.filter { $0.hasPrefix(prefix) }.compactMap { Int($0.dropFirst(prefix.count)) }
    return (numbers.max() ?? 0) + 1
  }
}

/// Why a capture cannot be written.
struct CaptureFileError: Error, CustomStringConvertible {
  let path: String
  let reason: String

  var description: String { "cannot write the capture \(path): \(reason)" }
}

private func lastError() -> String { String(cString: strerror(errno)) }
