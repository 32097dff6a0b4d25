/// The key that a client's frame is masked with: RFC 6455, section 5.3.
struct FrameMask: Equatable {
  /// The key's first byte is the lowest.
  let key: UInt32

  /// Masks, or takes the mask off. `phase`: how many bytes of the payload lie before these.
  @inline(__always)
  func apply(to bytes: UnsafeMutableRawBufferPointer, phase: Int = 0) {
    let shift = UInt32(truncatingIfNeeded: phase & 3) &* 8
    let turned = shift == 0 ? key : key >> shift | key << (32 &- shift)
    let pair = UInt64(turned) << 32 | UInt64(turned)
    var position = 0
    while bytes.count &- position >= 8 {
      let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      bytes.storeBytes(of: word ^ pair.littleEndian, toByteOffset: position, as: UInt64.self)
      position &+= 8
    }
    var rest = pair
    while position < bytes.count {
      bytes[position] ^= UInt8(truncatingIfNeeded: rest)
      rest >>= 8
      position &+= 1
    }
  }
}
