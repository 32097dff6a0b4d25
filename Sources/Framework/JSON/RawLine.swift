/// A part of a line, written into memory with room for all of it: nothing is checked or moved while it grows. Whoever uses
/// it counts what its pieces can need, and `slack` behind them: digits are stored sixteen at a time.
struct RawLine {
  /// A sign, a point, 19 digits, and 128 zeros before or behind them.
  static let longestNumber = 160
  /// A control character becomes six bytes.
  static let longestID = 6 * TradeID.capacity
  static let slack = 32

  private let memory: UnsafeMutableRawBufferPointer
  private(set) var count = 0

  init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

  @inline(__always)
  mutating func put(_ byte: UInt8) {
    memory.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count &+= 1
  }

  @inline(__always)
  mutating func put(_ literal: StaticString) {
    literal.withUTF8Buffer { put(UnsafeRawBufferPointer($0)) }
  }

  @inline(__always)
  mutating func put(_ bytes: UnsafeRawBufferPointer) {
    UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: bytes)
    count &+= bytes.count
  }

  mutating func put(id: TradeID) {
    guard id.isPlainJSON else { return putEscaped(id) }
    for word in 0..<(id.count &+ 7) >> 3 {
      memory.storeBytes(of: id.storage[word], toByteOffset: count &+ word &* 8, as: UInt64.self)
    }
    count &+= id.count
  }

  private mutating func putEscaped(_ id: TradeID) {
    var text: [UInt8] = []
    for offset in 0..<id.count { text.append(escaped: id[offset]) }
    text.withUnsafeBytes { put($0) }
  }

  mutating func put(integer: Int64) {
    if integer < 0 { put(UInt8(ascii: "-")) }
    put(magnitude: integer.magnitude, fraction: 0)
  }

  /// The text of `value`, as `ExactDecimal.description` gives it.
  mutating func put(decimal value: ExactDecimal) {
    if value.mantissa < 0 { put(UInt8(ascii: "-")) }
    put(magnitude: value.mantissa.magnitude, fraction: value.exponent < 0 ? -Int(value.exponent) : 0)
    if value.exponent > 0 {
      put(UInt8(ascii: "e"))
      put(integer: Int64(value.exponent))
    }
  }

  /// A number, the last `fraction` digits of which stand behind a point, and at least one before it.
  private mutating func put(magnitude: UInt64, fraction: Int) {
    guard magnitude < 10_000_000_000_000_000, fraction < 16 else { return putSlowly(magnitude, fraction: fraction) }
    let (high, low): (UInt64, UInt64)
    if magnitude >= 1_000_000_000_000_000, fraction == 0 {
      // A time of our days in microseconds: no zero to leave out.
      let (upper, lower) = magnitude.quotientAndRemainder(dividingBy: 100_000_000)
      memory.storeBytes(of: TradeID.digits(upper) | DigitWord.zeros, toByteOffset: count, as: UInt64.self)
      memory.storeBytes(of: TradeID.digits(lower) | DigitWord.zeros, toByteOffset: count &+ 8, as: UInt64.self)
      count &+= 16
      return
    }
    if magnitude < 100_000_000 {
      (high, low) = (0, TradeID.digits(magnitude))
    } else {
      let (upper, lower) = magnitude.quotientAndRemainder(dividingBy: 100_000_000)
      (high, low) = (TradeID.digits(upper), TradeID.digits(lower))
    }
    let zeros = high != 0 ? high.trailingZeroBitCount &>> 3 : 8 &+ min(7, low.trailingZeroBitCount &>> 3)
    let length = max(16 &- zeros, fraction &+ 1)
    let digits = (high | DigitWord.zeros, low | DigitWord.zeros)
    store(digits, from: 16 &- length)
    count &+= length
    guard fraction > 0 else { return }
    count &-= fraction
    put(UInt8(ascii: "."))
    store(digits, from: 16 &- fraction)
    count &+= fraction
  }

  /// Sixteen digits without the first few; what stands behind them does not matter.
  @inline(__always)
  private func store(_ digits: (UInt64, UInt64), from first: Int) {
    let shift = UInt64((first & 7) &* 8)
    let (low, high) = first < 8 ? digits : (digits.1, 0)
    let joined = shift == 0 ? low : low &>> shift | high &<< (64 &- shift)
    memory.storeBytes(of: joined, toByteOffset: count, as: UInt64.self)
    memory.storeBytes(of: high &>> shift, toByteOffset: count &+ 8, as: UInt64.self)
  }

  private mutating func putSlowly(_ magnitude: UInt64, fraction: Int) {
    var text: [UInt8] = []
    var digits = magnitude
    while digits > 0 || text.count <= fraction {
      text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digits % 10))
      digits /= 10
    }
    for (place, digit) in text.enumerated().reversed() {
      put(digit)
      if place == fraction, fraction > 0 { put(UInt8(ascii: ".")) }
    }
  }
}

extension TradeID {
  /// Whether its text stands in JSON as it is. Eight bytes at a time.
  fileprivate var isPlainJSON: Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    var special: UInt64 = 0
    for word in 0..<(count &+ 7) >> 3 {
      // What stands behind the text shall not matter.
      let length = min(8, count &- word &* 8)
      let text = storage[word] & ~(UInt64.max << UInt64(length &* 8)) | DigitWord.zeros << UInt64(length &* 8)
      // A byte below a bound borrows from its high bit; one above its own high bit does not count.
      let quote = text ^ ones &* UInt64(UInt8(ascii: "\""))
      let backslash = text ^ ones &* UInt64(UInt8(ascii: "\\"))
      special |= (text &- ones &* 0x20) & ~text | (quote &- ones) & ~quote | (backslash &- ones) & ~backslash
    }
    return special & highs == 0
  }
}
