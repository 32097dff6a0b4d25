public import ArbdFramework

/// A conversation with Coinbase Exchange: trades from `matches`, what is missing from `heartbeat`.
public struct CoinbaseSession: ExchangeSession {
  private let symbols: SymbolTable
  /// By place in `symbols`.
  private var sequences: [TradeSequence]
  private var isAcknowledged: [Bool]

  init(plan: ConnectionPlan) {
    symbols = SymbolTable(plan.subscriptions)
    sequences = Array(repeating: TradeSequence(), count: symbols.count)
    isAcknowledged = Array(repeating: false, count: symbols.count)
  }

  public mutating func connected(at time: Timestamp, _ output: inout SessionOutput) {
    // The venue hangs up on a client that has asked for nothing within five seconds.
    subscribe(symbols.subscriptions, &output)
  }

  public mutating func subscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    for case let place? in subscriptions.map({ symbols.place(of: $0.symbol) }) {
      isAcknowledged[place] = false
    }
    output.perform(.send(CoinbaseRequest.subscribe.message(subscriptions.map(\.symbol))))
  }

  public mutating func unsubscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    output.perform(.send(CoinbaseRequest.unsubscribe.message(subscriptions.map(\.symbol))))
  }

  public mutating func receive(
    _ frame: RawSpan, at time: Timestamp, _ output: inout SessionOutput
  ) throws(SessionError) -> FrameKind {
    var json = JSONScanner(frame)
    switch try CoinbaseMessageType(&json, of: frame) {
    case .match:
      return receive(try CoinbaseMatch(&json, symbols), at: time, &output)
    case .lastMatch:
      // The newest trade from before the subscription: history, but the next one is counted from it.
      let match = try CoinbaseMatch(&json, symbols)
      if let place = match.place {
        output.note(missing: sequences[place].begin(behind: match.tradeID), of: symbols.markets[place])
      }
      return .ignored
    case .heartbeat:
      let heartbeat = try CoinbaseHeartbeat(&json, symbols)
      output.heartbeat()
      // 0: the venue knows of no trade.
      if let place = heartbeat.place, heartbeat.lastTradeID > 0 {
        output.note(missing: sequences[place].expect(through: heartbeat.lastTradeID), of: symbols.markets[place])
      }
      return .control
    case .subscriptions:
      acknowledge(try CoinbaseSubscriptions(&json, symbols), &output)
      return .control
    case .error:
      report(try CoinbaseError(&json), &output)
      return .control
    case .otherChannel:
      try checkSyntax(of: frame)
      return .ignored
    case .unknown:
      try checkSyntax(of: frame)
      return .unknown
    }
  }

  private mutating func receive(
    _ match: CoinbaseMatch, at time: Timestamp, _ output: inout SessionOutput
  ) -> FrameKind {
    guard let place = match.place else { return .ignored }
    let trade = Trade(
      market: symbols.markets[place], side: match.takerSide, price: match.price, size: match.size,
      id: TradeID(match.tradeID), eventTime: match.time, receiveTime: time)
    output.emit(trade, sequences[place].receive(match.tradeID, at: match.time))
    return .data
  }

  private mutating func acknowledge(_ message: CoinbaseSubscriptions, _ output: inout SessionOutput) {
    for place in message.matches where !isAcknowledged[place] {
      isAcknowledged[place] = true
      if let subscription = symbols.subscription(.trades, at: place) {
        output.perform(.acknowledged(subscription))
      }
    }
  }

  /// A refusal names the product only in its text.
  private func report(_ error: CoinbaseError, _ output: inout SessionOutput) {
    let words = error.text.split { $0 == " " || $0 == "," }
    for word in words {
      guard let place = symbols.place(of: String(word)),
        let refused = symbols.subscription(.trades, at: place)
      else { continue }
      return output.perform(.refused(refused, message: error.text))
    }
    output.perform(.venueError(error.text))
  }
}
