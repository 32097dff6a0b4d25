package import ArbdFramework

/// The venues that the simulator speaks for.
package enum VenueKind: String, Sendable, Hashable, CaseIterable {
  case coinbase, binance, kraken, okx, bybit
  case coinbaseAdvanced = "coinbase_advanced"

  /// What they list unless told otherwise.
  package var defaultInstruments: [Instrument] {
    let dollar = self == .coinbase || self == .coinbaseAdvanced || self == .kraken ? "USD" : "USDT"
    let dollars = [Instrument(base: "BTC", quote: dollar), Instrument(base: "ETH", quote: dollar)]
    switch self {
    case .coinbase, .coinbaseAdvanced: return dollars
    case .binance, .kraken, .okx, .bybit: return dollars + [Instrument(base: "ETH", quote: "BTC")]
    }
  }

  /// Digits behind the point of all sizes; nil where they follow from what a unit is worth.
  fileprivate var sizeDigits: Int8? {
    switch self {
    case .coinbase, .coinbaseAdvanced, .kraken, .okx: 8
    case .binance, .bybit: nil
    }
  }
}

/// An instrument as a simulated venue lists it.
package struct SimulatedMarket: Sendable, Hashable {
  package let venue: VenueKind
  package let instrument: Instrument
  /// Prices are multiples of it. At most eight decimals, as venues write them.
  package let tick: ExactDecimal
  /// Sizes are multiples of it.
  package let lot: ExactDecimal

  /// With the tick and lot that fit the price at the start.
  package init(venue: VenueKind, instrument: Instrument) {
    self.venue = venue
    self.instrument = instrument
    let price = ReferenceValues.price(of: instrument)
    tick = ExactDecimal(mantissa: 1, exponent: SimulatedMarket.tickExponent(price))
    let digits = venue.sizeDigits
    lot = ExactDecimal(mantissa: 1, exponent: digits.map { -$0 } ?? SimulatedMarket.lotExponent(instrument.base))
  }

  /// Cents for what costs hundreds and more; otherwise five significant digits.
  private static func tickExponent(_ price: Double) -> Int8 {
    if price >= 100 { return -2 }
    var exponent: Int8 = -3
    var bound = 10.0
    while price < bound, exponent > -8 {
      exponent -= 1
      bound /= 10
    }
    return exponent
  }

  /// A lot is worth about a dollar, or less.
  private static func lotExponent(_ base: String) -> Int8 {
    var exponent: Int8 = 0
    var worth = ReferenceValues.value(of: base)
    while worth > 1, exponent > -8 {
      exponent -= 1
      worth /= 10
    }
    return exponent
  }
}

extension SimulatedMarket: CustomStringConvertible {
  package var description: String { "\(venue.rawValue) \(instrument)" }
}
