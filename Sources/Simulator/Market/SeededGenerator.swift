import Glibc

/// Random numbers that a seed decides: the same ones on every run. SplitMix64.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  /// A generator for one purpose, named by `key`: what others draw does not change what it draws.
  package init(seed: UInt64, key: String) {
    // FNV-1a: Swift's own hashing is seeded anew in each process.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in key.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    var mixer = SeededGenerator(seed: seed ^ hash)
    state = mixer.next()
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Above 0, at most 1.
  package mutating func uniform() -> Double { Double((next() >> 11) + 1) * 0x1p-53 }

  /// Exponential, mean 1; never 0.
  package mutating func exponential() -> Double { -log(uniform()) + 0x1p-60 }

  /// Normal, mean 0, variance 1 (Box and Muller's first value).
  package mutating func normal() -> Double {
    let radius = (-2 * log(uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }
}
