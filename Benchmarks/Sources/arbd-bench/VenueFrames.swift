import ArbdAdapters
import ArbdFramework
import Logging

/// What made-up frames are frames of.
enum FrameKind: String, CaseIterable {
  case coinbaseMatch = "Coinbase match"
  case binanceTrade = "Binance trade, raw"
  case binanceStreamTrade = "Binance trade, combined"
  case binanceQuote = "Binance bookTicker, combined"
}

/// Frames of a venue's channel, and the adapter that reads them.
struct VenueFrames {
  let kind: FrameKind
  let frames: Lines
  let markets = MarketTable()

  init(_ kind: FrameKind, count: Int) {
    self.kind = kind
    var tape = FrameTape(kind)
    var frames = Lines()
    for number in 0..<count { frames.append(tape.next(at: FrameTape.start + Int64(number) * 1_000)) }
    self.frames = frames
  }

  func coinbase() throws -> CoinbaseAdapter { try CoinbaseAdapter(options: options, context: context) }
  func binance() throws -> BinanceAdapter { try BinanceAdapter(options: options, context: context) }

  func adapter() throws -> any ExchangeAdapter {
    switch kind {
    case .coinbaseMatch: try coinbase()
    case .binanceTrade, .binanceStreamTrade, .binanceQuote: try binance()
    }
  }

  private var context: PluginContext { PluginContext(logger: .silent, name: "bench", markets: markets) }

  private var options: MarketDataOptions {
    var options = MarketDataOptions()
    options.instruments = FrameTape.instruments
    options.channels = kind == .binanceQuote ? [.quotes] : [.trades]
    return options
  }
}

extension Logger {
  static let silent = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
}
