import ArbdFramework
import ArbdStorage
import Glibc

/// A file that is only ever given whole lines. Owns its descriptor.
///
/// Unchecked: a sink's calls do not overlap.
final class LineFile: @unchecked Sendable {
  private let path: String
  private let writer: DescriptorWriter
  private let waitsForDisk: Bool
  /// Of what was opened; nil for a pipe or a device.
  private let regularFile: FileIdentity?
  /// A crash in the middle of a write has left a line without an end: what follows must not become part of it.
  private var isInsideLine = false

  init(
    path: String, waitsForDisk: Bool = false,
    write: @escaping DescriptorWriter.Write = { Glibc.write($0, $1, $2) }
  ) throws(DeliveryError) {
    let descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw DeliveryError("cannot open \(path): \(String(cString: strerror(errno)))", verdict: .reconnect)
    }
    self.path = path
    self.waitsForDisk = waitsForDisk
    writer = DescriptorWriter(descriptor: descriptor, write: write)
    regularFile = writer.status?.isRegularFile == true ? FileIdentity(descriptor: descriptor) : nil
    isInsideLine = endsInsideLine
  }

  deinit { close(writer.descriptor) }

  /// Whether the path still leads to it; else nobody finds what is written. A pipe or a device is open at its other end
  /// whatever becomes of the name.
  var isInPlace: Bool { regularFile == nil || FileIdentity(path) == regularFile }

  /// Writes whole lines. When it cannot, what was written of them is taken back as far as the file allows it.
  func append(_ lines: [UInt8]) -> Result<Void, DeliveryError> {
    let output = isInsideLine && !lines.isEmpty ? [UInt8(ascii: "\n")] + lines : lines
    let result = writeAll(output)
    if isInsideLine || (try? result.get()) == nil { isInsideLine = endsInsideLine }
    return result
  }

  private func writeAll(_ lines: [UInt8]) -> Result<Void, DeliveryError> {
    let progress = writer.writeAll(lines)
    if let code = progress.code { return .failure(failure(code, after: lines[..<progress.written])) }
    if waitsForDisk, regularFile != nil, fdatasync(writer.descriptor) != 0 {
      return .failure(failure(errno, after: lines[...]))
    }
    return .success(())
  }

  /// A disk that is full may have room again, and what else it has may be over when the file is opened anew; then all of it
  /// is written again. A file that may not grow will not, and a device has no more than it has.
  private func failure(_ code: Int32, after written: ArraySlice<UInt8>) -> DeliveryError {
    let reason = "cannot write \(path): \(String(cString: strerror(code)))"
    guard regularFile != nil, code != EFBIG else {
      takeBackPartialLine(written)
      return DeliveryError(reason, verdict: .stop)
    }
    if !takeBack(written) { takeBackPartialLine(written) }
    return DeliveryError(reason, verdict: [ENOSPC, EDQUOT].contains(code) ? .retry() : .reconnect)
  }

  private func takeBackPartialLine(_ written: ArraySlice<UInt8>) {
    let partial = written.reversed().prefix { $0 != UInt8(ascii: "\n") }.count
    if partial > 0 { _ = takeBack(written.suffix(partial)) }
  }

  /// Cuts off what was written last, unless somebody else has written to the file since.
  private func takeBack(_ written: ArraySlice<UInt8>) -> Bool {
    let start = lseek(writer.descriptor, 0, SEEK_END) - written.count
    guard start >= 0 else { return false }
    var last = [UInt8](repeating: 0, count: written.count)
    guard pread(writer.descriptor, &last, last.count, start) == last.count, last[...] == written else { return false }
    return ftruncate(writer.descriptor, start) == 0
  }

  private var endsInsideLine: Bool {
    let end = lseek(writer.descriptor, 0, SEEK_END)
    guard end > 0 else { return false }
    var last: UInt8 = 0
    return pread(writer.descriptor, &last, 1, end - 1) == 1 && last != UInt8(ascii: "\n")
  }
}
