/// Bytes that wait for a socket to take them.
struct OutgoingQueue {
  /// What has been taken is the first `sent` of it.
  private var bytes: [UInt8] = []
  private var sent = 0

  /// Room beyond this is given back when all has been taken.
  private static let keptBytes = 256 << 10

  var count: Int { bytes.count - sent }

  mutating func append(_ body: (inout [UInt8]) -> Void) { body(&bytes) }

  /// Offers what waits; `body` says how much of it was taken.
  mutating func send(_ body: (UnsafeRawBufferPointer) -> Int) {
    let taken = bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[sent...])) }
    sent += min(max(0, taken), count)
    if count == 0 {
      removeAll()
    } else if sent > bytes.count / 2 {
      // Each byte moves at most once for each that was sent.
      bytes.removeFirst(sent)
      sent = 0
    }
  }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: bytes.capacity <= OutgoingQueue.keptBytes)
    sent = 0
  }
}
