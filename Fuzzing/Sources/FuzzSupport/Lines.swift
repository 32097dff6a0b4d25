/// An input cut at its line feeds, as a file of records is.
public struct Lines {
  public private(set) var ranges: [Range<Int>] = []

  public init(_ input: RawSpan) {
    var start = 0
    for offset in 0..<input.byteCount where input[offset] == UInt8(ascii: "\n") {
      ranges.append(start..<offset)
      start = offset + 1
    }
    ranges.append(start..<input.byteCount)
  }
}
