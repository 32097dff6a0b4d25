import ArbdFramework
import Testing

@testable import ArbdSinks

@Suite struct AlertListingTests {
  @Test func aLineForPeople() {
    #expect(
      AlertListing(.text).line(Sample.spread())
        == "2026-01-01 00:00:11.699  btc  buy binance BTC-USDT 60,041.97 → sell coinbase BTC-USD 60,109.98  "
        + "spread 68.0160  gross +11.33 bps  net −58.69 bps\n")
  }

  @Test func aRowForSpreadsheets() {
    let listing = AlertListing(.csv)
    let columns = listing.heading.split(separator: ",").count
    let row = listing.line(Sample.cycle)
    #expect(row.split(separator: ",", omittingEmptySubsequences: false).count == columns)
    #expect(row.hasPrefix("1970-01-01T23:59:59.999999Z,\(Sample.cycle.id),triangle,cycle,"))
    #expect(row.contains(",,13.0085,-17.0005,buy binance BTC-USDT 60043.64 > "))
  }

  @Test(arguments: [
    ("=1+1", "'=1+1"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("@x", "'@x"), ("-5", "-5"), ("-a", "'-a"),
  ])
  func cellsAreSafe(name: String, cell: String) {
    let alert = Sample.spread()
    let named = Alert(
      detector: name, type: alert.type, windowStart: alert.windowStart, windowEnd: alert.windowEnd, legs: alert.legs,
      spread: nil, grossBasisPoints: 1, netBasisPoints: 1, detectedAt: alert.detectedAt)
    #expect(AlertListing(.csv).line(named).contains(",\(cell),spread,"))
  }
}
