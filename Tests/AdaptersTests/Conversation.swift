import ArbdFramework

@testable import ArbdAdapters

/// A session in conversation with a test: texts in, what came out of each as text.
struct Conversation {
  private var session: any ExchangeSession
  private let markets: MarketTable
  let subscriptions: [Subscription]

  /// When a frame arrives unless a test says otherwise.
  static let now = Timestamp(microseconds: 1_900_000_000_000_000)

  static func coinbase(_ instruments: [String] = ["BTC-USD", "ETH-USD"]) -> Conversation {
    let subscribed = Subscribed("coinbase", trades: instruments, symbol: CoinbaseSymbols.symbol)
    return Conversation(subscribed) { CoinbaseSession(plan: $0) }
  }

  static func binance(
    trades: [String] = ["BTC-USDT", "ETH-BTC"], quotes: [String] = ["BTC-USDT", "SOL-USDT"]
  ) -> Conversation {
    let subscribed = Subscribed("binance", trades: trades, quotes: quotes, symbol: BinanceSymbols.symbol)
    return Conversation(subscribed) { BinanceSession(plan: $0) }
  }

  private init(_ subscribed: Subscribed, _ makeSession: (ConnectionPlan) -> any ExchangeSession) {
    markets = subscribed.markets
    subscriptions = subscribed.subscriptions
    session = makeSession(ConnectionPlan(subscriptions: subscribed.subscriptions))
  }

  @discardableResult
  mutating func connect() -> Reception {
    reception { session, output in
      session.connected(at: Conversation.now, &output)
      return nil
    }
  }

  mutating func subscribe(_ subscriptions: [Subscription]) -> Reception {
    reception { session, output in
      session.subscribe(subscriptions, &output)
      return nil
    }
  }

  mutating func unsubscribe(_ subscriptions: [Subscription]) -> Reception {
    reception { session, output in
      session.unsubscribe(subscriptions, &output)
      return nil
    }
  }

  @discardableResult
  mutating func receive(_ frame: String, at time: Timestamp = now) -> Reception {
    receive(Array(frame.utf8), at: time)
  }

  @discardableResult
  mutating func receive(_ frame: [UInt8], at time: Timestamp = now) -> Reception {
    reception { session, output in
      do throws(SessionError) {
        return .read(try session.receive(frame.span.bytes, at: time, &output))
      } catch {
        return .unreadable(error)
      }
    }
  }

  private mutating func reception(
    _ step: (inout any ExchangeSession, inout SessionOutput) -> Reception.Outcome?
  ) -> Reception {
    var output = SessionOutput()
    let outcome = step(&session, &output)
    return Reception(
      outcome: outcome, events: output.events.map(line), actions: output.actions.map(text),
      duplicates: output.duplicates, recovered: output.recovered)
  }

  private func line(_ event: MarketEvent) -> String {
    var bytes: [UInt8] = []
    switch event {
    case .trade(let trade): bytes.append(trade: trade, at: markets[trade.market])
    case .quote(let quote): bytes.append(quote: quote, at: markets[quote.market])
    case .withdrawn, .clock: return "\(event), which no session may emit"
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

  var kind: FrameKind? {
    if case .read(let kind) = outcome { kind } else { nil }
  }

  var error: SessionError? {
    if case .unreadable(let error) = outcome { error } else { nil }
  }
}

/// The subscriptions of a connection, their markets numbered.
private struct Subscribed {
  let markets = MarketTable()
  let subscriptions: [Subscription]

  init(_ venue: String, trades: [String], quotes: [String] = [], symbol: (Instrument) -> String) {
    let wanted = trades.map { ($0, Channel.trades) } + quotes.map { ($0, Channel.quotes) }
    subscriptions = wanted.compactMap { [markets] text, channel in
      guard let instrument = Instrument(text),
        let market = markets.intern(Market(venue: venue, instrument: instrument))
      else { return nil }
      return Subscription(
        market: market, instrument: instrument, symbol: symbol(instrument), channel: channel)
    }
  }
}
