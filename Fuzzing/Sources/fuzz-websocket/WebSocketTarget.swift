import FuzzSupport

/// However the bytes of a peer are cut, the same is read; nothing is read that is not UTF-8 or too long.
///
/// The first byte of an input says who reads and what was agreed, the second how long the pieces are; long inputs are not
/// cut into more than a few, which would take most of the time.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafeRawPointer?, _ count: Int) -> CInt {
  let input = UnsafeRawBufferPointer(start: data, count: count).bytes
  guard input.byteCount >= 2 else { return 0 }
  let settings = FuzzedConnection(rawValue: input[0])
  let received = input.extracting(2..<input.byteCount)
  let pieces = max(Int(input[1]) + 1, received.byteCount / 64)
  if settings.contains(.handshake) {
    settings.requireSameHandshake(received, pieces: pieces)
  } else {
    settings.requireSameItems(received, pieces: pieces)
  }
  return 0
}
