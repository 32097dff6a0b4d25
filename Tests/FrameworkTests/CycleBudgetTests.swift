import Testing

@testable import ArbdFramework

/// A dense graph of many assets has more cycles than any machine can look at.
@Suite struct CycleBudgetTests {
  private func detector(assets count: Int, maxLegs: Int) -> (engine: CycleEvaluation, prices: [MemberPrice]) {
    let assets = (0..<count).map { "A\($0)" }
    var options = CycleOptions()
    options.venues = ["v"]
    options.assets = assets
    options.maxLegs = maxLegs
    options.threshold.netBasisPoints = 1e9
    let evaluation = CycleEvaluation(detector: "d", options: options, fees: FeeSchedule())
    var members = 0
    for (place, base) in assets.enumerated() {
      for quote in assets[(place + 1)...] {
        let market = Market(venue: "v", instrument: Instrument(base: base, quote: quote))
        if evaluation.admit(market) { members += 1 }
      }
    }
    return (evaluation, Array(repeating: MemberPrice(buy: 1, sell: 1), count: members))
  }

  private let window = FiredWindow(
    start: Timestamp(microseconds: 0), end: Timestamp(microseconds: 1), detectedAt: Timestamp(microseconds: 1))

  @Test func theSearchOfAWindowEnds() {
    let (evaluation, prices) = detector(assets: 40, maxLegs: 8)
    var alerts: [Alert] = []
    #expect(!evaluation.evaluate(window, prices: prices, into: &alerts))
  }

  @Test func tenThousandCyclesAreLookedAtInFull() {
    // 40 · 39 · 38 / 3 = 19,760 triangles.
    let (evaluation, prices) = detector(assets: 40, maxLegs: 3)
    var alerts: [Alert] = []
    #expect(evaluation.evaluate(window, prices: prices, into: &alerts))
  }

  @Test func validateWarnsOfIt() {
    let assets = (0..<24).map { "\"A\($0)\"" }.joined(separator: ",")
    let text = """
      {"sources":[{"type":"replay","path":"a"}],"fees":{"v":{"taker_bps":1}},
      "detectors":[{"name":"d","type":"cycle","venues":["v"],"assets":[\(assets)],"window":{"size":"1s"},
      "max_legs":6}],"sinks":[]}
      """
    let report = load(text).diagnostics.description
    #expect(report.hasPrefix("c.json:3:12: warning: detectors[0].max_legs: if all 24 assets trade"), "\(report)")
  }
}
