import Testing

@testable import ArbdFramework

/// Times are in milliseconds here; windows are one second long.
@Suite struct WatermarkTests {
  @Test(
    arguments: [
      (0, 0), (999, 0), (1_000, 1), (-1, -1), (-1_000, -1), (-1_001, -2), (-2_000, -2), (60_000, 60),
    ] as [(Int64, Int64)])
  func windowsHoldTheirStartAndNotTheirEnd(_ time: Int64, _ number: Int64) {
    let frame = WindowFrame(size: 1_000_000, offset: 0)
    #expect(frame.number(at: time * 1_000) == number)
    let shifted = WindowFrame(size: 1_000_000, offset: 250_000)
    #expect(shifted.number(at: (time + 250) * 1_000) == number)
    #expect(shifted.start(of: number) == number * 1_000_000 + 250_000)
    #expect(shifted.end(of: number) == shifted.start(of: number + 1))
  }

  @Test(arguments: [0, 7_000, 999_999] as [Int64])
  func aWindowFiresOneMillisecondBeforeItsEnd(_ offset: Int64) {
    let frame = WindowFrame(size: 1_000_000, offset: offset)
    for number in Int64(-3)...3 {
      let mark = frame.firingMark(of: number)
      #expect(mark == frame.end(of: number) - 1_000)
      #expect(frame.lastFired(at: mark) == number)
      #expect(frame.lastFired(at: mark - 1) == number - 1)
    }
  }

  @Test func theSlowestMarketDecides() {
    var watermark = TestWatermark(markets: 2)
    #expect(watermark.record(0, at: 5_000, clock: 0) == 4)
    #expect(watermark.record(1, at: 2_000, clock: 0) == nil)  // never goes back
    #expect(watermark.record(0, at: 9_000, clock: 0) == nil)
    #expect(watermark.record(1, at: 7_998, clock: 0) == 6)
    #expect(watermark.record(1, at: 7_999, clock: 0) == 7)
    #expect(watermark.record(1, at: 3_000, clock: 0) == nil)
  }

  @Test func theLargestDecidesWhenMerged() {
    var watermark = TestWatermark(markets: 2, isMerged: true)
    #expect(watermark.record(0, at: 5_000, clock: 0) == 4)
    #expect(watermark.record(1, at: 2_000, clock: 0) == nil)
    #expect(watermark.record(1, at: 9_000, clock: 0) == 8)
    #expect(watermark.withdraw(1, clock: 0) == nil)
    #expect(watermark.deadline == .max)
  }

  @Test func outOfOrdernessHoldsBack() {
    var watermark = TestWatermark(markets: 1, outOfOrderness: 500)
    #expect(watermark.record(0, at: 1_498, clock: 0) == -1)
    #expect(watermark.record(0, at: 1_499, clock: 0) == 0)
  }

  @Test func aMarketIsIdleOnlyBeyondTheTimeout() {
    var watermark = TestWatermark(markets: 2, idleTimeout: 100)
    _ = watermark.record(1, at: 500, clock: 0)
    _ = watermark.record(0, at: 5_000, clock: 50)
    #expect(watermark.clock(100) == nil)
    #expect(watermark.clock(101) == 4)
    // Its next record counts again, late or not.
    #expect(watermark.record(1, at: 600, clock: 101) == nil)
    #expect(watermark.record(0, at: 8_000, clock: 102) == nil)
    #expect(watermark.clock(202) == 7)
  }

  @Test func whenAllAreIdleTheLargestDecides() {
    var watermark = TestWatermark(markets: 3, idleTimeout: 100)
    _ = watermark.record(0, at: 500, clock: 0)
    _ = watermark.record(1, at: 5_000, clock: 0)
    _ = watermark.record(2, at: 700, clock: 0)
    #expect(watermark.withdraw(1, clock: 0) == nil)
    #expect(watermark.withdraw(0, clock: 0) == nil)
    #expect(watermark.withdraw(2, clock: 0) == 4)
  }

  @Test func withdrawnMarketsAreIdleWithoutATimeout() {
    var watermark = TestWatermark(markets: 2)
    _ = watermark.record(1, at: 500, clock: 0)
    _ = watermark.record(0, at: 3_000, clock: 0)
    #expect(watermark.withdraw(1, clock: 0) == 2)
    #expect(watermark.withdraw(1, clock: 0) == nil)
    #expect(watermark.record(1, at: 600, clock: 0) == nil)
    #expect(watermark.record(0, at: 6_000, clock: 0) == nil)
  }

  @Test func aMarketThatWasNeverSeenHoldsNothingBack() {
    var watermark = TestWatermark(markets: 2)
    #expect(watermark.withdraw(1, clock: 0) == nil)
    #expect(watermark.record(0, at: 1_000, clock: 0) == 0)
  }
}

/// Gives the number of the last fired window when it has moved; times in milliseconds.
private struct TestWatermark {
  private var watermark: Watermark

  init(markets: Int, outOfOrderness: Int64 = 0, idleTimeout: Int64? = nil, isMerged: Bool = false) {
    watermark = Watermark(
      Watermark.Settings(
        frame: WindowFrame(size: 1_000_000, offset: 0), outOfOrderness: outOfOrderness * 1_000,
        idleTimeout: idleTimeout.map { $0 * 1_000 }, isMerged: isMerged))
    for _ in 0..<markets { watermark.addMarket() }
  }

  var deadline: Int64 { watermark.deadline }

  mutating func record(_ market: Int, at time: Int64, clock: Int64) -> Int64? {
    watermark.record(market: market, eventTime: time * 1_000, clock: clock * 1_000)
      ? watermark.lastFired : nil
  }

  /// As the engine does: only beyond the deadline is there anything to do.
  mutating func clock(_ clock: Int64) -> Int64? {
    guard clock * 1_000 > watermark.deadline else { return nil }
    return watermark.clockPassedDeadline(clock * 1_000) ? watermark.lastFired : nil
  }

  mutating func withdraw(_ market: Int, clock: Int64) -> Int64? {
    watermark.withdraw(market: market, clock: clock * 1_000) ? watermark.lastFired : nil
  }
}
