public import ArbdFramework

/// One connection's conversation with Newvenue.
public struct NewvenueSession: JSONSession {
  public let symbols: SymbolTable

  /// One message for each channel, with all of its symbols.
  ///
  ///     {"op":"subscribe","channel":"trades","symbols":["BTC_USD","ETH_USD"]}
  public mutating func subscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    request("subscribe", subscriptions, &output)
  }

  public mutating func unsubscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    request("unsubscribe", subscriptions, &output)
  }

  private func request(_ operation: String, _ subscriptions: [Subscription], _ output: inout SessionOutput) {
    for (channel, subscriptions) in subscriptions.byChannel {
      output.send([
        "op": .string(operation), "channel": .string(channel.rawValue),
        "symbols": .array(subscriptions.map { .string($0.symbol) }),
      ])
    }
  }

  public mutating func read(
    _ json: inout JSONScanner, at time: Timestamp, _ output: inout SessionOutput
  ) throws(JSONError) -> FrameKind {
    let message = try NewvenueMessage(&json, symbols)
    switch message.kind {
    case .trade: output.emit(message.trade, at: time)
    case .quote: output.emit(message.quote, at: time)
    case .subscribed:
      guard let channel = message.channel else { return .unknown }
      output.acknowledge(channel, at: message.trade.place)
      return .control
    case .refused:
      guard let channel = message.channel else { return .unknown }
      output.refuse(channel, at: message.trade.place, message: message.reason)
      return .control
    case .heartbeat:
      output.heartbeat()
      return .control
    case .unknown: return .unknown
    }
    return .data
  }
}
