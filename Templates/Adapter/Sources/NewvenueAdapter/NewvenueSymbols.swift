import ArbdFramework

/// What the venue calls instruments.
enum NewvenueSymbols {
  /// `BTC-USD` is `BTC_USD`.
  static func symbol(for instrument: Instrument) -> String { "\(instrument.base)_\(instrument.quote)" }
}
