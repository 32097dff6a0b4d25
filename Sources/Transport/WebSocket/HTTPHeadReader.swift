/// Finds the head at the front of what a connection receives.
package struct HTTPHeadReader: Sendable {
  private let limit: Int
  /// Bytes in which the head does not end.
  private var searched = 0

  package static let usualLimit = 16 << 10

  package init(limit: Int = HTTPHeadReader.usualLimit) { self.limit = limit }

  /// `bytes`: all that has been received, from the first byte on. Gives nil while the head has not ended, then the head
  /// and its length: where the body, or the first frame, begins.
  package mutating func read(_ bytes: RawSpan) throws(HTTPHead.Fault) -> (head: HTTPHead, count: Int)? {
    var end: Int?
    bytes.withUnsafeBytes { bytes in
      var position = max(0, searched - 3)
      while end == nil, position + 4 <= bytes.count {
        let word = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
        if word == HTTPHeadReader.emptyLine { end = position }
        position += 1
      }
    }
    searched = bytes.byteCount
    guard (end.map { $0 + 4 } ?? bytes.byteCount) <= limit else {
      throw HTTPHead.Fault("a head of more than \(limit) bytes", isTooLong: true)
    }
    guard let end else { return nil }
    let parsed: Result<HTTPHead, HTTPHead.Fault> = bytes.withUnsafeBytes { bytes in
      Result { () throws(HTTPHead.Fault) in
        try HTTPHead(lines: UnsafeRawBufferPointer(rebasing: bytes[..<end]))
      }
    }
    return (try parsed.get(), end + 4)
  }

  /// A line end and an empty line, the first byte lowest.
  private static let emptyLine: UInt32 = 0x0A0D_0A0D
}
