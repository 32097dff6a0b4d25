internal import ArbdFramework
internal import ArbdKafka

/// A partition that this run reads: where it is, and which markets were seen in it.
struct KafkaMember {
  let partition: KafkaPartition
  private var marks: OffsetMarks
  /// Of the record that comes next from the broker.
  var received: Int64?
  /// What earlier runs have fired.
  private let resumed: [String: Timestamp]
  private var markets: Set<MarketID> = []
  private var lastMarket: MarketID?
  private var committed: KafkaPosition

  init(_ position: KafkaPosition, resumed: [String: Timestamp]) {
    partition = position.partition
    marks = OffsetMarks(next: position.offset)
    received = position.offset
    self.resumed = resumed
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

  mutating func skip(offset: Int64) { marks.skip(offset: offset) }

  /// What is to be committed for the progress; nil when that was committed last.
  mutating func position(for progress: DetectionProgress) -> (position: KafkaPosition, leftOut: Int)? {
    guard let offset = marks.offset(from: progress.firstNeeded) else { return nil }
    var fired = CommittedProgress()
    for detector in progress.detectors {
      let isHere = detector.markets.contains { markets.contains($0) }
      let times = [resumed[detector.name], isHere ? detector.firedUntil : nil].compactMap { $0 }
      fired.firedUntil[detector.name] = times.max()
    }
    let (metadata, leftOut) = fired.encoded
    let position = KafkaPosition(partition: partition, offset: offset, metadata: metadata)
    guard position != committed else { return nil }
    committed = position
    return (position, leftOut)
  }
}
