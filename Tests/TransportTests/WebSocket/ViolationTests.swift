import ArbdTransport
import Testing

@Suite struct ViolationTests {
  private static let deflate = DeflateParameters()

  @Test(
    arguments: [
      ([0x91, 0x00], .reservedBits), ([0xA1, 0x00], .reservedBits), ([0xC1, 0x00], .reservedBits),
      ([0x83, 0x00], .reservedOpcode(3)), ([0x87, 0x00], .reservedOpcode(7)), ([0x8B, 0x00], .reservedOpcode(11)),
      ([0x8F, 0x00], .reservedOpcode(15)),
      ([0x81, 0x80], .maskedByServer),
      ([0x09, 0x00], .fragmentedControl), ([0x08, 0x00], .fragmentedControl), ([0x89, 0x7E], .controlTooLong),
      ([0x88, 0x7F], .controlTooLong),
      ([0x81, 0x7E, 0x00, 0x7D], .lengthNotMinimal), ([0x81, 0x7F, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], .lengthNotMinimal),
      ([0x82, 0x7F, 0x80, 0, 0, 0, 0, 0, 0, 0], .lengthTooLarge),
      ([0x82, 0x7F, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .messageTooBig(limit: 16 << 20)),
      ([0x80, 0x00], .unexpectedContinuation), ([0x00, 0x00], .unexpectedContinuation),
      ([0x01, 0x00, 0x81, 0x00], .unfinishedMessage), ([0x01, 0x00, 0x02, 0x00], .unfinishedMessage),
      ([0x88, 0x01, 0x03], .closePayloadTooShort), ([0x88, 0x02, 0x03, 0xED], .closeCode(CloseCode(rawValue: 1005))),
      ([0x88, 0x02, 0x00, 0x00], .closeCode(CloseCode(rawValue: 0))),
      ([0x88, 0x03, 0x03, 0xE8, 0xFF], .closeReasonNotUTF8), ([0x88, 0x03, 0x03, 0xE8, 0xC3], .closeReasonNotUTF8),
      ([0x81, 0x01, 0xFF], .invalidUTF8), ([0x81, 0x01, 0xC3], .invalidUTF8),
    ] as [([UInt8], ProtocolViolation)])
  func serversMayNot(bytes: [UInt8], violation: ProtocolViolation) {
    #expect(Reading().items(of: bytes) == [.violation(violation)])
    #expect(Reading().items(of: bytes.map { [$0] }) == [.violation(violation)])
  }

  @Test func clientsMustMask() {
    #expect(Reading(role: .server).items(of: [0x81, 0x00]) == [.violation(.unmaskedByClient)])
  }

  /// With compression agreed too, only the first frame of a message may say that it is compressed.
  @Test(arguments: [[0x80 | 0x40 | 0x09, 0x00], [0x41, 0x00, 0xC0, 0x00], [0x01, 0x00, 0xC0, 0x00]] as [[UInt8]])
  func compressedFramesAreTheFirstOfMessages(bytes: [UInt8]) {
    #expect(Reading(compression: ViolationTests.deflate).items(of: bytes) == [.violation(.reservedBits)])
  }

  @Test func whatFollowsACloseOrAViolationIsPassedOver() {
    let close = frame(.close, [0x03, 0xE8] + "bye".utf8)
    #expect(Reading().items(of: close + [0xFF, 0xFF]) == [.close(.normal, reason: "bye")])
    var reader = FrameReader(role: .client)
    var bytes: [UInt8] = [0xFF, 0xFF, 0x81, 0x00]
    var offset = 0
    let items = bytes.withUnsafeMutableBytes {
      [reader.next(in: $0, from: &offset), reader.next(in: $0, from: &offset)]
    }
    #expect(items == [.violation(.reservedOpcode(15)), .incomplete(needed: 1)])
    #expect(offset == 4)
  }

  @Test func aCloseWithoutACode() {
    #expect(Reading().items(of: [0x88, 0x00]) == [.close(nil, reason: "")])
  }

  // MARK: Sizes

  @Test func theLimitIsOfAllFragmentsTogether() {
    let piece = [UInt8](repeating: 1, count: 500)
    let fits = frame(.binary, piece, isFinal: false) + frame(.continuation, piece)
    #expect(Reading(limit: 1_000).items(of: fits) == [.message(.binary, piece + piece)])
    let exceeds = frame(.binary, piece, isFinal: false) + frame(.continuation, piece + [1]).prefix(4)
    #expect(Reading(limit: 1_000).items(of: exceeds) == [.violation(.messageTooBig(limit: 1_000))])
  }

  // MARK: UTF-8

  @Test(
    arguments: [
      ([0xC0, 0x80], 1), ([0xC1, 0xBF], 1), ([0xE0, 0x9F, 0xBF], 2), ([0xED, 0xA0, 0x80], 2),
      ([0xF0, 0x8F, 0xBF, 0xBF], 2),
      ([0xF4, 0x90, 0x80, 0x80], 2), ([0xF5, 0x80, 0x80, 0x80], 1), ([0x80], 1), ([0xC3, 0x28], 2),
      ([0xE2, 0x82, 0x28], 3), ([0xF0, 0x9F, 0x98, 0x28], 4), ([0xFE], 1), ([0xFF], 1),
    ] as [([UInt8], Int)])
  func textIsRefusedAtTheFirstWrongByte(wrong: [UInt8], fatal: Int) {
    for lead in [0, 1, 7, 8, 31, 32, 40] {
      let text = [UInt8](repeating: 0x61, count: lead) + wrong + [0x61]
      // Of one frame that lacks its end, and of fragments of a byte each.
      let whole = frame(.text, text + [UInt8](repeating: 0x61, count: 40))
      let early = whole.prefix(2 + lead + fatal)
      #expect(Reading().items(of: [early]) == [.violation(.invalidUTF8)])
      #expect(Reading().items(of: [early.dropLast()]) == [])
      #expect(Reading().items(of: whole) == [.violation(.invalidUTF8)])
      let fragments = text.prefix(lead + fatal).enumerated().map {
        frame($0 == 0 ? .text : .continuation, [$1], isFinal: false)
      }
      #expect(Reading().items(of: fragments) == [.violation(.invalidUTF8)])
      #expect(Reading().items(of: fragments.dropLast()) == [])
    }
  }

  @Test func allOfUnicodeIsText() {
    let scalars = stride(from: 0 as UInt32, through: 0x10FFFF, by: 61).compactMap(Unicode.Scalar.init)
    let text = String(String.UnicodeScalarView(scalars))
    #expect(Reading().items(of: frame(.text, Array(text.utf8))) == [.text(text)])
  }
}
