import ArbdFramework
import ArbdTestKit
import Logging

/// What can be wrong with an adapter that compiles and looks right.
enum Mistake: CaseIterable {
  case makerSide, millisecondsAsMicroseconds, digitsThroughDouble, symbolCutAtGuessedLength, acknowledgementNotCounted,
    historyTakenForNews, gapIgnored, stopsAtRubbish, everyFieldKnown, symbolNamedTwice, heartbeatIsData
}

/// A venue that does not exist, with trades and quotes, and at most one mistake in it.
///
///     {"type":"subscribed","channel":"trades","symbol":"BTC_USDT"}
///     {"type":"trade","symbol":"BTC_USDT","price":"60000.50","amount":"0.0100","maker":"sell","ts":1700000000123,"seq":12}
///     {"type":"quote","symbol":"BTC_USDT","bid":[["60000.40","1.50"]],"ask":[["60000.50","0.70"]],"ts":1700000000123}
struct SampleAdapter: ExchangeAdapter {
  static let summary = "A venue that does not exist."
  static let venue = VenueDescriptor(
    id: "sample", endpoint: "wss://sample.example", feeds: [.trades: "trades", .quotes: "quotes"],
    streamsPerConnection: 50, messageInterval: .milliseconds(100), messageLimits: [RateLimit(100, per: .seconds(1))])

  let instruments: [Instrument]
  let channels: [Channel]
  var mistake: Mistake?

  init(options: MarketDataOptions, context: PluginContext) throws {
    instruments = options.instruments
    channels = try options.channels(offeredBy: Self.venue)
  }

  init(_ names: [String] = ["BTC-USDT", "ETH-USDT"], mistake: Mistake? = nil) {
    instruments = names.compactMap { Instrument($0) }
    channels = [.trades, .quotes]
    self.mistake = mistake
  }

  func symbol(for instrument: Instrument) -> String { "\(instrument.base)_\(instrument.quote)" }

  func makeSession(for plan: ConnectionPlan) -> SampleSession {
    SampleSession(symbols: SymbolTable(plan.subscriptions), mistake: mistake)
  }
}

struct SampleSession: JSONSession {
  let symbols: SymbolTable
  let mistake: Mistake?

  mutating func subscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    for subscription in subscriptions {
      output.send([
        "op": "subscribe", "channel": .string(subscription.channel.rawValue), "symbol": .string(subscription.symbol),
      ])
      if mistake == .symbolNamedTwice { output.send(["op": "subscribe", "symbol": .string(subscription.symbol)]) }
    }
  }

  mutating func unsubscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    for subscription in subscriptions { output.send(["op": "unsubscribe", "symbol": .string(subscription.symbol)]) }
  }

  mutating func receive(
    _ frame: RawSpan, at time: Timestamp, _ output: inout SessionOutput
  ) throws(SessionError) -> FrameKind {
    do throws(SessionError) {
      return try receiveJSON(frame, at: time, &output)
    } catch {
      throw mistake == .stopsAtRubbish ? SessionError(error.reason, remedy: .stop) : error
    }
  }

  mutating func read(
    _ json: inout JSONScanner, at time: Timestamp, _ output: inout SessionOutput
  ) throws(JSONError) -> FrameKind {
    var message = SampleMessage()
    try json.beginObject()
    while let key = try json.nextKey() { try message.read(key, &json, symbols, mistake) }
    switch message.type {
    case "trade": emit(message.trade, at: time, &output)
    case "history":
      if mistake == .historyTakenForNews {
        emit(message.trade, at: time, &output)
      } else {
        output.skipHistory(message.trade)
      }
      return .ignored
    case "quote":
      var quote = message.quote
      (quote.place, quote.time) = (message.trade.place, message.trade.time)
      output.emit(quote, at: time)
    case "subscribed":
      if mistake != .acknowledgementNotCounted {
        output.acknowledge(message.channel == "trades" ? .trades : .quotes, at: message.trade.place)
      }
      return .control
    case "heartbeat":
      output.heartbeat()
      if mistake == .heartbeatIsData, let market = symbols.markets.first {
        let one = Quantity(ExactDecimal(mantissa: 1, exponent: 0))
        output.emit(
          Quote(
            market: market, bid: one, bidSize: one, ask: Quantity(ExactDecimal(mantissa: 2, exponent: 0)), askSize: one,
            eventTime: time, receiveTime: time))
      }
      return .control
    default: return .unknown
    }
    return .data
  }

  private func emit(_ trade: TradeFields, at time: Timestamp, _ output: inout SessionOutput) {
    var trade = trade
    if mistake == .gapIgnored {
      trade.id = TradeID(UInt64(truncatingIfNeeded: trade.number ?? 0))
      trade.number = nil
    }
    output.emit(trade, at: time)
  }
}

