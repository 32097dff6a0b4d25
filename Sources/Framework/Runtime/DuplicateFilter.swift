/// The trades of one market that have arrived of late, to tell the new from the repeated: while one socket takes over from
/// another both bring the same trades, and some venues repeat a few after a reconnect. Ids need have no order.
///
/// A trade is a repetition when its id and its event time are both those of one that is remembered; a venue that begins to
/// count anew repeats ids, not times. What is remembered is a print of 64 bits, so a trade that was never seen is taken for
/// a repetition once in about 2⁶² trades. Remembered are, of ids that are decimal numbers, at least the last 1,000 when
/// they count one by one, each in a place of its own; of others the last 4 to arrive in one of 256 places that the id
/// chooses: of those 100 trades back, all but some 3 in 1,000. What is forgotten passes as new.
struct DuplicateFilter: Sendable {
  static let capacity = 1_024
  /// Places for numbers: as many as three digits can tell apart.
  private static let numberPlaces: UInt64 = 1_000

  /// 0: nothing. Empty until the first trade.
  private var prints: [UInt64] = []

  init() {}

  /// Whether the trade has been seen before; remembers it. A trade without an id never has.
  @inline(__always)
  mutating func isRepetition(_ id: TradeID, at eventTime: Timestamp) -> Bool {
    if id.count == 0 { return false }
    if prints.isEmpty { prints = Array(repeating: 0, count: DuplicateFilter.capacity) }
    let hash = id.mixed
    let print = max(1, hash ^ (UInt64(bitPattern: eventTime.microseconds) &* 0xD6E8_FEB8_6659_FD93))
    if let number = id.lastThreeDigits {
      let place = Int(number % DuplicateFilter.numberPlaces)
      if prints[place] == print { return true }
      prints[place] = print
      return false
    }
    return isRepetition(print, among: Int(hash >> 56) * 4)
  }

  /// Four places from `start` on, the newest first.
  private mutating func isRepetition(_ print: UInt64, among start: Int) -> Bool {
    for place in start..<start + 4 where prints[place] == print { return true }
    for place in stride(from: start + 3, to: start, by: -1) { prints[place] = prints[place - 1] }
    prints[start] = print
    return false
  }
}

extension TradeID {
  /// All bytes and the length, well mixed.
  @inline(__always)
  fileprivate var mixed: UInt64 {
    var mixed: UInt64 = 0x9E37_79B9_7F4A_7C15
    for word in 0..<5 {
      mixed = (mixed ^ storage[word]) &* 0xBF58_476D_1CE4_E5B9
      mixed ^= mixed >> 32
    }
    mixed = (mixed ^ (mixed >> 29)) &* 0x94D0_49BB_1331_11EB
    mixed = (mixed ^ (mixed >> 32)) &* 0x9FB2_1C65_1E98_DF25
    return mixed ^ (mixed >> 29)
  }

  /// The last three digits as a number, where all bytes are digits; nil where one is not.
  @inline(__always)
  fileprivate var lastThreeDigits: UInt64? {
    let length = count
    // Eight bytes at a time: a digit's upper half is 3, and adding 6 leaves it at 3.
    for word in 0..<5 where word * 8 < length {
      let bytes = length - word * 8
      let used: UInt64 = bytes >= 8 ? .max : (1 << UInt64(bytes * 8)) - 1
      let text = storage[word]
      let upper = (text & 0xF0F0_F0F0_F0F0_F0F0) ^ 0x3030_3030_3030_3030
      let carried = ((text & 0x0F0F_0F0F_0F0F_0F0F) &+ 0x0606_0606_0606_0606) & 0xF0F0_F0F0_F0F0_F0F0
      if (upper | carried) & used != 0 { return nil }
    }
    var number: UInt64 = 0
    for offset in max(0, length - 3)..<length { number = number * 10 + UInt64(self[offset] & 15) }
    return number
  }
}
