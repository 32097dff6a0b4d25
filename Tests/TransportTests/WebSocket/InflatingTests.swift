import ArbdTransport
import Testing

@Suite struct InflatingTests {
  private static let keepsNothing = DeflateParameters(
    server: .init(keepsContext: false), client: .init(keepsContext: false))

  /// The frames of RFC 7692, section 7.2.3.
  @Test(arguments: [
    // One block.
    [[0xC1, 0x07, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]],
    // The same in two frames.
    [[0x41, 0x03, 0xF2, 0x48, 0xCD, 0x80, 0x04, 0xC9, 0xC9, 0x07, 0x00]],
    // Not compressed within.
    [[0xC1, 0x0B, 0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00]],
    // With a final block.
    [[0xC1, 0x08, 0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00]],
    // Two blocks.
    [[0xC1, 0x0D, 0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00]],
  ])
  func examples(frames: [[UInt8]]) {
    let reading = Reading(compression: DeflateParameters())
    let bytes = frames.flatMap { $0 }
    #expect(reading.items(of: bytes) == [.text("Hello")])
    #expect(reading.items(of: bytes.map { [$0] }) == [.text("Hello")])
  }

  /// Section 7.2.3.2, and the same behind a final block.
  @Test(arguments: [
    [0xC1, 0x07, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00] as [UInt8],
    [0xC1, 0x08, 0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00],
    [0xC1, 0x07, 0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00],
  ])
  func aMessageRefersToTheOneBefore(first: [UInt8]) {
    let second: [UInt8] = [0xC1, 0x05, 0xF2, 0x00, 0x11, 0x00, 0x00]
    let kept = Reading(compression: DeflateParameters()).items(of: first + second)
    #expect(kept == [.text("Hello"), .text("Hello")])
    let notKept = Reading(compression: InflatingTests.keepsNothing).items(of: first + second)
    #expect(notKept == [.text("Hello"), .violation(.invalidDeflate)])
  }

  /// Section 7.2.3.6.
  @Test func anEmptyMessage() {
    let items = Reading(compression: DeflateParameters()).items(of: [0xC1, 0x01, 0x00, 0x81, 0x00])
    #expect(items == [.text(""), .text("")])
  }

  @Test(
    arguments: [
      // A block of the reserved type.
      [0xC1, 0x01, 0x07],
      // Ends inside a block.
      [0xC1, 0x03, 0xF2, 0x48, 0xCD],
      // Refers to what is not there.
      [0xC1, 0x05, 0xF2, 0x00, 0x11, 0x00, 0x00],
    ] as [[UInt8]])
  func badDeflateData(bytes: [UInt8]) {
    #expect(Reading(compression: DeflateParameters()).items(of: bytes) == [.violation(.invalidDeflate)])
  }

  @Test func textIsCheckedOnceInflated() {
    var writer = FrameWriter(role: .server, compression: DeflateParameters())
    var bytes: [UInt8] = []
    writer.append(.text, ([0x61, 0xC3] as [UInt8]).span.bytes, to: &bytes)
    #expect(Reading(compression: DeflateParameters()).items(of: bytes) == [.violation(.invalidUTF8)])
  }

  @Test(arguments: [0, 1, 1_000, 100_000])
  func theLimitIsOfTheInflatedMessage(limit: Int) {
    var writer = FrameWriter(role: .server, compression: DeflateParameters())
    var bytes: [UInt8] = []
    let fits = [UInt8](repeating: 0, count: limit)
    writer.append(.binary, fits.span.bytes, to: &bytes)
    writer.append(.binary, (fits + [0]).span.bytes, to: &bytes)
    let items = Reading(limit: limit, compression: DeflateParameters()).items(of: bytes)
    #expect(items == [.message(.binary, fits), .violation(.messageTooBig(limit: limit))])
  }

  /// A quarter of it would inflate to twice the limit.
  @Test func aBombIsStoppedWhileInflating() {
    var writer = FrameWriter(role: .server, compression: DeflateParameters())
    var bomb: [UInt8] = []
    writer.append(.binary, [UInt8](repeating: 0, count: 4 << 20).span.bytes, to: &bomb)
    #expect(bomb.count < 8 << 10)
    let items = Reading(limit: 512 << 10, compression: DeflateParameters()).items(of: [bomb.prefix(1 << 10)])
    #expect(items == [.violation(.messageTooBig(limit: 512 << 10))])
  }
}
