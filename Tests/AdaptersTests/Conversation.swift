import ArbdAdapters
import Logging

@testable import ArbdFramework

/// A session in conversation with a test, behind the link that a run puts in front of it: texts in, what came out of each as
/// text.
struct Conversation {
  private let link: SessionLink
  private let markets: MarketTable
  let subscriptions: [Subscription]
  private var isConnected = false

  /// When a frame arrives unless a test says otherwise.
  static let now = Timestamp(microseconds: 1_900_000_000_000_000)

  static func coinbase(
    _ instruments: [String] = ["BTC-USD", "ETH-USD"], quotes: [String] = [], books: [String] = [],
    _ change: (inout CoinbaseAdapter.Options) -> Void = { _ in }
  ) -> Conversation {
    Conversation(CoinbaseAdapter.self, trades: instruments, quotes: quotes, books: books) {
      var options = CoinbaseAdapter.Options(data: $0)
      change(&options)
      return options
    }
  }

  static func binance(
    trades: [String] = ["BTC-USDT", "ETH-BTC"], quotes: [String] = ["BTC-USDT", "SOL-USDT"], books: [String] = []
  ) -> Conversation {
    Conversation(BinanceAdapter.self, trades: trades, quotes: quotes, books: books) { BinanceAdapter.Options(data: $0) }
  }

  init<Adapter: ExchangeAdapter>(
    _ type: Adapter.Type, trades: [String] = [], quotes: [String] = [], books: [String] = [],
    depth: Int = 50, _ options: (MarketDataOptions) -> Adapter.Options
  ) {
    let markets = MarketTable()
    var data = MarketDataOptions()
    data.instruments = Set(trades + quotes + books).sorted().compactMap { Instrument($0) }
    data.depth = depth
    let context = PluginContext.ofTest(Adapter.name, markets)
    guard let adapter = try? Adapter(options: options(data), context: context) else {
      preconditionFailure("\(Adapter.name) does not take \(data.instruments)")
    }
    let wanted = zip([trades, quotes, books], [Channel.trades, .quotes, .book]).flatMap { list, channel in
      list.map { ($0, channel) }
    }
    subscriptions = wanted.compactMap { text, channel in
      guard let instrument = Instrument(text),
        let market = markets.intern(Market(venue: adapter.venue.id, instrument: instrument))
      else { return nil }
      return Subscription(
        market: market, instrument: instrument, symbol: adapter.symbol(for: instrument), channel: channel)
    }
    link = adapter.makeLink(number: 0, plan: ConnectionPlan(subscriptions: subscriptions), markets: markets)
    self.markets = markets
  }

  /// With a venue whose adapter has no options of its own.
  init<Adapter: ExchangeAdapter>(
    _ type: Adapter.Type, trades: [String] = [], quotes: [String] = [], books: [String] = [], depth: Int = 50
  ) where Adapter.Options == MarketDataOptions {
    self.init(type, trades: trades, quotes: quotes, books: books, depth: depth) { $0 }
  }

  /// The messages of the first connection are of no interest to most tests.
  @discardableResult
  mutating func connect(at time: Timestamp = now) -> Reception {
    isConnected = true
    return reception { $0.connected(at: time) }
  }

  mutating func subscribe(_ subscriptions: [Subscription]) -> Reception {
    reception { $0.subscribe(subscriptions) }
  }

  mutating func unsubscribe(_ subscriptions: [Subscription]) -> Reception {
    reception { $0.unsubscribe(subscriptions) }
  }

  @discardableResult
  mutating func receive(_ frame: String, at time: Timestamp = now) -> Reception {
    receive(Array(frame.utf8), at: time)
  }

  @discardableResult
  mutating func receive(_ frame: [UInt8], at time: Timestamp = now) -> Reception {
    if !isConnected { connect(at: time) }
    var batch = InputBatch()
    let content = batch.store(frame.span.bytes)
    batch.append(.frame(ConnectionID(index: 0), content, at: time))
    return reception { $0.receive(batch, 0..<1) }
  }

  @discardableResult
  mutating func answer(_ request: Int, status: Int = 200, _ body: String, at time: Timestamp = now) -> Reception {
    let bytes = Array(body.utf8)
    return reception { $0.response(request, status: status, bytes.span.bytes, at: time) }
  }

