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
    for offset in 0..<text.byteCount {
      storage[offset >> 3] |= UInt64(text.byte(offset)) << UInt64((offset & 7) << 3)
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
    var length = 1
    var power: UInt64 = 10
    while length < 20, number >= power {
      length += 1
      let (next, overflow) = power.multipliedReportingOverflow(by: 10)
      power = overflow ? .max : next
      if overflow { break }
    }
    if number >= 10_000_000_000_000_000_000 { length = 20 }
    var rest = number
    for offset in stride(from: length - 1, through: 0, by: -1) {
      storage[offset >> 3] |= (48 + rest % 10) << UInt64((offset & 7) << 3)
      rest /= 10
    }
    storage[4] |= UInt64(length) << 56
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
