/// Ways to spoil a frame, the same for the same seed.
struct Mutation {
  private var random: MutationNumbers

  init(seed: UInt64) { random = MutationNumbers(state: seed) }

  private static let values = [
    "null", "true", "{}", "[]", "\"\"", "0", "-1", "1e999", "-0.0", "99999999999999999999999", "\"NaN\"", "[[]]",
    "\"\\u0000\"", "0.000000000000000000000000001", "\"1e400\"", "\"9223372036854775808\"", "[null]", "{\"a\":{}}",
  ]

  mutating func apply(to frame: FrameText) -> [UInt8] {
    var bytes = frame.bytes
    guard !bytes.isEmpty else { return [UInt8(ascii: "{")] }
    switch random.below(8) {
    case 0:
      for _ in 0..<(1 + random.below(4)) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
    case 1: bytes.removeLast(random.below(bytes.count) + 1)
    case 2:
      let start = random.below(bytes.count)
      bytes.removeSubrange(start..<min(bytes.count, start + 1 + random.below(24)))
    case 3:
      let start = random.below(bytes.count)
      let part = bytes[start..<min(bytes.count, start + 1 + random.below(48))]
      bytes.insert(contentsOf: Array(part), at: random.below(bytes.count))
    case 4: replaceValue(of: frame.numbers, in: &bytes)
    case 5: replaceValue(of: frame.strings.map { $0.lowerBound - 1..<$0.upperBound + 1 }, in: &bytes)
    case 6:
      // Digits only: what stays a number and makes no sense.
      let digits = bytes.indices.filter { (0x30...0x39).contains(bytes[$0]) }
      for _ in 0..<(1 + random.below(4)) where !digits.isEmpty {
        bytes[digits[random.below(digits.count)]] = UInt8(0x30 + random.below(10))
      }
    default:
      let depth = 1 + random.below(300)
      bytes.insert(contentsOf: [UInt8](repeating: UInt8(ascii: "["), count: depth), at: random.below(bytes.count))
    }
    return bytes
  }

  private mutating func replaceValue(of ranges: [Range<Int>], in bytes: inout [UInt8]) {
    let usable = ranges.filter { $0.lowerBound >= 0 && $0.upperBound <= bytes.count }
    guard !usable.isEmpty else { return bytes.append(0) }
    let value = Mutation.values[random.below(Mutation.values.count)]
    bytes.replaceSubrange(usable[random.below(usable.count)], with: Array(value.utf8))
  }
}

/// SplitMix64: looks random and is the same in every run.
struct MutationNumbers {
  var state: UInt64

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ (mixed >> 31)) >> 33) % max(1, bound)
  }
}
