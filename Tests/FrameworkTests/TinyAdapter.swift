import ArbdFramework

/// The smallest adapter there can be; the README shows its session.
struct TinyAdapter: ExchangeAdapter {
  static let summary = "A venue that does not exist."
  static let venue = VenueDescriptor(
    id: "tiny", endpoint: "wss://tiny.example", feeds: [.trades: "trades"], streamsPerConnection: 10,
    messageInterval: .milliseconds(100), connectionLifetime: nil)

  let instruments: [Instrument]
  let channels: [Channel]

  init(options: MarketDataOptions, context: PluginContext) throws {
    instruments = options.instruments
    channels = try options.channels(offeredBy: Self.venue)
  }

  func symbol(for instrument: Instrument) -> String { "\(instrument.base)/\(instrument.quote)" }

  func makeSession(for plan: ConnectionPlan) -> TinySession {
    TinySession(symbols: SymbolTable(plan.subscriptions))
  }
}

// README: begin
struct TinySession: ExchangeSession {
  let symbols: SymbolTable

  mutating func receive(
    _ frame: RawSpan, at time: Timestamp, _ output: inout SessionOutput
  ) throws(SessionError) -> FrameKind {
    let message = try TinyTrade(frame, symbols)
    guard let place = message.place else { return .ignored }
    output.emit(
      Trade(
        market: symbols.markets[place], side: message.takerSide, price: message.price, size: message.size,
        id: message.id, eventTime: message.time, receiveTime: time))
    return .data
  }
}
// README: end

extension TinySession {
  func connected(at time: Timestamp, _ output: inout SessionOutput) { subscribe(symbols.subscriptions, &output) }

  func subscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    for subscription in subscriptions { output.perform(.send("+\(subscription.symbol)")) }
  }

  func unsubscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    for subscription in subscriptions { output.perform(.send("-\(subscription.symbol)")) }
  }
}

/// A trade.
///
///     {"sym":"BTC/USD","px":"60000.5","qty":"0.010","buy":true,"id":"77","ms":1700000000123}
struct TinyTrade {
  var place: Int?
  var price: Quantity
  var size: Quantity
  var takerSide: Side
  var id: TradeID
  var time: Timestamp

  init(_ frame: RawSpan, _ symbols: SymbolTable) throws(SessionError) {
    var (price, size, id, milliseconds): (Quantity?, Quantity?, TradeID?, Int64?)
    var side = Side.unknown
    do throws(JSONError) {
      var json = JSONScanner(frame)
      try json.beginObject()
      while let key = try json.nextKey() {
        if key == "sym" {
          place = symbols.place(of: try json.readString())
        } else if key == "px" {
          price = try json.readQuantity()
        } else if key == "qty" {
          size = try json.readQuantity()
        } else if key == "buy" {
          side = try json.readBoolean() ? .buy : .sell
        } else if key == "id" {
          id = TradeID(try json.readString().bytes)
        } else if key == "ms" {
          milliseconds = try json.readInteger()
        } else {
          try json.skipValue()
        }
      }
      try json.finish()
    } catch {
      throw SessionError(error)
    }
    guard let price, let size, let id, let milliseconds else { throw SessionError(.missingField) }
    guard let time = Timestamp(milliseconds: milliseconds) else { throw SessionError(.badTime, field: "ms") }
    (self.price, self.size, self.takerSide, self.id, self.time) = (price, size, side, id, time)
  }
}
