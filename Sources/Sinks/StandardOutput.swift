import ArbdFramework
import Glibc
internal import Synchronization

/// Standard output, which is only ever given whole lines. Several sinks may share it, and other programs.
///
/// What it has taken cannot be taken back. When it stops in the middle of a line, the rest of that line is kept, and comes
/// before anything else.
final class StandardOutput: Sendable {
  static let shared = StandardOutput(DescriptorWriter(descriptor: STDOUT_FILENO))

  struct Failure: Error, Equatable {
    let error: DeliveryError
    /// How many lines were written whole.
    let lines: Int
  }

  /// A line, with its end, of which only so many bytes were written.
  private struct CutLine {
    let bytes: [UInt8]
    var written: Int
  }

  private let writer: DescriptorWriter
  /// One write at a time: a pipe takes long ones in pieces.
  private let cutLine = Mutex<CutLine?>(nil)

  init(_ writer: DescriptorWriter) { self.writer = writer }

  /// Writes a line for each record. Those that were written count as delivered when the others were not.
  func append(_ batch: [Record]) throws(DeliveryError) {
    do throws(Failure) {
      try append(batch.lines)
    } catch {
      let lines = batch.indices.filter { batch[$0].kind != .status }
      throw DeliveryError(
        error.error.reason, verdict: error.error.verdict, delivered: Set(lines.prefix(error.lines)))
    }
  }

  func append(_ lines: [UInt8]) throws(Failure) {
    let failure: Failure? = cutLine.withLock { cutLine in
      // Where in `lines` writing begins: below zero there is a rest to be written first.
      var start = 0
      var output = lines
      if let cut = cutLine {
        // The same again, which is how a batch is tried anew, goes on where it was cut off.
        let isSame = lines.starts(with: cut.bytes)
        start = isSame ? cut.written : cut.written - cut.bytes.count
        output = isSame ? Array(lines[start...]) : cut.bytes[cut.written...] + lines
      }
      let progress = writer.writeAll(output)
      guard let code = progress.code else {
        cutLine = nil
        return nil
      }
      let end = start + progress.written
      if end < 0 {
        cutLine?.written += progress.written
      } else {
        cutLine = StandardOutput.cutLine(of: lines, at: end)
      }
      return Failure(error: error(code), lines: lines.prefix(max(0, end)).count { $0 == UInt8(ascii: "\n") })
    }
    if let failure { throw failure }
  }

  /// Nil where a line begins.
  private static func cutLine(of lines: [UInt8], at end: Int) -> CutLine? {
    let newline = UInt8(ascii: "\n")
    let begin = lines[..<end].lastIndex(of: newline).map { $0 + 1 } ?? 0
    guard begin < end else { return nil }
    let next = lines[end...].firstIndex(of: newline).map { $0 + 1 } ?? lines.count
    return CutLine(bytes: Array(lines[begin..<next]), written: end - begin)
  }

  /// A reader that does not read may read again, and a disk that is full may have room again.
  private func error(_ code: Int32) -> DeliveryError {
    let words = code == EAGAIN ? "nobody reads it" : String(cString: strerror(code))
    let isFull = [ENOSPC, EDQUOT].contains(code) && writer.status?.isRegularFile == true
    return DeliveryError(
      "cannot write standard output: \(words)", verdict: code == EAGAIN || isFull ? .retry() : .stop)
  }
}
