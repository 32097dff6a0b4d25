/// The bytes of a message that does not lie in one piece where it was received.
struct MessageStorage {
  /// The message is the first `count` of it; the rest is room that has been cleared once.
  private var storage: [UInt8] = []
  private(set) var count = 0

  /// Room beyond this is given back once the message has been read.
  private static let keptBytes = 256 << 10

  var bytes: RawSpan {
    @_lifetime(borrow self)
    get { storage.span.bytes.extracting(0..<count) }
  }

  /// Hands out room for `room` bytes behind those that are stored; `body` fills a prefix of it and says how long that is.
  mutating func fill(upTo room: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int) {
    if storage.count - count < room {
      let size = max(512, count + room, 2 * storage.count)
      storage += [UInt8](repeating: 0, count: size - storage.count)
    }
    count += storage.withUnsafeMutableBytes {
      let filled = body(UnsafeMutableRawBufferPointer(rebasing: $0[count..<count + room]))
      return min(max(0, filled), room)
    }
  }

  mutating func append(_ content: UnsafeRawBufferPointer) {
    fill(upTo: content.count) {
      $0.copyMemory(from: content)
      return content.count
    }
  }

  mutating func removeLast(_ number: Int) { count -= min(number, count) }

  mutating func removeAll() {
    count = 0
    if storage.count > MessageStorage.keptBytes { storage = [] }
  }

  func withBytes<Result>(from start: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    storage.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[min(start, count)..<count])) }
  }
}
