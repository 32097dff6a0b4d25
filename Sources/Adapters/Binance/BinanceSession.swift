public import ArbdFramework

/// A conversation with Binance's market streams: `trade` and `bookTicker`.
public struct BinanceSession: ExchangeSession {
  private let symbols: SymbolTable
  /// By place in `symbols`.
  private var sequences: [TradeSequence]
  private var lastUpdates: [UInt64?]
  /// What requests without an answer asked for, by their id.
  private var pending: [Int64: [Subscription]] = [:]
  private var nextRequest: Int64 = 1

  /// Streams in one request: five messages a second are allowed, however long.
  static let streamsPerRequest = 200

  /// An update so many before the last is no straggler: the venue has begun to count anew.
  static let updatesRemembered: UInt64 = 1 << 20

  init(plan: ConnectionPlan) {
    symbols = SymbolTable(plan.subscriptions)
    sequences = Array(repeating: TradeSequence(), count: symbols.count)
    lastUpdates = Array(repeating: nil, count: symbols.count)
  }

  public mutating func connected(at time: Timestamp, _ output: inout SessionOutput) {
    subscribe(symbols.subscriptions, &output)
  }

  public mutating func subscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    request(.subscribe, subscriptions, &output)
  }

  public mutating func unsubscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    request(.unsubscribe, subscriptions, &output)
  }

  private mutating func request(
    _ request: BinanceRequest, _ subscriptions: [Subscription], _ output: inout SessionOutput
  ) {
    for start in stride(from: 0, to: subscriptions.count, by: BinanceSession.streamsPerRequest) {
      let part = Array(subscriptions[start...].prefix(BinanceSession.streamsPerRequest))
      if request == .subscribe { pending[nextRequest] = part }
      output.perform(.send(request.message(part.map(BinanceSymbols.stream), id: nextRequest)))
      nextRequest += 1
    }
  }

  public mutating func receive(
    _ frame: RawSpan, at time: Timestamp, _ output: inout SessionOutput
  ) throws(SessionError) -> FrameKind {
    switch try BinanceMessage(frame, symbols) {
    case .trade(let trade): return receive(trade, at: time, &output)
    case .quote(let quote): return receive(quote, at: time, &output)
    case .reply(let reply):
      receive(reply, &output)
      return .control
    case .serverShutdown:
      output.perform(.closing)
      return .control
    case .otherStream: return .ignored
    case .unknown: return .unknown
    }
  }

  private mutating func receive(
    _ trade: BinanceTrade, at time: Timestamp, _ output: inout SessionOutput
  ) -> FrameKind {
    guard let place = trade.place, symbols.has(.trades, at: place) else { return .ignored }
    let emitted = Trade(
      market: symbols.markets[place], side: trade.takerSide, price: trade.price, size: trade.size,
      id: TradeID(trade.tradeID), eventTime: trade.time, receiveTime: time)
    output.emit(emitted, sequences[place].receive(trade.tradeID, at: trade.time))
    return .data
  }

  /// The channel has no clock, so the event time is the receive time.
  private mutating func receive(
    _ quote: BinanceQuote, at time: Timestamp, _ output: inout SessionOutput
  ) -> FrameKind {
    guard let place = quote.place, symbols.has(.quotes, at: place) else { return .ignored }
    if let last = lastUpdates[place], quote.updateID <= last, last - quote.updateID < BinanceSession.updatesRemembered {
      output.skipDuplicate()
      return .data
    }
    lastUpdates[place] = quote.updateID
    output.emit(
      Quote(
        market: symbols.markets[place], bid: quote.bid, bidSize: quote.bidSize, ask: quote.ask,
        askSize: quote.askSize, eventTime: time, receiveTime: time))
    return .data
  }

  private mutating func receive(_ reply: BinanceReply, _ output: inout SessionOutput) {
    let asked = reply.id.flatMap { pending.removeValue(forKey: $0) }
    if reply.code == nil, reply.message.isEmpty {
      for subscription in asked ?? [] { output.perform(.acknowledged(subscription)) }
      return
    }
    let message = reply.code.map { "\(reply.message) (code \($0))" } ?? reply.message
    guard let asked, !asked.isEmpty else { return output.perform(.venueError(message)) }
    for subscription in asked { output.perform(.refused(subscription, message: message)) }
  }
}
