import ArbdFramework

/// The members of a message, whatever its type: they come in any order, and the type may come last.
///
///     {"type":"trade","symbol":"BTC_USD","id":48213,"price":"60000.50","size":"0.0100","side":"buy","time":1767225600123}
///     {"type":"quote","symbol":"BTC_USD","bid":["60000.40","1.50"],"ask":["60000.50","0.70"],"time":1767225600123}
///     {"type":"subscribed","channel":"trades","symbol":"BTC_USD"}
///     {"type":"refused","channel":"trades","symbol":"BTC_USD","reason":"unknown symbol"}
///     {"type":"heartbeat","time":1767225600123}
///
/// `side` is the taker's; `id` counts the trades of a symbol one by one; `time` is in milliseconds.
/// https://docs.newvenue.example/websocket#messages
struct NewvenueMessage {
  enum Kind {
    case trade, quote, subscribed, refused, heartbeat, unknown
  }

  var kind = Kind.unknown
  var channel: Channel?
  /// Symbol and time are read into both: which of them it is, `type` says.
  var trade = TradeFields()
  var quote = QuoteFields()
  var reason = ""

  init(_ json: inout JSONScanner, _ symbols: SymbolTable) throws(JSONError) {
    try json.beginObject()
    while let key = try json.nextKey() { try read(key, &json, symbols) }
    (quote.place, quote.time) = (trade.place, trade.time)
  }

  private mutating func read(
    _ key: JSONText, _ json: inout JSONScanner, _ symbols: SymbolTable
  ) throws(JSONError) {
    if key == "type" {
      kind = Self.kind(try json.readString())
    } else if key == "channel" {
      let text = try json.readString()
      channel = text == "trades" ? .trades : text == "quotes" ? .quotes : nil
    } else if key == "symbol" {
      try trade.readSymbol(&json, symbols)
    } else if key == "id" {
      trade.number = try json.readInteger()
    } else if key == "price" {
      trade.price = try json.readQuantity()
    } else if key == "size" {
      trade.size = try json.readQuantity()
    } else if key == "side" {
      let text = try json.readString()
      trade.side = text == "buy" ? .buy : text == "sell" ? .sell : .unknown
    } else if key == "bid" {
      (quote.bid, quote.bidSize) = try Self.level(&json)
    } else if key == "ask" {
      (quote.ask, quote.askSize) = try Self.level(&json)
    } else if key == "time" {
      trade.time = try FieldTime(milliseconds: &json)
    } else if key == "reason" {
      reason = try json.readString().string
    } else {
      // Venues add members without notice.
      try json.skipValue()
    }
  }

  private static func kind(_ text: JSONText) -> Kind {
    if text == "trade" { return .trade }
    if text == "quote" { return .quote }
    if text == "subscribed" { return .subscribed }
    if text == "refused" { return .refused }
    return text == "heartbeat" ? .heartbeat : .unknown
  }

  /// Price and size.
  private static func level(_ json: inout JSONScanner) throws(JSONError) -> (Quantity, Quantity) {
    var level = (Quantity.missing, Quantity.missing)
    try json.beginArray()
    if try json.nextElement() { level.0 = try json.readQuantity() }
    if try json.nextElement() { level.1 = try json.readQuantity() }
    while try json.nextElement() { try json.skipValue() }
    return level
  }
}
