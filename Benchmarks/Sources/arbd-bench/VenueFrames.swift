import ArbdAdapters
import ArbdFramework
import Logging

/// What made-up frames are frames of.
enum FrameKind: String, CaseIterable {
  case coinbaseMatch = "Coinbase match"
  case coinbaseChange = "Coinbase l2update, one level"
  case coinbaseDepth = "Coinbase l2update, 20 levels"
  case advancedTrade = "Coinbase Advanced market_trades"
  case advancedChange = "Coinbase Advanced l2_data, one level"
  case advancedDepth = "Coinbase Advanced l2_data, 20 levels"
  case binanceTrade = "Binance trade, raw"
  case binanceStreamTrade = "Binance trade, combined"
  case binanceQuote = "Binance bookTicker, combined"
  case binanceDepth = "Binance depth, 20 levels"
  case krakenTrade = "Kraken trade"
  case krakenQuote = "Kraken ticker"
  case krakenDepth = "Kraken book, 20 levels with a checksum"
  case okxTrade = "OKX trades"
  case okxQuote = "OKX bbo-tbt"
  case okxDepth = "OKX books, 20 levels"
  case bybitTrade = "Bybit publicTrade"
  case bybitQuote = "Bybit orderbook.1"
  case bybitDepth = "Bybit orderbook.50, 20 levels"
  case declarativeTrade = "a spec's trade, Bitstamp's live_trades"
  case declarativeQuote = "a spec's quote, Bitstamp's order_book of 100 levels"

  /// Levels that a frame changes; nil for frames that are of no book.
  var levels: Int? {
    switch self {
    case .coinbaseChange, .advancedChange: 1
    case .coinbaseDepth, .advancedDepth, .binanceDepth, .krakenDepth, .okxDepth, .bybitDepth: 20
    default: nil
    }
  }

  var channel: Channel {
    switch self {
    case .coinbaseMatch, .advancedTrade, .binanceTrade, .binanceStreamTrade, .krakenTrade, .okxTrade, .bybitTrade,
      .declarativeTrade:
      .trades
    case .coinbaseChange, .advancedChange, .binanceQuote, .krakenQuote, .okxQuote, .bybitQuote,
      .declarativeQuote:
      .quotes
    case .coinbaseDepth, .advancedDepth, .binanceDepth, .krakenDepth, .okxDepth, .bybitDepth: .book
    }
  }

  /// In millions a second.
  var requiredRate: Double {
    if self == .declarativeTrade { return 0.5 }
    // It is some 5,000 bytes long.
    if self == .declarativeQuote { return 0.1 }
    return FoundationReading.kinds.contains(self) ? 5 : channel == .book ? 0.5 : 3
  }
}

/// Frames of a venue's channel, and the adapter that reads them.
struct VenueFrames {
  let kind: FrameKind
  /// The first ones begin the books, where there are any.
  let frames: Lines
  /// Of each book that is asked for by a request.
  let snapshots: [String]
  let markets = MarketTable()

  init(_ kind: FrameKind, count: Int) {
    self.kind = kind
    var tape = FrameTape(kind)
    var frames = Lines()
    let opening = tape.opening
    snapshots = kind == .binanceDepth ? opening : []
    if snapshots.isEmpty { for frame in opening { frames.append(frame) } }
    for number in frames.ranges.count..<count {
      frames.append(tape.next(at: FrameTape.start + Int64(number) * 1_000))
    }
    self.frames = frames
  }

  func adapter() throws -> any ExchangeAdapter {
    switch kind {
    case .coinbaseMatch, .coinbaseChange, .coinbaseDepth:
      try CoinbaseAdapter(options: .init(data: options), context: context)
    case .advancedTrade, .advancedChange, .advancedDepth:
      try CoinbaseAdvancedAdapter(options: options, context: context)
    case .binanceTrade, .binanceStreamTrade, .binanceQuote, .binanceDepth:
      try BinanceAdapter(options: .init(data: options), context: context)
    case .krakenTrade, .krakenQuote, .krakenDepth: try KrakenAdapter(options: options, context: context)
    case .okxTrade, .okxQuote, .okxDepth: try OKXAdapter(options: options, context: context)
    case .bybitTrade, .bybitQuote, .bybitDepth: try BybitAdapter(options: options, context: context)
    case .declarativeTrade, .declarativeQuote:
      try DeclarativeAdapter(options: .init(spec: try exampleSpec("bitstamp"), data: options), context: context)
    }
  }

  private struct SpecMissing: Error, CustomStringConvertible { let description: String }

  /// Of `Examples/declarative`, read as a configuration reads it.
  private func exampleSpec(_ name: String) throws -> DeclarativeFile {
    let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    let text = """
      {"sources": [{"type": "declarative", "spec": "/\(root)/Examples/declarative/\(name).json",
        "instruments": ["BTC-USD"]}]}
      """
    let (configuration, diagnostics) = Configuration.load(
      text: Array(text.utf8), fileName: "bench.json", environment: [:],
      registry: try Registry(adapters: [DeclarativeAdapter.self]))
    guard let options = configuration?.sources.first?.options as? DeclarativeAdapter.Options else {
      throw SpecMissing(description: "\(diagnostics)")
    }
    return options.spec
  }

  private var context: PluginContext { PluginContext(logger: .silent, name: "bench", markets: markets) }

  private var options: MarketDataOptions {
    var options = MarketDataOptions()
    options.instruments = FrameTape.instruments
    options.channels = [kind.channel]
    return options
  }
}

extension Logger {
  static let silent = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
}
