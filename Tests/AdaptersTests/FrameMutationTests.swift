import ArbdFramework
import Testing

/// Damaged frames: whatever a peer sends, a session answers with one kind or one error, always the same, and goes on.
@Suite struct FrameMutationTests {
  static let framesForEachSeed = 2_000

  @Test(arguments: TestedVenue.allCases, [UInt64](1...4))
  func damageIsSurvived(_ venue: TestedVenue, seed: UInt64) {
    let originals = FrameFixture.all.filter { $0.venue == venue }.map(\.frame)
    var damage = FrameDamage(seed: seed)
    var (conversation, again) = (venue.conversation(), venue.conversation())
    for round in 0..<FrameMutationTests.framesForEachSeed {
      let frame = damage.damaged(originals)
      let reception = conversation.receive(frame)
      let text = String(decoding: frame, as: UTF8.self)
      #expect(reception == again.receive(frame), "two sessions disagree about \(text)")
      #expect(reception.data.count <= 4, "\(text)")
      if reception.kind != .data { #expect(reception.data.isEmpty, "\(text)") }
      if round % 100 == 0 {
        // Ids and times may have run ahead in the damaged ones; a fresh conversation has no such past.
        conversation = venue.conversation()
        again = venue.conversation()
        conversation.receive(frame)
        again.receive(frame)
        #expect(conversation.receive(venue.trade(9_000_000_000_000_000)).kind == .data, "after \(text)")
        again.receive(venue.trade(9_000_000_000_000_000))
      }
    }
  }
}

/// Seeded damage: the same frames for the same seed.
struct FrameDamage {
  private var state: UInt64

  /// What parsers stumble over.
  private static let tokens = [
    "\"", "\\", "{", "}", "[", "]", ",", ":", "null", "true", "-", "0", "1e400", "-1", "9223372036854775807",
    "9223372036854775808", "99999999999999999999999999999999999999999", "0.", ".5", "1e", "1E+127", "1e-129",
    "\\u0000",
    "\\ud800", "\\udc00", "\\u12", "\u{0}", "\n", "é", "0001-01-01T00:00:00.000000Z", "\"e\":", "\"u\":1,",
    "\"data\":",
    "\"type\":", "\"error\":", "\"id\":1,", "\"result\":null,", "[[[[[[[[", "{\"a\":{\"a\":{\"a\":",
  ].map { Array($0.utf8) }

  init(seed: UInt64) { state = seed }

  mutating func damaged(_ originals: [[UInt8]]) -> [UInt8] {
    var frame = originals[number(below: originals.count)]
    for _ in 0...number(below: 3) {
      let start = number(below: frame.count + 1)
      let end = min(frame.count, start + number(below: 12))
      switch number(below: 6) {
      case 0: frame.removeSubrange(start..<end)
      case 1: frame.insert(contentsOf: FrameDamage.tokens[number(below: FrameDamage.tokens.count)], at: start)
      case 2:
        frame.replaceSubrange(start..<end, with: FrameDamage.tokens[number(below: FrameDamage.tokens.count)])
      case 3: if start < end { frame[start] = UInt8(truncatingIfNeeded: next()) }
      case 4: if start < end { frame[start] ^= 1 << UInt8(number(below: 8)) }
      default:
        let other = originals[number(below: originals.count)]
        let cut = number(below: other.count)
        frame.replaceSubrange(start..<end, with: other[cut...].prefix(24))
      }
    }
    return frame
  }

  private mutating func number(below limit: Int) -> Int { limit > 0 ? Int(next() % UInt64(limit)) : 0 }

  /// SplitMix64.
  private mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
