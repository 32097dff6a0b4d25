internal import Glibc

/// Cuts what is read from a file or a pipe into lines, each handed out where it lies in the read buffer.
package struct LineReader {
  /// What lines are ranges of, until the next `fill`.
  package private(set) var buffer: [UInt8]
  /// What has been read and not yet handed out: `buffer[start..<end]`.
  private var start = 0
  private var end = 0
  /// Up to here there is no line end in it.
  private var searched = 0
  private var hasEnded = false
  /// The number of the line handed out last, from 1 on.
  package private(set) var lineNumber = 0

  /// A line that is longer, its end included, is not read.
  private let maximumLineBytes: Int
  /// Inside a line that is too long: what comes up to its end is dropped.
  private var isDropping = false
  /// How much of the line that is being read has been dropped so far.
  package private(set) var droppedBytes = 0
  /// Nothing more comes.
  package var isAtEnd: Bool { hasEnded }

  /// Four times the longest frame, for the escapes that it is written with.
  package static let usualMaximumLineBytes = 64 << 20

  package enum Line: Equatable {
    /// Without its end, in `buffer`.
    case bytes(Range<Int>)
    case tooLong
  }

  /// `bufferBytes`: what the buffer begins with; it grows to twice the longest line.
  package init(maximumLineBytes: Int = usualMaximumLineBytes, bufferBytes: Int = 1 << 18) {
    self.maximumLineBytes = maximumLineBytes
    buffer = [UInt8](repeating: 0, count: max(16, bufferBytes))
  }

  /// The next line; nil when `fill` is needed first.
  package mutating func nextLine() -> Line? {
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
    droppedBytes = 0
    return isTooLong ? .tooLong : .bytes(range)
  }

  /// Has `read` add to the buffer from an offset on: it gives how many bytes there were, 0 at the end, nil when there are
  /// none now. False behind the end.
  package mutating func fill<Failure: Error>(
    _ read: (inout [UInt8], Int) throws(Failure) -> Int?
  ) throws(Failure) -> Bool {
    guard !hasEnded else { return false }
    if end - start >= maximumLineBytes {
      isDropping = true
      droppedBytes += end - start
      (start, end, searched) = (0, 0, 0)
    }
    makeRoom()
    guard let count = try read(&buffer, end) else { return true }
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
