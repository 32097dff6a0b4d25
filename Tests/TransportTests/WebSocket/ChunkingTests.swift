import ArbdFramework
import ArbdTransport
import Testing

/// However the bytes of a connection are cut, the same comes out.
@Suite struct ChunkingTests {
  private static let deflate = DeflateParameters()

  /// Of each kind something, with control frames inside of fragments.
  private static func conversation(to role: WebSocketRole) -> (bytes: [UInt8], items: [Received]) {
    let mask: UInt32? = role == .server ? 0x78_56_34_12 : nil
    let long = (0..<300).map { UInt8(truncatingIfNeeded: $0) }
    var bytes: [UInt8] = []
    bytes += frame(.text, Array("Grüße, 世界 🌍".utf8), mask: mask)
    bytes += frame(.ping, [1, 2, 3], mask: mask)
    bytes += frame(.binary, long, mask: mask)
    bytes += frame(.text, Array("Grü".utf8.prefix(3)), mask: mask, isFinal: false)
    bytes += frame(.ping, [], mask: mask)
    bytes += frame(.continuation, [], mask: mask, isFinal: false)
    bytes += frame(.pong, [UInt8](repeating: 9, count: 125), mask: mask)
    bytes += frame(.continuation, Array("Grüße".utf8.dropFirst(3)), mask: mask)
    bytes += frame(.text, [], mask: mask)
    var writer = FrameWriter(role: role == .server ? .client : .server, compression: deflate)
    writer.append(text: "compressed, compressed, compressed", to: &bytes)
    writer.append(text: "compressed, compressed, compressed", to: &bytes)
    bytes += frame(.text, [0xF2, 0x48, 0xCD], mask: mask, isFinal: false, isCompressed: true)
    bytes += frame(.pong, [], mask: mask)
    bytes += frame(.continuation, [0xC9, 0xC9, 0x07, 0x00], mask: mask)
    bytes += frame(.close, [0x03, 0xE9] + "good bye".utf8, mask: mask)
    let compressed = Received.text("compressed, compressed, compressed")
    return (
      bytes,
      [
        .text("Grüße, 世界 🌍"), .ping([1, 2, 3]), .message(.binary, long), .ping([]),
        .pong([UInt8](repeating: 9, count: 125)), .text("Grüße"), .text(""), compressed, compressed, .pong([]),
        .text("Hello"), .close(.goingAway, reason: "good bye"),
      ]
    )
  }

  @Test(arguments: [WebSocketRole.client, .server])
  func cutInTwoAnywhere(role: WebSocketRole) {
    let (bytes, items) = ChunkingTests.conversation(to: role)
    let reading = Reading(role: role, compression: ChunkingTests.deflate)
    for cut in 0...bytes.count {
      #expect(reading.items(of: [bytes[..<cut], bytes[cut...]]) == items, "cut at \(cut)")
    }
  }

  @Test(arguments: [WebSocketRole.client, .server])
  func cutInEqualPieces(role: WebSocketRole) {
    let (bytes, items) = ChunkingTests.conversation(to: role)
    let reading = Reading(role: role, compression: ChunkingTests.deflate)
    for size in 1...40 {
      let starts = stride(from: 0, to: bytes.count, by: size)
      let pieces = starts.map { bytes[$0..<min($0 + size, bytes.count)] }
      #expect(reading.items(of: pieces) == items, "pieces of \(size)")
    }
  }

  /// Pieces of 4 KiB: what was received of it is never looked at again.
  @Test func aLargeMessageInSmallPieces() {
    let payload = [UInt8](repeating: 0x61, count: 1 << 20)
    let bytes = frame(.text, payload)
    let pieces = stride(from: 0, to: bytes.count, by: 4_096).map { bytes[$0..<min($0 + 4_096, bytes.count)] }
    #expect(Reading().items(of: pieces) == [.message(.text, payload)])
  }

  @Test func anUncutMessageStaysWhereItIs() {
    var reader = FrameReader(role: .server)
    var bytes = [0, 0, 0] + frame(.text, Array("Hello".utf8), mask: 0x3D21_FA37)
    var offset = 3
    let item = bytes.withUnsafeMutableBytes { reader.next(in: $0, from: &offset) }
    guard case .text(let range) = item else {
      Issue.record("\(item)")
      return
    }
    #expect(String(decoding: bytes[range.start..<range.start + range.count], as: UTF8.self) == "Hello")
    #expect(offset == bytes.count)
  }
}
