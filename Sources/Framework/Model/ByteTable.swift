/// Numbers by short byte strings: a venue's symbols, or the venue and instrument of a record. Looking one up allocates
/// nothing and makes no `String`.
public struct ByteTable: Sendable {
  private struct Entry {
    let hash: UInt64
    let start: Int
    let firstCount: Int
    let secondCount: Int
    let value: Int32
  }

  /// All keys, one behind the other.
  private var keys: [UInt8] = []
  private var entries: [Entry] = []
  /// Positions in `entries`, −1 where free; a power of two long, at most half full, probed linearly.
  private var slots: [Int32] = Array(repeating: -1, count: 16)

  public init() {}

  public var count: Int { entries.count }

  /// The number stored for the key that is `first` and `second`; `ab`, `c` and `a`, `bc` are different keys.
  public func value(of first: RawSpan, _ second: RawSpan) -> Int32? {
    let hash = ByteTable.hash(first, second)
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] >= 0 {
      let entry = entries[Int(slots[slot])]
      if entry.hash == hash, matches(entry, first, second) { return entry.value }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  public func value(of key: RawSpan) -> Int32? { value(of: RawSpan(), key) }

  /// Stores a number; a key that is there already keeps its old one.
  public mutating func insert(_ first: RawSpan, _ second: RawSpan, value: Int32) {
    guard self.value(of: first, second) == nil else { return }
    if (entries.count + 1) * 2 > slots.count { grow() }
    let hash = ByteTable.hash(first, second)
    entries.append(
      Entry(
        hash: hash, start: keys.count, firstCount: first.byteCount, secondCount: second.byteCount, value: value))
    first.withUnsafeBytes { keys.append(contentsOf: $0) }
    second.withUnsafeBytes { keys.append(contentsOf: $0) }
    place(Int32(entries.count - 1))
  }

  public mutating func insert(_ key: String, value: Int32) {
    let bytes = Array(key.utf8)
    insert(RawSpan(), bytes.span.bytes, value: value)
  }

  private func matches(_ entry: Entry, _ first: RawSpan, _ second: RawSpan) -> Bool {
    guard entry.firstCount == first.byteCount, entry.secondCount == second.byteCount else { return false }
    let keys = keys.span.bytes
    let rest = entry.start + entry.firstCount
    return keys.extracting(entry.start..<rest).isEqual(to: first)
      && keys.extracting(rest..<rest + entry.secondCount).isEqual(to: second)
  }

  private mutating func grow() {
    slots = Array(repeating: -1, count: slots.count * 2)
    for number in entries.indices { place(Int32(number)) }
  }

  private mutating func place(_ number: Int32) {
    var slot = Int(truncatingIfNeeded: entries[Int(number)].hash) & (slots.count - 1)
    while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = number
  }

  /// Eight bytes at a time, each multiplied in; the length of the first part between the parts.
  @inline(__always)
  private static func hash(_ first: RawSpan, _ second: RawSpan) -> UInt64 {
    var hash = mixed(0x9e37_79b9_7f4a_7c15, first)
    hash = mixed(hash ^ UInt64(first.byteCount), second)
    return hash ^ (hash >> 32)
  }

  @inline(__always)
  private static func mixed(_ seed: UInt64, _ bytes: RawSpan) -> UInt64 {
    var hash = seed
    var offset = 0
    while offset < bytes.byteCount {
      let word = bytes.word(at: offset, count: bytes.byteCount - offset)
      hash = (hash ^ word) &* 0xff51_afd7_ed55_8ccd
      hash ^= hash >> 29
      offset += 8
    }
    return hash
  }
}
