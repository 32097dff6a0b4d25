import ArbdFramework

/// Texts one after the other in one buffer: frames of a venue, or lines of a file.
struct Lines {
  var bytes: [UInt8] = []
  private(set) var ranges: [Range<Int>] = []

  /// Ends the text that was appended to `bytes` since the last one ended.
  mutating func end() { ranges.append((ranges.last?.upperBound ?? 0)..<bytes.count) }

  mutating func append(_ text: String) {
    bytes.append(contentsOf: text.utf8)
    end()
  }

  var texts: [[UInt8]] { ranges.map { Array(bytes[$0]) } }
}

extension Lines {
  /// The least that reading JSON takes: each byte is looked at once, commas outside of strings are counted. Without a
  /// branch, so that only the bytes' number matters.
  func scan() -> Int {
    let bytes = bytes.span
    var commas = 0
    for range in ranges {
      var isOutside = 1
      for offset in range {
        let byte = bytes[offset]
        isOutside ^= byte == UInt8(ascii: "\"") ? 1 : 0
        commas += byte == UInt8(ascii: ",") ? isOutside : 0
      }
    }
    return commas
  }
}