  @discardableResult
  mutating func tick(at time: Timestamp) -> Reception { reception { $0.tick(at: time) } }

  /// The book of a market, while it is in step: `bids` and `asks` as sizes at prices, best first.
  func book(_ instrument: String) -> (bids: [String], asks: [String])? {
    guard let subscription = subscriptions.first(where: { "\($0.instrument)" == instrument }),
      let book = link.book(of: subscription.market)
    else { return nil }
    func text(_ side: BookSide) -> [String] { book.levels(side).map { "\($0.size) @ \($0.price)" } }
    return (text(.bid), text(.ask))
  }

  private mutating func reception(_ step: (SessionLink) -> Void) -> Reception {
    let before = link.counts
    step(link)
    let events = link.output.events.compactMap(line)
    link.output.removeEvents()
    let (actions, errors) = link.takeNews()
    let after = link.counts
    return Reception(
      outcome: errors.first.map { .unreadable($0) }
        ?? FrameKind.told(by: before.frames, after.frames).map { .read($0) },
      events: events, actions: actions.map(text), duplicates: after.duplicates - before.duplicates,
      recovered: after.recovered - before.recovered)
  }

  private func line(_ event: MarketEvent) -> String? {
    var bytes: [UInt8] = []
    switch event {
    case .trade(let trade): bytes.append(trade: trade, at: markets[trade.market])
    case .quote(let quote): bytes.append(quote: quote, at: markets[quote.market])
    case .withdrawn(let market, let channel, _): return "withdrawn \(channel?.rawValue ?? "all") of \(markets[market])"
    case .clock: return nil
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func text(_ action: SessionOutput.Action) -> String {
    switch action {
    case .send(let message): "send \(message)"
    case .acknowledged(let subscription): "acknowledged \(subscription)"
    case .refused(let subscription, let message): "refused \(subscription): \(message)"
    case .venueError(let message): "error: \(message)"
    case .missing(let market, let count): "missing \(count) of \(markets[market])"
    case .closing: "closing"
    case .fetch(let number, let path): "fetch \(number) \(path)"
    case .outOfStep(let subscription, let reason, let isLasting):
      "\(isLasting ? "down" : "out of step"): \(subscription): \(reason)"
    case .askAgain(let subscription): "ask again for \(subscription)"
    }
  }
}

/// What one frame gave.
struct Reception: Equatable {
  enum Outcome: Equatable {
    case read(FrameKind)
    case unreadable(SessionError)
  }

  /// Nil for a step that is no frame.
  let outcome: Outcome?
  /// As record lines.
  let events: [String]
  let actions: [String]
  let duplicates: UInt64
  let recovered: UInt64

  /// Without what tells that earlier data is not to be trusted any more.
  var data: [String] { events.filter { !$0.hasPrefix("withdrawn") } }

  var kind: FrameKind? {
    if case .read(let kind) = outcome { kind } else { nil }
  }

  var error: SessionError? {
    if case .unreadable(let error) = outcome { error } else { nil }
  }
}

extension FrameKind {
  /// The kind of the one frame by which the counts differ; nil for none.
  fileprivate static func told(by before: FrameCounts, _ after: FrameCounts) -> FrameKind? {
    if after.data > before.data { return .data }
    if after.control > before.control { return .control }
    if after.ignored > before.ignored { return .ignored }
    return after.unknown > before.unknown ? .unknown : nil
  }
}

extension PluginContext {
  static func ofTest(_ name: String, _ markets: MarketTable = MarketTable()) -> PluginContext {
    PluginContext(logger: Logger(label: "test"), name: name, markets: markets)
  }
}

/// Levels as most venues write them: `[["100.5","2"]]`, of a text as in `100.5/2 100.4/1`; `rest` stands behind each size.
func levelPairs(_ text: String, _ rest: String = "") -> String {
  let pairs = text.split(separator: " ").map { level in
    let parts = level.split(separator: "/")
    return #"["\#(parts[0])","\#(parts[1])"\#(rest)]"#
  }
  return "[\(pairs.joined(separator: ","))]"
}
