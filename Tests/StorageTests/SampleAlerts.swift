@testable import ArbdFramework

extension Alert {
  /// The alert of window `number`, at a spread that tells it from others.
  static func sample(_ number: Int, detector: String = "btc") -> Alert {
    let start = Timestamp(microseconds: Int64(number) * 10_000_000)
    let legs = [
      Leg(
        side: .buy, market: Market(venue: "binance", instrument: .usdt), price: 60_044.000716612325, feeBasisPoints: 10),
      Leg(side: .sell, market: Market(venue: "coinbase", instrument: .usd), price: 60_091.25, feeBasisPoints: 60),
    ]
    return Alert(
      detector: detector, type: "spread", windowStart: start,
      windowEnd: Timestamp(microseconds: start.microseconds + 10_000_000), legs: legs, spread: 47.25 + Double(number),
      grossBasisPoints: 7.869, netBasisPoints: -62.1,
      detectedAt: Timestamp(microseconds: start.microseconds + 12_000_000))
  }
}

extension Instrument {
  static let usd = Instrument(base: "BTC", quote: "USD")
  static let usdt = Instrument(base: "BTC", quote: "USDT")
}
