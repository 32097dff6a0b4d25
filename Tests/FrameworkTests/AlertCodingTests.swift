import Testing

@testable import ArbdFramework

@Suite struct AlertCodingTests {
  static let legs = [
    Alert.Leg(
      side: .buy, market: market("binance", "BTC-USDT"), price: 60044.000716612325, feeBasisPoints: 10),
    Alert.Leg(side: .sell, market: market("coinbase", "BTC-USD"), price: 60091.21, feeBasisPoints: 60.5),
  ]

  @Test func aSpreadIsWrittenAsDocumented() {
    let expected = """
      {"id":"\(alert(spread: 47.2).id)","detector":"btc","type":"spread","window_start_us":1700000000000000,\
      "window_end_us":1700000010000000,"legs":[{"side":"buy","venue":"binance","instrument":"BTC-USDT",\
      "price":60044.000716612325,"fee_bps":10},{"side":"sell","venue":"coinbase","instrument":"BTC-USD",\
      "price":60091.21,"fee_bps":60.5}],"spread":47.2,"gross_bps":7.86,"net_bps":-62.1,\
      "detected_at_us":1700000012000001}
      """
    #expect(line(alert(spread: 47.2)) == expected)
  }

  @Test func aCycleHasNoSpread() {
    #expect(!line(alert(spread: nil)).contains("spread\":"))
  }

  @Test func namesAreEscaped() {
    let odd = alert(detector: "a\"b", legs: [])
    #expect(line(odd).contains(#""detector":"a\"b","#))
    #expect(line(odd).contains(#""legs":[]"#))
  }

  /// SHA-256 of the lines `btc`, `1700000000000000`, `1700000010000000`, `buy binance BTC-USDT`, `sell coinbase BTC-USD`.
  @Test func theIDIsTheHashOfWhatItIsAbout() {
    #expect(alert().id == "7ba381ee0d5c5f158cc340ffb5d5c954")
  }

  @Test func theIDDependsOnTheOpportunityAlone() {
    let one = alert()
    #expect(alert(spread: 1, gross: 2, detectedAt: 3).id == one.id)
    let others = [
      alert(detector: "eth"), alert(start: 1), alert(end: 1), alert(legs: Array(Self.legs.reversed())),
      alert(legs: [Self.legs[0]]),
    ]
    #expect(Set(others.map(\.id) + [one.id]).count == 6)
  }

  private static func market(_ venue: String, _ instrument: String) -> Market {
    let assets = instrument.split(separator: "-").map(String.init)
    return Market(venue: venue, instrument: Instrument(base: assets[0], quote: assets[1]))
  }

  private func alert(
    detector: String = "btc", start: Int64 = 1_700_000_000_000_000, end: Int64 = 1_700_000_010_000_000,
    legs: [Alert.Leg] = legs, spread: Double? = nil, gross: Double = 7.86,
    detectedAt: Int64 = 1_700_000_012_000_001
  ) -> Alert {
    Alert(
      detector: detector, type: spread == nil ? "cycle" : "spread",
      windowStart: Timestamp(microseconds: start),
      windowEnd: Timestamp(microseconds: end), legs: legs, spread: spread, grossBasisPoints: gross,
      netBasisPoints: -62.1, detectedAt: Timestamp(microseconds: detectedAt))
  }

  private func line(_ alert: Alert) -> String {
    var bytes: [UInt8] = []
    bytes.append(alert: alert)
    return String(decoding: bytes, as: UTF8.self)
  }
}
