import ArbdTransport
import Testing

/// What a writer of one end writes, a reader of the other reads.
@Suite struct RoundTripTests {
  /// SplitMix64.
  private struct Seeded: RandomNumberGenerator, Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }

  private static func parameters(_ keepsContext: Bool, _ bits: Int) -> DeflateParameters {
    let direction = DeflateParameters.Direction(keepsContext: keepsContext, windowBits: bits)
    return DeflateParameters(server: direction, client: direction)
  }

  @Test(
    arguments: [WebSocketRole.client, .server],
    [nil, parameters(true, 15), parameters(false, 15), parameters(true, 9), parameters(false, 8)])
  func anyMessages(sender: WebSocketRole, compression: DeflateParameters?) {
    for seed in 0..<20 as Range<UInt64> {
      var random = Seeded(state: seed)
      var writer = FrameWriter(role: sender, compression: compression, keys: MaskKeys(Seeded(state: seed)))
      var bytes: [UInt8] = []
      let sent = (0..<12).map { _ in RoundTripTests.append(to: &bytes, with: &writer, &random) }
      let reading = Reading(role: sender == .client ? .server : .client, compression: compression)
      #expect(reading.items(of: bytes) == sent, "seed \(seed)")
      #expect(reading.items(of: RoundTripTests.cut(bytes, &random)) == sent, "seed \(seed), cut")
    }
  }

  private static func append(
    to bytes: inout [UInt8], with writer: inout FrameWriter, _ random: inout Seeded
  ) -> Received {
    let alphabet = Array("aaaabc{}\":,0123456789éß世🌍")
    let length = Int.random(in: 0..<(Bool.random(using: &random) ? 8 : 3_000), using: &random)
    let text = String((0..<length).map { _ in alphabet.randomElement(using: &random) ?? "a" })
    let payload = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
    switch Int.random(in: 0..<8, using: &random) {
    case 0:
      let short = Array(payload.prefix(125))
      writer.append(ping: short.span.bytes, to: &bytes)
      return .ping(short)
    case 1:
      let short = Array(payload.prefix(125))
      writer.append(pong: short.span.bytes, to: &bytes)
      return .pong(short)
    case 2, 3:
      writer.append(.binary, payload.span.bytes, to: &bytes)
      return .message(.binary, payload)
    default:
      writer.append(text: text, to: &bytes)
      return .text(text)
    }
  }

  private static func cut(_ bytes: [UInt8], _ random: inout Seeded) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Int.random(in: 1...(Bool.random(using: &random) ? 7 : 2_000), using: &random)
      pieces.append(rest.prefix(count))
      rest = rest.dropFirst(count)
    }
    return pieces
  }

  @Test(arguments: [65_535, 65_536, 200_000])
  func longMessages(count: Int) {
    var writer = FrameWriter(role: .client)
    var bytes: [UInt8] = []
    let payload = [UInt8](repeating: 0x7A, count: count)
    writer.append(.text, payload.span.bytes, to: &bytes)
    #expect(Reading(role: .server).items(of: bytes) == [.message(.text, payload)])
  }

  @Test(
    arguments: [
      (CloseCode.normal, "", Received.close(.normal, reason: "")),
      (.goingAway, "bye", .close(.goingAway, reason: "bye")),
      (CloseCode(rawValue: 1006), "lost", .close(nil, reason: "")), (nil, "x", .close(nil, reason: "")),
      // 123 bytes are left for the reason, and no half of a character.
      (.normal, String(repeating: "é", count: 80), .close(.normal, reason: String(repeating: "é", count: 61))),
    ] as [(CloseCode?, String, Received)])
  func closes(code: CloseCode?, reason: String, received: Received) {
    var writer = FrameWriter(role: .server)
    var bytes: [UInt8] = []
    writer.append(close: code, reason: reason, to: &bytes)
    #expect(Reading().items(of: bytes) == [received])
  }

  @Test func masksAreNotAlwaysTheSame() {
    var keys = MaskKeys()
    #expect(Set((0..<64).map { _ in keys.next() }).count > 32)
  }

  @Test func compressionIsWorthIt() {
    let text = String(repeating: #"{"type":"match","price":"61234.56"}"#, count: 20)
    var writer = FrameWriter(role: .server, compression: DeflateParameters())
    var bytes: [UInt8] = []
    writer.append(text: text, to: &bytes)
    #expect(bytes.count < text.utf8.count / 5)
  }
}
