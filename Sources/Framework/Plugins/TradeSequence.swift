/// The trade ids of one market where the venue numbers them one by one: tells the new from the repeated, and counts
/// what is missing.
///
/// Trades may arrive out of order, so the last 64 ids are remembered one by one.
public struct TradeSequence: Sendable {
  public enum Verdict: Sendable, Equatable {
    /// New; `missing` ids between the last one and this did not arrive.
    case new(missing: UInt64)
    /// New, and counted as missing before.
    case recovered
    case duplicate
  }

  /// The highest id that has arrived.
  private var highest: UInt64?
  /// Bit n: the id `highest − n` has been seen.
  private var seen: UInt64 = 0
  /// The event time of the newest trade that raised `highest`.
  private var highestTime = Timestamp(microseconds: .min)
  /// Up to here every id has either arrived or been counted as missing.
  private var accounted: UInt64?

  public init() {}

  /// A trade with this id has arrived, in which the venue has joined the `count` ids up to it.
  ///
  /// An id far below the highest is a repetition unless the trade is newer than the highest one's: then the venue has
  /// begun to count anew.
  public mutating func receive(_ id: UInt64, covering count: UInt64 = 1, at eventTime: Timestamp) -> Verdict {
    guard let highest else {
      let missing = expect(through: id)
      restart(at: id, eventTime)
      // The trade itself is not missing, and one that had been announced was never counted.
      return .new(missing: missing > count ? missing - count : 0)
    }
    if id > highest {
      let missing = expect(through: id)
      let distance = id - highest
      seen = (distance < 64 ? seen << distance : 0) | 1
      self.highest = id
      highestTime = max(highestTime, eventTime)
      return missing > 0 ? .new(missing: missing > count ? missing - count : 0) : .recovered
    }
    let age = highest - id
    if age < 64 {
      let bit: UInt64 = 1 << age
      if seen & bit != 0 { return .duplicate }
      seen |= bit
      return .recovered
    }
    guard eventTime > highestTime else { return .duplicate }
    accounted = id
    restart(at: id, eventTime)
    return .new(missing: 0)
  }

  /// The venue says that the trade with this id was its last. Gives how many did not arrive.
  public mutating func expect(through id: UInt64) -> UInt64 {
    guard let accounted else {
      self.accounted = id
      return 0
    }
    guard id > accounted else { return 0 }
    self.accounted = id
    return id - accounted
  }

  /// The trade with this id is history, which the venue repeats at the start: counting goes on from it, and it is not
  /// to come again. Gives how many did not arrive; before the first trade of the stream nothing is missing.
  public mutating func begin(behind id: UInt64) -> UInt64 {
    let missing = expect(through: id)
    guard highestTime == Timestamp(microseconds: .min) else { return missing }
    if highest.map({ $0 < id }) ?? true { restart(at: id, highestTime) }
    return 0
  }

  private mutating func restart(at id: UInt64, _ eventTime: Timestamp) {
    highest = id
    highestTime = eventTime
    // What is older than the first one seen is history: not missing, and a repetition when it comes.
    seen = .max
  }
}
