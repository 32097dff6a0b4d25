package import ArbdFramework
import Glibc

/// An injection as the schedule tells it to whoever waits for alerts: a line of JSON.
package struct InjectionReport: Sendable {
  package struct Pair: Sendable, Equatable {
    package let buy: SimulatedMarket
    package let sell: SimulatedMarket
    /// Between the middles of the books.
    package let bps: Double
    /// The same in the quote asset, at the prices of the start.
    package let quoteSize: Double
  }

  package let injection: Injection
  /// All pairs of markets at two venues that the injection drives apart, with equal assets (dollars count as equal).
  package let pairs: [Pair]
  /// Of a triangle: the assets in the order in which going round them pays.
  package let cycle: [String]

  package init(_ injection: Injection, _ markets: [SimulatedMarket]) {
    self.injection = injection
    let shifts = markets.map { InjectionReport.shift(of: $0, by: injection) }
    var pairs: [Pair] = []
    for (low, buy) in markets.enumerated() {
      for (high, sell) in markets.enumerated() where buy.venue != sell.venue && shifts[high] > shifts[low] {
        guard buy.instrument.base == sell.instrument.base,
          InjectionReport.areEqual(buy.instrument.quote, sell.instrument.quote)
        else { continue }
        let bps = expm1(shifts[high] - shifts[low]) * 1e4
        let price = ReferenceValues.price(of: buy.instrument)
        pairs.append(Pair(buy: buy, sell: sell, bps: bps, quoteSize: price * bps / 1e4))
      }
    }
    self.pairs = pairs
    cycle = InjectionReport.cycle(injection, markets)
  }

  /// How far the logarithm of a market's price is driven from that of its value.
  private static func shift(of market: SimulatedMarket, by injection: Injection) -> Double {
    switch injection.kind {
    case .spread(let base, let sell, let buy):
      let half = log1p(injection.bps / 1e4) / 2
      let asset = market.venue == sell ? half : market.venue == buy ? -half : 0
      if market.instrument.base == base { return asset }
      return market.instrument.quote == base ? -asset : 0
    case .triangle(let venue, let instrument):
      return market.venue == venue && market.instrument == instrument ? log1p(injection.bps / 1e4) : 0
    }
  }

  private static func areEqual(_ one: String, _ other: String) -> Bool {
    one == other || ReferenceValues.dollars.contains(one) && ReferenceValues.dollars.contains(other)
  }

  private static func cycle(_ injection: Injection, _ markets: [SimulatedMarket]) -> [String] {
    guard case .triangle(let venue, let instrument) = injection.kind,
      let market = markets.first(where: { $0.venue == venue && $0.instrument == instrument }),
      let triangle = Triangle(through: market, markets)
    else { return [] }
    return injection.bps >= 0
      ? [triangle.common, instrument.base, instrument.quote] : [triangle.common, instrument.quote, instrument.base]
  }

  /// `{"injection":"spread","start_us":…,"end_us":…,"bps":80,"pairs":[{"buy":{"venue":"binance","instrument":"BTC-USDT"},
  /// "sell":{…},"bps":80,"quote_size":480}]}`; a triangle has `venue`, `instrument` and `cycle` too. `start` is the
  /// simulation's.
  package func line(start: Timestamp) -> [UInt8] {
    var bytes: [UInt8] = []
    switch injection.kind {
    case .spread: bytes.append("{\"injection\":\"spread\"")
    case .triangle: bytes.append("{\"injection\":\"triangle\"")
    }
    bytes.append(",\"start_us\":")
    bytes.append(integer: start.microseconds + injection.start / 1_000)
    bytes.append(",\"end_us\":")
    bytes.append(integer: start.microseconds + injection.end / 1_000)
    bytes.append(",\"bps\":")
    bytes.append(double: injection.bps)
    if case .triangle(let venue, let instrument) = injection.kind {
      bytes.append(",\"venue\":\"")
      bytes.append(contentsOf: venue.rawValue.utf8)
      bytes.append("\",\"instrument\":")
      bytes.append(jsonString: instrument.description)
      bytes.append(",\"cycle\":[")
      for (number, asset) in cycle.enumerated() {
        if number > 0 { bytes.append(",") }
        bytes.append(jsonString: asset)
      }
      bytes.append("]")
    }
    bytes.append(",\"pairs\":[")
    for (number, pair) in pairs.enumerated() {
      bytes.append(number == 0 ? "{\"buy\":" : ",{\"buy\":")
      bytes.append(market: pair.buy)
      bytes.append(",\"sell\":")
      bytes.append(market: pair.sell)
      bytes.append(",\"bps\":")
      bytes.append(double: (pair.bps * 1e3).rounded() / 1e3)
      bytes.append(",\"quote_size\":")
      bytes.append(double: (pair.quoteSize * 1e8).rounded() / 1e8)
      bytes.append("}")
    }
    bytes.append("]}\n")
    return bytes
  }
}

extension [UInt8] {
  fileprivate mutating func append(market: SimulatedMarket) {
    append("{\"venue\":\"")
    append(contentsOf: market.venue.rawValue.utf8)
    append("\",\"instrument\":")
    append(jsonString: market.instrument.description)
    append("}")
  }
}
