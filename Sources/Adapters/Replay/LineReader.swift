internal import ArbdFramework
import Glibc

/// Cuts a file into lines, each handed out where it lies in the read buffer.
struct LineReader {
  private let file: ReplayFile
  /// What lines are ranges of, until the next `fill`.
  private(set) var buffer = [UInt8](repeating: 0, count: 1 << 18)
  /// What has been read and not yet handed out: `buffer[start..<end]`.
  private var start = 0
  private var end = 0
  /// Up to here there is no line end in it.
  private var searched = 0
  private var hasEnded = false
  /// The number of the line handed out last, from 1 on.
  private(set) var lineNumber = 0

  /// A line that is longer, its end included, is not read.
  private let maximumLineBytes: Int
  /// Inside a line that is too long: what comes up to its end is dropped.
  private var isDropping = false

  /// Four times the longest frame, for the escapes that it is written with.
  static let usualMaximumLineBytes = 64 << 20

  enum Line: Equatable {
    /// Without its end, in `buffer`.
    case bytes(Range<Int>)
    case tooLong
  }

  init(_ file: ReplayFile, maximumLineBytes: Int = usualMaximumLineBytes) {
    self.file = file
    self.maximumLineBytes = maximumLineBytes
  }

  /// The next line; nil when `fill` is needed first.
  mutating func nextLine() -> Line? {
    if let lineEnd = offsetOfLineEnd() {
      defer { start = lineEnd + 1 }
      searched = lineEnd + 1
      return line(start..<lineEnd)
    }
    searched = end
    // The last line may lack its end.
    guard hasEnded, start < end || isDropping else { return nil }
    defer { start = end }
    return line(start..<end)
  }

  private mutating func line(_ range: Range<Int>) -> Line {
    lineNumber += 1
    let isTooLong = isDropping || range.count >= maximumLineBytes
    isDropping = false
    return isTooLong ? .tooLong : .bytes(range)
  }

  /// Reads more of the file. False at its end.
  mutating func fill() throws(ReplayError) -> Bool {
    guard !hasEnded else { return false }
    if end - start >= maximumLineBytes {
      isDropping = true
      (start, end, searched) = (0, 0, 0)
    }
    makeRoom()
    let count = try file.read(into: &buffer, from: end)
    end += count
    hasEnded = count == 0
    return true
  }

  private func offsetOfLineEnd() -> Int? {
    buffer.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, let found = memchr(base + searched, 0x0A, end - searched) else { return nil }
      return UnsafeRawPointer(found) - base
    }
  }

  /// Moves the rest to the front; grows the buffer when a line fills it.
  private mutating func makeRoom() {
    if start > 0 {
      buffer.withUnsafeMutableBytes { [start, end] bytes in
        guard let base = bytes.baseAddress else { return }
        _ = memmove(base, base + start, end - start)
      }
      end -= start
      searched -= start
      start = 0
    }
    if end == buffer.count { buffer.append(contentsOf: repeatElement(0, count: buffer.count)) }
  }
}
