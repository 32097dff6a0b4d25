import ArbdTransport
import Testing

/// RFC 6455, section 5.7.
@Suite struct FrameExampleTests {
  private static let hello = Array("Hello".utf8)

  @Test func unmaskedText() {
    #expect(Reading().items(of: [0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F]) == [.text("Hello")])
  }

  @Test func maskedText() {
    let bytes: [UInt8] = [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
    #expect(Reading(role: .server).items(of: bytes) == [.text("Hello")])
    #expect(frame(.text, FrameExampleTests.hello, mask: 0x3D21_FA37) == bytes)
  }

  @Test func fragmentedText() {
    let bytes: [UInt8] = [0x01, 0x03, 0x48, 0x65, 0x6C, 0x80, 0x02, 0x6C, 0x6F]
    #expect(Reading().items(of: bytes) == [.text("Hello")])
  }

  @Test func pingAndMaskedPong() {
    let hello = FrameExampleTests.hello
    #expect(Reading().items(of: [0x89, 0x05] + hello) == [.ping(hello)])
    let pong: [UInt8] = [0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
    #expect(Reading(role: .server).items(of: pong) == [.pong(hello)])
  }

  @Test(arguments: [(256, [0x82, 0x7E, 0x01, 0x00] as [UInt8]), (65_536, [0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0])])
  func longBinaries(count: Int, header: [UInt8]) {
    let payload = [UInt8](repeating: 0x5A, count: count)
    #expect(Reading().items(of: header + payload) == [.message(.binary, payload)])
    #expect(frame(.binary, payload) == header + payload)
  }
}
