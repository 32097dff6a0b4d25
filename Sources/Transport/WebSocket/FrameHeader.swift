/// What stands before a frame's payload: RFC 6455, section 5.2.
///
/// ```
/// FIN RSV1 RSV2 RSV3 opcode(4) | MASK length(7) | length (16 or 64) | masking key (32)
/// ```
package struct FrameHeader: Sendable, Equatable {
  package enum Opcode: UInt8, Sendable {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    @inline(__always)
    var isControl: Bool { rawValue & 0x8 != 0 }
  }

  package var isFinal: Bool
  /// RSV1: the message that begins here is compressed.
  package var isCompressed: Bool
  package var opcode: Opcode
  package var payloadCount: Int
  /// Nil: not masked. The key's first byte is the lowest.
  package var maskKey: UInt32?

  /// Of a control frame's payload.
  static let mostControlBytes = 125
  static let mostBytes = 14

  package init(
    _ opcode: Opcode, payloadCount: Int, maskKey: UInt32? = nil, isFinal: Bool = true, isCompressed: Bool = false
  ) {
    self.isFinal = isFinal
    self.isCompressed = isCompressed
    self.opcode = opcode
    self.payloadCount = payloadCount
    self.maskKey = maskKey
  }
}

// MARK: Writing

extension FrameHeader {
  /// Without a check: a simulated venue writes wrong ones too.
  package func append(to output: inout [UInt8]) {
    output.append((isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0) | opcode.rawValue)
    let maskBit: UInt8 = maskKey == nil ? 0 : 0x80
    switch payloadCount {
    case ..<126: output.append(maskBit | UInt8(truncatingIfNeeded: payloadCount))
    case ..<65_536:
      output.append(maskBit | 126)
      output.append(bigEndian: UInt16(truncatingIfNeeded: payloadCount))
    default:
      output.append(maskBit | 127)
      output.append(bigEndian: UInt64(truncatingIfNeeded: payloadCount))
    }
    if let maskKey { output.append(bigEndian: maskKey.byteSwapped) }
  }
}

extension [UInt8] {
  mutating func append(bigEndian number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
  }
}

// MARK: Reading

extension FrameHeader {
  enum Reading {
    case complete(FrameHeader, count: Int)
    /// So many bytes are needed from the frame's first on.
    case incomplete(needed: Int)
  }

  /// Reads the header at the front of `bytes`, and refuses what no frame to `role` may be, as early as it shows.
  @inline(__always)
  static func read(
    _ bytes: UnsafeRawBufferPointer, by role: WebSocketRole, allowsCompression: Bool
  ) throws(ProtocolViolation) -> Reading {
    guard bytes.count >= 2 else { return .incomplete(needed: 2) }
    let (first, second) = (bytes[0], bytes[1])
    guard let opcode = Opcode(rawValue: first & 0xF) else { throw .reservedOpcode(first & 0xF) }
    let isCompressed = first & 0x40 != 0
    guard first & 0x30 == 0, !isCompressed || allowsCompression && (opcode == .text || opcode == .binary) else {
      throw .reservedBits
    }
    let isMasked = second & 0x80 != 0
    guard isMasked == (role == .server) else { throw isMasked ? .maskedByServer : .unmaskedByClient }
    let isFinal = first & 0x80 != 0
    let shortLength = Int(second & 0x7F)
    if opcode.isControl {
      guard isFinal else { throw .fragmentedControl }
      guard shortLength <= mostControlBytes else { throw .controlTooLong }
    }
    let lengthEnd = shortLength < 126 ? 2 : shortLength == 126 ? 4 : 10
    let headerCount = isMasked ? lengthEnd + 4 : lengthEnd
    guard bytes.count >= headerCount else { return .incomplete(needed: headerCount) }
    var payloadCount = shortLength
    if shortLength == 126 {
      payloadCount = Int(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
      guard payloadCount >= 126 else { throw .lengthNotMinimal }
    } else if shortLength == 127 {
      let length = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt64.self))
      guard length >> 63 == 0 else { throw .lengthTooLarge }
      guard length > 65_535 else { throw .lengthNotMinimal }
      payloadCount = Int(length)
    }
    var maskKey: UInt32?
    if isMasked {
      maskKey = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: lengthEnd, as: UInt32.self))
    }
    let header = FrameHeader(
      opcode, payloadCount: payloadCount, maskKey: maskKey, isFinal: isFinal, isCompressed: isCompressed)
    return .complete(header, count: headerCount)
  }
}
