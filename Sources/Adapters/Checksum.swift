internal import CZlib

/// The checksum that venues give of their books.
enum Checksum {
  /// CRC-32 as in IEEE 802.3 and zlib.
  static func crc32(_ bytes: [UInt8]) -> UInt32 {
    UInt32(truncatingIfNeeded: CZlib.crc32(0, bytes, UInt32(clamping: bytes.count)))
  }
}
