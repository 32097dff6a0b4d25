internal import CZlib

/// The checksum that venues give of their books.
enum Checksum {
  /// CRC-32 as in IEEE 802.3 and zlib.
  static func crc32(_ bytes: [UInt8]) -> UInt32 {
    UInt32(truncatingIfNeeded: CZlib.crc32(0, bytes, UInt32(clamping: bytes.count)))
  }
}

/// The text that a checksum is computed of, written for it alone, on the stack.
struct ChecksumText: ~Copyable {
  private let room: UnsafeMutableRawBufferPointer
  private var count = 0

  /// Of the text that `write` makes behind one whose checksum is known, of at most `capacity` bytes; what is more is left
  /// out. Up to a thousand bytes lie on the stack.
  static func crc32(behind checksum: UInt32 = 0, capacity: Int, _ write: (inout ChecksumText) -> Void) -> UInt32 {
    // Digits are stored eight at a time.
    withUnsafeTemporaryAllocation(byteCount: capacity + 8, alignment: 1) { room in
      var text = ChecksumText(room: room)
      write(&text)
      let bytes = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
      return UInt32(truncatingIfNeeded: CZlib.crc32(UInt(checksum), bytes, UInt32(clamping: text.count)))
    }
  }

  private init(room: UnsafeMutableRawBufferPointer) { self.room = room }

  mutating func append(zeros count: Int) {
    for _ in 0..<max(0, count) where self.count < room.count - 8 {
      room[self.count] = UInt8(ascii: "0")
      self.count += 1
    }
  }

  /// The digits of a number that is not negative, without leading zeros; of 0 one.
  mutating func append(_ number: Int64) {
    let number = number.magnitude
    if number == 0 { return append(zeros: 1) }
    let (upper, lower) = (number / 100_000_000, number % 100_000_000)
    if upper == 0 { return append(eight: ChecksumText.digits(of: lower), isFirst: true) }
    let (top, middle) = (upper / 100_000_000, upper % 100_000_000)
    if top > 0 { append(eight: ChecksumText.digits(of: top), isFirst: true) }
    append(eight: ChecksumText.digits(of: middle), isFirst: top == 0)
    append(eight: ChecksumText.digits(of: lower), isFirst: false)
  }

  private mutating func append(eight digits: UInt64, isFirst: Bool) {
    guard count + 8 <= room.count - 8 else { return }
    let zeros = isFirst ? digits.trailingZeroBitCount >> 3 : 0
    let text = (digits | 0x3030_3030_3030_3030) >> UInt64(zeros * 8)
    room.storeBytes(of: text.littleEndian, toByteOffset: count, as: UInt64.self)
    count += 8 - zeros
  }

  /// The eight digits of a number below 10^8, a byte each, the first one lowest: halves, quarters and digits are divided
  /// side by side, by multiplications that are exact for numbers of their size.
  private static func digits(of number: UInt64) -> UInt64 {
    let halves = number / 10_000 | (number % 10_000) << 32
    let hundreds = (halves &* 10_486) >> 20 & 0x0000_007F_0000_007F
    let quarters = hundreds | (halves &- hundreds &* 100) << 16
    let tens = (quarters &* 103) >> 10 & 0x000F_000F_000F_000F
    return tens | (quarters &- tens &* 10) << 8
  }
}
