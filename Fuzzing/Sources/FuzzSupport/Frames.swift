/// An input cut into several frames: the first byte says into how many at most, the second at which byte it is cut. The
/// rest of the input is the frames, so that a change inside one leaves the others alone.
public struct Frames {
  public private(set) var ranges: [Range<Int>] = []

  static let most: UInt8 = 16

  public init(_ input: RawSpan) {
    guard input.byteCount >= 2 else { return }
    let limit = Int(input[0] % Frames.most) + 1
    let separator = input[1]
    var start = 2
    for offset in 2..<input.byteCount where ranges.count + 1 < limit && input[offset] == separator {
      ranges.append(start..<offset)
      start = offset + 1
    }
    ranges.append(start..<input.byteCount)
  }
}

extension RawSpan {
  /// The byte at `offset`.
  public subscript(_ offset: Int) -> UInt8 { unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
}
