internal import ArbdFramework
internal import ArbdKafka

/// A partition that this run reads: where it is, and which markets were seen in it.
struct KafkaMember {
  let partition: KafkaPartition
  private var marks: OffsetMarks
  /// Of the record that comes next from the broker.
  var received: Int64?
  /// What was committed with the offset at which it began.
  private let resumed: CommittedProgress
  /// The event behind which all has been read again that an earlier run had read; nil before.
  private var rebuiltEvent: UInt64?
  private var markets: Set<MarketID> = []
  private var lastMarket: MarketID?
  /// Nil when it has to be said again.
  private var committed: KafkaPosition?

  init(_ position: KafkaPosition, resumed: CommittedProgress) {
    partition = position.partition
    marks = OffsetMarks(next: position.offset)
    received = position.offset
    self.resumed = resumed
    rebuiltEvent = resumed.firedUntil.isEmpty ? 0 : nil
    committed = position
  }

  var seenMarkets: [MarketID] { markets.sorted { $0.index < $1.index } }

  /// A record has become an event of the source.
  mutating func note(event: UInt64, offset: Int64, market: MarketID?) {
    marks.append(event: event, offset: offset)
    if let market, market != lastMarket {
      lastMarket = market
      markets.insert(market)
    }
  }

  /// What an earlier run had read is being read again.
  var isRebuilding: Bool { rebuiltEvent == nil }

  /// The detectors for which an earlier run had read no further than `offset`, which comes next, or than the end, where it
  /// is nil; said once. The source has had so many events.
  mutating func rebuilt(at offset: Int64?, events: UInt64) -> [String] {
    guard isRebuilding, offset.map({ $0 >= resumed.readUntil }) ?? true else { return [] }
    rebuiltEvent = events + UInt64(resumed.firedUntil.count)
    return resumed.firedUntil.keys.sorted()
  }

  /// Of the record that comes next from here.
  var next: Int64? { marks.next }

  mutating func skip(offset: Int64) { marks.skip(offset: offset) }

  /// A commit that nobody waited for has failed.
  mutating func forgetCommitted() { committed = nil }

  /// What is to be committed for the progress; nil when that was committed last and `isNews` is asked for.
  mutating func position(for progress: DetectionProgress, isNews: Bool) -> (position: KafkaPosition, leftOut: Int)? {
    // Where it began is where to go back to until all is read again that was read then.
    guard let rebuiltEvent, progress.events >= rebuiltEvent, let offset = marks.offset(from: progress.firstNeeded)
    else { return nil }
    marks.forget(before: progress.firstNeeded)
    let readUntil = marks.offset(from: progress.events, roundsUp: true) ?? offset
    var now = CommittedProgress(firedUntil: [:], readUntil: readUntil, clock: progress.clock)
    for detector in progress.detectors {
      let isHere = detector.markets.contains { markets.contains($0) }
      let times = [resumed.firedUntil[detector.name], isHere ? detector.firedUntil : nil].compactMap { $0 }
      now.firedUntil[detector.name] = times.max()
    }
    let (metadata, leftOut) = now.encoded
    let position = KafkaPosition(partition: partition, offset: offset, metadata: metadata)
    guard position != committed || !isNews else { return nil }
    committed = position
    return (position, leftOut)
  }
}
