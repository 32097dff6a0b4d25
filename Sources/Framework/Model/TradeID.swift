/// A venue's id of a trade, at most 39 bytes of text, held inline (ids of 19 digits and UUIDs occur).
@frozen
public struct TradeID: Sendable {
  /// Text from the first byte on, zeros after it, the length in the last byte.
  @usableFromInline var storage: InlineArray<5, UInt64>

  public static let capacity = 39

  /// Nil when `text` is longer than `capacity`.
  @inlinable
  public init?(_ text: RawSpan) {
    guard text.byteCount <= TradeID.capacity else { return nil }
    storage = InlineArray(repeating: 0)
    var offset = 0
    while offset < text.byteCount {
      storage[offset &>> 3] = text.word(at: offset)
      offset &+= 8
    }
    storage[4] |= UInt64(text.byteCount) << 56
  }

  /// Nil when `text` is longer than `capacity` bytes.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    self.init(bytes.span.bytes)
  }

  /// The decimal digits of `number`.
  @inlinable
  public init(_ number: UInt64) {
    storage = InlineArray(repeating: 0)
    var length = 0
    if number < 100_000_000 {
      append(TradeID.digits(number), leadingZeros: true, &length)
      storage[4] = UInt64(length) << 56
      return
    }
    let (upper, lower) = number.quotientAndRemainder(dividingBy: 100_000_000)
    let (top, middle) = upper.quotientAndRemainder(dividingBy: 100_000_000)
    if top > 0 { append(TradeID.digits(top), leadingZeros: true, &length) }
    append(TradeID.digits(middle), leadingZeros: top == 0, &length)
    append(TradeID.digits(lower), leadingZeros: false, &length)
    storage[4] |= UInt64(length) << 56
  }

  /// Eight digits behind the `length` that are there, without their leading zeros where those are to go.
  @inlinable
  @inline(__always)
  mutating func append(_ digits: UInt64, leadingZeros areDropped: Bool, _ length: inout Int) {
    let dropped = areDropped ? min(7, digits.trailingZeroBitCount &>> 3) : 0
    let text = (digits | DigitWord.zeros) &>> UInt64(dropped &* 8)
    let shift = UInt64((length & 7) &* 8)
    storage[length &>> 3] |= text &<< shift
    if shift > 0 { storage[(length &>> 3) &+ 1] |= text &>> (64 &- shift) }
    length &+= 8 &- dropped
  }

  /// The eight digits of a number below 10^8, a byte each, the first one lowest: halves, then quarters, then single
  /// digits, all lanes at once, by multiplying with the inverse of 100 and of 10.
  @inlinable
  @inline(__always)
  static func digits(_ number: UInt64) -> UInt64 {
    let (high, low) = number.quotientAndRemainder(dividingBy: 10_000)
    let fours = high | low &<< 32
    let hundreds = ((fours &* 10_486) &>> 20) & 0x0000_007F_0000_007F
    let pairs = hundreds | (fours &- hundreds &* 100) &<< 16
    let tens = ((pairs &* 103) &>> 10) & 0x000F_000F_000F_000F
    return tens | (pairs &- tens &* 10) &<< 8
  }

  @inlinable
  public var count: Int { Int(storage[4] >> 56) }

  /// The byte at `offset`, which is below `count`.
  @inlinable
  public subscript(_ offset: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: storage[offset >> 3] >> UInt64((offset & 7) << 3))
  }
}

extension TradeID: Hashable {
  public static func == (left: TradeID, right: TradeID) -> Bool {
    for word in 0..<5 where left.storage[word] != right.storage[word] { return false }
    return true
  }

  public func hash(into hasher: inout Hasher) {
    for word in 0..<5 { hasher.combine(storage[word]) }
  }
}

extension TradeID: CustomStringConvertible {
  public var description: String { String(decoding: (0..<count).map { self[$0] }, as: UTF8.self) }
}
