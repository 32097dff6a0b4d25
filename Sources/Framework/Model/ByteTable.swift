/// Numbers by short byte strings: a venue's symbols, or the venue and instrument of a record. Looking one up allocates
/// nothing and makes no `String`.
public struct ByteTable: Sendable {
  private struct Slot {
    var isUsed = false
    var value: Int32 = 0
    /// How long the key's parts are, in bytes.
    var firstCount: Int32 = 0
    var secondCount: Int32 = 0
    var hash: UInt64 = 0
    /// Where the words of the second part begin in `words`; those of the first follow.
    var start = 0
  }

  /// All keys, each part in words of eight bytes, the last filled up with zeros.
  private var words: [UInt64] = []
  /// A power of two long, at most half full, probed linearly.
  private var slots = [Slot](repeating: Slot(), count: 16)
  public private(set) var count = 0

  public init() {}

  // MARK: Looking up

  /// The number stored for a string.
  public func value(of key: JSONText) -> Int32? {
    var hash = ByteTable.mixed(ByteTable.seed, key.prefix)
    var offset = 8
    while offset < key.bytes.byteCount {
      hash = ByteTable.mixed(hash, key.bytes.word(at: offset))
      offset &+= 8
    }
    return value(hash: hash) { slot, words in
      guard Int(slot.secondCount) == key.bytes.byteCount, slot.firstCount == 0, words[slot.start] == key.prefix
      else { return false }
      return key.bytes.byteCount <= 8 || words.isEqual(to: key.bytes, from: 8, at: slot.start &+ 1)
    }
  }

  /// The number stored for a string alone.
  public func value(of key: RawSpan) -> Int32? { value(in: key, 0..<0, 0..<key.byteCount) }

  /// The number stored for the key of two parts that are ranges of `text`; `ab`, `c` and `a`, `bc` are different keys.
  public func value(in text: RawSpan, _ first: Range<Int>, _ second: Range<Int>) -> Int32? {
    value(hash: ByteTable.hash(text, first, second)) { slot, words in
      guard Int(slot.secondCount) == second.count, Int(slot.firstCount) == first.count else { return false }
      let start = slot.start &+ ByteTable.wordCount(second.count)
      return words.isEqual(to: text, second, at: slot.start) && words.isEqual(to: text, first, at: start)
    }
  }

  @inline(__always)
  private func value(hash: UInt64, where isKey: (Slot, Span<UInt64>) -> Bool) -> Int32? {
    let (slots, words) = (slots.span, words.span)
    var place = Int(truncatingIfNeeded: hash ^ (hash &>> 32)) & (slots.count &- 1)
    // Half of the slots are free, so this ends.
    while slots[unchecked: place].isUsed {
      if slots[unchecked: place].hash == hash, isKey(slots[unchecked: place], words) {
        return slots[unchecked: place].value
      }
      place = (place &+ 1) & (slots.count &- 1)
    }
    return nil
  }

  // MARK: Storing

  /// Stores a number; a key that is there already keeps its old one.
  public mutating func insert(in text: RawSpan, _ first: Range<Int>, _ second: Range<Int>, value: Int32) {
    guard self.value(in: text, first, second) == nil else { return }
    if (count + 1) * 2 > slots.count { grow() }
    place(
      Slot(
        isUsed: true, value: value, firstCount: Int32(first.count), secondCount: Int32(second.count),
        hash: ByteTable.hash(text, first, second), start: words.count))
    count += 1
    append(text, second)
    append(text, first)
  }

  public mutating func insert(_ key: String, value: Int32) {
    let bytes = Array(key.utf8)
    insert(in: bytes.span.bytes, 0..<0, 0..<bytes.count, value: value)
  }

  /// At least one word, so that the prefix of an empty text has something to be compared with.
  private mutating func append(_ text: RawSpan, _ part: Range<Int>) {
    for word in 0..<ByteTable.wordCount(part.count) {
      words.append(text.word(at: part.lowerBound + word * 8, count: part.count - word * 8))
    }
  }

  private mutating func grow() {
    let old = slots
    slots = Array(repeating: Slot(), count: old.count * 2)
    for slot in old where slot.isUsed { place(slot) }
  }

  private mutating func place(_ slot: Slot) {
    var place = Int(truncatingIfNeeded: slot.hash ^ (slot.hash >> 32)) & (slots.count - 1)
    while slots[place].isUsed { place = (place + 1) & (slots.count - 1) }
    slots[place] = slot
  }

  // MARK: Words

  private static let seed: UInt64 = 0x9e37_79b9_7f4a_7c15

  @inline(__always)
  private static func wordCount(_ byteCount: Int) -> Int { max(1, (byteCount &+ 7) &>> 3) }

  /// The second part first, so that a key that is one string alone needs nothing of the other.
  @inline(__always)
  private static func hash(_ text: RawSpan, _ first: Range<Int>, _ second: Range<Int>) -> UInt64 {
    let hash = mixed(seed, text, second)
    return first.isEmpty ? hash : mixed(hash ^ UInt64(second.count), text, first)
  }

  @inline(__always)
  private static func mixed(_ seed: UInt64, _ text: RawSpan, _ part: Range<Int>) -> UInt64 {
    var hash = seed
    for word in 0..<wordCount(part.count) {
      hash = mixed(hash, text.word(at: part.lowerBound &+ word &* 8, count: part.count &- word &* 8))
    }
    return hash
  }

  @inline(__always)
  private static func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    let product = (hash ^ word) &* 0xff51_afd7_ed55_8ccd
    return product ^ (product &>> 29)
  }
}

extension Span<UInt64> {
  /// Whether the words from `start` on, which are there, are those of a part of `text`.
  @inline(__always)
  fileprivate func isEqual(to text: RawSpan, _ part: Range<Int>, at start: Int) -> Bool {
    var offset = 0
    while offset < part.count {
      guard self[start &+ offset &>> 3] == text.word(at: part.lowerBound &+ offset, count: part.count &- offset)
      else { return false }
      offset &+= 8
    }
    return true
  }

  /// The same for all of `text` behind its first `offset` bytes.
  @inline(__always)
  fileprivate func isEqual(to text: RawSpan, from offset: Int, at start: Int) -> Bool {
    isEqual(to: text, offset..<text.byteCount, at: start)
  }
}
