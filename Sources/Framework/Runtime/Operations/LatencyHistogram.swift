/// How often a time span fell into which of 53 buckets, two for each doubling from 1 µs to 67 s: a bucket's upper bound is
/// at most half above the one before it, which is how exact a quantile read from it is.
///
/// Fixed memory; adding is a subtraction, a count of leading zeros and two stores.
package struct LatencyHistogram: Sendable {
  /// Buckets with an upper bound; one more holds what is above the last.
  package static let boundedBuckets = 52

  private var counts = InlineArray<53, UInt64>(repeating: 0)
  /// Of all that was added. A double, since the sum of what venues call their time may be more than an integer holds.
  package private(set) var sumMicroseconds = 0.0

  /// The least that was added since it was last asked for, with its sign.
  private var least = Int64.max

  package init() {}

  /// Nil when nothing was added since the last time.
  mutating func takeLeast() -> Int64? {
    defer { least = .max }
    return least == .max ? nil : least
  }

  /// The inclusive upper bound of a bucket: 1, 2, 3, 4, 6, 8, 12, 16…
  package static func upperBound(of bucket: Int) -> Int64 {
    if bucket < 2 { return Int64(bucket) + 1 }
    let octave = Int64(bucket / 2)
    return (1 << octave) + Int64(bucket % 2 + 1) << (octave - 1)
  }

  /// Adds a span; a negative one, as of a venue whose clock is ahead, counts as none at all.
  @inline(__always)
  package mutating func add(microseconds span: Int64) {
    least = min(least, span)
    let span = max(0, span)
    counts[LatencyHistogram.bucket(of: span)] &+= 1
    sumMicroseconds += Double(span)
  }

  @inline(__always)
  private static func bucket(of span: Int64) -> Int {
    if span <= 2 { return span < 2 ? 0 : 1 }
    let below = UInt64(bitPattern: span &- 1)
    let octave = 63 &- below.leadingZeroBitCount
    let half = Int(truncatingIfNeeded: below >> UInt64(truncatingIfNeeded: octave &- 1)) & 1
    return min(octave &* 2 &+ half, boundedBuckets)
  }

  package mutating func add(_ other: LatencyHistogram) {
    for bucket in 0...LatencyHistogram.boundedBuckets { counts[bucket] &+= other.counts[bucket] }
    sumMicroseconds += other.sumMicroseconds
  }

  /// How many spans there are in the bucket, without those of the buckets below.
  package subscript(bucket: Int) -> UInt64 { counts[bucket] }

  package var count: UInt64 {
    var count: UInt64 = 0
    for bucket in 0...LatencyHistogram.boundedBuckets { count &+= counts[bucket] }
    return count
  }
}

extension LatencyHistogram {
  /// Adds how long after its event time each record was received. A record without an event time of its own has its
  /// receive time for one, and says nothing.
  mutating func addLags(of events: [MarketEvent]) {
    for event in events {
      switch event {
      case .trade(let trade): addLag(trade.eventTime, trade.receiveTime)
      case .quote(let quote): addLag(quote.eventTime, quote.receiveTime)
      case .withdrawn, .clock: break
      }
    }
  }

  @inline(__always)
  private mutating func addLag(_ event: Timestamp, _ receive: Timestamp) {
    if event != receive { add(microseconds: receive.microseconds &- event.microseconds) }
  }
}
