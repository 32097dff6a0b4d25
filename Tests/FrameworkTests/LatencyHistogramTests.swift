import Testing

@testable import ArbdFramework

@Suite struct LatencyHistogramTests {
  @Test func boundsRise() {
    let bounds = (0..<LatencyHistogram.boundedBuckets).map(LatencyHistogram.upperBound)
    #expect(bounds.prefix(8) == [1, 2, 3, 4, 6, 8, 12, 16] && bounds.last == 67_108_864)
    #expect(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 && $1 <= 2 * $0 })
  }

  /// Each border, and its neighbours.
  @Test func eachSpanIsInTheFirstBucketThatHoldsIt() {
    let bounds = (0..<LatencyHistogram.boundedBuckets).map(LatencyHistogram.upperBound)
    for span in [.min, -1, 0] + bounds.flatMap({ [$0 - 1, $0, $0 + 1] }) + [Int64.max] {
      var histogram = LatencyHistogram()
      histogram.add(microseconds: span)
      let bucket = bounds.firstIndex { span <= $0 } ?? LatencyHistogram.boundedBuckets
      #expect(histogram[bucket] == 1 && histogram.count == 1, "\(span)")
      #expect(histogram.sumMicroseconds == Double(max(0, span)))
    }
  }

  @Test func lagsAreOfRecordsWithATimeOfTheirOwn() {
    func trade(_ event: Int64, _ receive: Int64) -> MarketEvent {
      .trade(
        Trade(
          market: MarketID(index: 0), side: .buy, price: quantity("1"), size: quantity("1"), id: TradeID(1),
          eventTime: Timestamp(microseconds: event), receiveTime: Timestamp(microseconds: receive)))
    }
    var histogram = LatencyHistogram()
    histogram.addLags(of: [
      trade(0, 5), trade(7, 7), trade(9, 8), trade(.min, .max), .clock(Timestamp(microseconds: 3)),
    ])
    #expect(histogram.count == 3)
    #expect(histogram[4] == 1)
  }
}
