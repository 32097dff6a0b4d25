import Testing

@testable import ArbdFramework

@Suite struct AlertDecoderTests {
  private func decoded(_ text: String) throws -> Alert {
    let bytes = Array(text.utf8)
    return try AlertDecoder.decode(bytes.span.bytes)
  }

  private func encoded(_ alert: Alert) -> String {
    var bytes: [UInt8] = []
    bytes.append(alert: alert)
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func alertsAreReadAsTheyWereWritten() throws {
    var random = SeededRandom(seed: 7)
    for number in 0..<2_000 {
      let gross = Double.random(in: -1e6...1e6, using: &random)
      let legs = (0..<Int.random(in: 2...8, using: &random)).map { leg in
        Alert.Leg(
          side: leg % 2 == 0 ? .buy : .sell,
          market: Market(venue: "v\"\(leg)\u{e9}", instrument: Instrument(base: "B\(leg)", quote: "USD")),
          price: Double.random(in: 1e-12...1e12, using: &random), feeBasisPoints: Double(leg) / 3)
      }
      let alert = Alert(
        detector: "d \(number)\n", type: "spread", windowStart: Timestamp(microseconds: Int64(number) - 1_000),
        windowEnd: Timestamp(microseconds: Int64(number)), legs: legs, spread: number % 3 == 0 ? nil : gross / 7,
        grossBasisPoints: gross, netBasisPoints: gross - 0.1, detectedAt: Timestamp(microseconds: 5))
      #expect(try decoded(encoded(alert)) == alert)
    }
  }

  @Test func theIdentityIsKept() throws {
    let text = encoded(.sample(1)).replacing(Alert.sample(1).id, with: "00000000000000000000000000000000")
    #expect(try decoded(text).id == "00000000000000000000000000000000")
  }

  @Test(arguments: ["", "{}", "[]", #"{"id":"1","detector":"d","legs":[]}"#, #"{"id":"1","detector":"d","legs":[{}]}"#])
  func whatIsNoAlertIsRefused(text: String) {
    #expect(throws: LineError.self) { try decoded(text) }
  }
}
