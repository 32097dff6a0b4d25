/// A configuration file's bytes and the way from a byte to the line and column that an editor shows.
public struct SourceText: Sendable {
  /// Where a byte stands; both count from 1.
  public struct Place: Sendable, Equatable {
    public let line: Int
    /// In characters, whatever number of bytes each takes.
    public let column: Int

    public init(line: Int, column: Int) {
      self.line = line
      self.column = column
    }
  }

  /// As people know the file; it stands in front of each diagnostic.
  public let fileName: String
  public let bytes: [UInt8]
  /// The offset of each line's first byte, ascending; the first is 0.
  private let lineStarts: [Int]

  public init(_ bytes: [UInt8], fileName: String) {
    self.fileName = fileName
    self.bytes = bytes
    var starts = [0]
    for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(offset + 1) }
    lineStarts = starts
  }

  /// The place of the byte at `offset`. Offsets outside the file give its first or last place.
  public func place(of offset: Int) -> Place {
    let offset = min(max(offset, 0), bytes.count)
    var (low, high) = (0, lineStarts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    let before = String(decoding: bytes[lineStarts[low]..<offset], as: UTF8.self)
    return Place(line: low + 1, column: before.count + 1)
  }
}
