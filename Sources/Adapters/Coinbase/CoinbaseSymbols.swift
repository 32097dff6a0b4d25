import ArbdFramework

/// Coinbase's product ids are the usual tickers already: `BTC-USD`.
enum CoinbaseSymbols {
  static func symbol(for instrument: Instrument) -> String { instrument.description }
}
