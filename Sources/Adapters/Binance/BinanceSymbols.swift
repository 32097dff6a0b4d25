import ArbdFramework

/// Binance glues base and quote together: `BTCUSDT` in messages, `btcusdt` in the names of streams. Such a symbol cannot
/// be taken apart again, so sessions look it up among those they were planned with.
enum BinanceSymbols {
  static func symbol(for instrument: Instrument) -> String {
    (instrument.base + instrument.quote).uppercased()
  }

  static func stream(_ subscription: Subscription) -> String {
    let symbol = subscription.symbol.lowercased()
    switch subscription.channel {
    case .trades: return "\(symbol)@trade"
    case .quotes: return "\(symbol)@bookTicker"
    }
  }
}