/// The members of a message, whatever its type.
private struct SampleMessage {
  var type = ""
  var channel = ""
  var trade = TradeFields()
  var quote = QuoteFields()

  mutating func read(
    _ key: JSONText, _ json: inout JSONScanner, _ symbols: SymbolTable, _ mistake: Mistake?
  ) throws(JSONError) {
    if key == "type" {
      type = try json.readString().string
    } else if key == "channel" {
      channel = try json.readString().string
    } else if key == "symbol" {
      try readSymbol(&json, symbols, mistake)
    } else if key == "price" {
      trade.price = try quantity(&json, mistake)
    } else if key == "amount" {
      trade.size = try quantity(&json, mistake)
    } else if key == "maker" {
      let makerSold = try json.readString() == "sell"
      trade.side = makerSold == (mistake == .makerSide) ? .sell : .buy
    } else if key == "ts" {
      let milliseconds = try json.readInteger()
      let time =
        mistake == .millisecondsAsMicroseconds
        ? Timestamp(microseconds: milliseconds) : Timestamp(milliseconds: milliseconds)
      trade.time = time.map { .at($0) } ?? .bad
    } else if key == "seq" {
      trade.number = try json.readInteger()
    } else if key == "bid" {
      try quote.readBest(.bid, &json)
    } else if key == "ask" {
      try quote.readBest(.ask, &json)
    } else if mistake == .everyFieldKnown {
      _ = try json.readInteger()
    } else {
      try json.skipValue()
    }
  }

  private func quantity(_ json: inout JSONScanner, _ mistake: Mistake?) throws(JSONError) -> Quantity {
    let quantity = try json.readQuantity()
    guard mistake == .digitsThroughDouble, let exact = try? ExactDecimal("\(quantity.value)") else { return quantity }
    return Quantity(exact)
  }

  /// The mistake: all quote assets have four letters.
  private mutating func readSymbol(
    _ json: inout JSONScanner, _ symbols: SymbolTable, _ mistake: Mistake?
  ) throws(JSONError) {
    guard mistake == .symbolCutAtGuessedLength else { return try trade.readSymbol(&json, symbols) }
    let text = try json.readString().string
    trade.place = symbols.place(of: "\(text.prefix(3))_\(text.suffix(4))") ?? SymbolTable.unknown
  }
}

/// Some seconds of that venue, written down.
enum SampleRecording {
  static let start: Int64 = 1_767_225_600_000

  static var frames: [String] {
    var frames: [String] = []
    for channel in ["trades", "quotes"] {
      for symbol in ["BTC_USDT", "ETH_USDT"] {
        frames.append("{\"type\":\"subscribed\",\"channel\":\"\(channel)\",\"symbol\":\"\(symbol)\"}")
      }
    }
    frames.append(trade(0, type: "history", ago: 60_000))
    for number in 1...60 {
      frames.append(quote(number))
      frames.append(trade(number))
      if number % 10 == 0 { frames.append("{\"type\":\"heartbeat\",\"ts\":\(start + Int64(number) * 200)}") }
    }
    return frames
  }

  private static func symbol(_ number: Int) -> String { number % 2 == 0 ? "BTC_USDT" : "ETH_USDT" }
  private static func time(_ number: Int) -> Int64 { start + Int64(number) * 200 }

  private static func quote(_ number: Int) -> String {
    "{\"type\":\"quote\",\"symbol\":\"\(symbol(number))\",\"bid\":[[\"60000.\(10 + number)\",\"1.50\"]],"
      + "\"ask\":[[\"60001.\(10 + number)\",\"0.70\"]],\"ts\":\(time(number))}"
  }

  /// At the ask or at the bid of the last quote; the maker's side is given.
  private static func trade(_ number: Int, type: String = "trade", ago: Int64 = 0) -> String {
    let isBought = number % 3 == 0
    return
      "{\"type\":\"\(type)\",\"symbol\":\"\(symbol(number))\",\"price\":\"6000\(isBought ? 1 : 0).\(10 + number)\","
      + "\"amount\":\"0.0\(100 + number)0\",\"maker\":\"\(isBought ? "sell" : "buy")\",\"ts\":\(time(number) - ago),"
      + "\"seq\":\(1_000 + number / 2)}"
  }
}
