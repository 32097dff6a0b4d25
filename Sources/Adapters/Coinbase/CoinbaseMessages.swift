import ArbdFramework

/// The kinds of message on Coinbase Exchange's feed, by `type`.
///
/// https://docs.cdp.coinbase.com/exchange/websocket-feed/channels
enum CoinbaseMessageType {
  case match, lastMatch, heartbeat, subscriptions, error
  /// Messages of channels that arbd does not ask for.
  case otherChannel
  case unknown

  init(_ name: JSONText) {
    if name == "match" {
      self = .match
    } else if name == "heartbeat" {
      self = .heartbeat
    } else if name == "last_match" {
      self = .lastMatch
    } else if name == "subscriptions" {
      self = .subscriptions
    } else if name == "error" {
      self = .error
    } else if name == "ticker" || name == "l2update" || name == "snapshot" || name == "status"
      || name == "auction" || name == "received" || name == "open" || name == "done" || name == "change"
      || name == "activate" || name == "rfq_match"
    {
      self = .otherChannel
    } else {
      self = .unknown
    }
  }

  /// The type of the message that comes next, whose other members are left to be read. It stands first in all that the
  /// venue sends; where it does not, they are read from the beginning.
  init(_ json: inout JSONScanner, of frame: RawSpan) throws(SessionError) {
    do throws(JSONError) {
      try json.beginObject()
      var isFirst = true
      while let key = try json.nextKey() {
        if key == "type" {
          self.init(try json.readString())
          if !isFirst {
            json = JSONScanner(frame)
            try json.beginObject()
          }
          return
        }
        isFirst = false
        try json.skipValue()
      }
    } catch {
      throw SessionError(error)
    }
    self = .unknown
  }
}

/// A trade.
///
///     {"type":"match","trade_id":280232,"maker_order_id":"2a0d…","taker_order_id":"3c82…","side":"sell",
///      "size":"0.985","price":"61234.56","product_id":"BTC-USD","sequence":177100030,
///      "time":"2026-04-17T16:43:37.089723Z"}
///
/// https://docs.cdp.coinbase.com/exchange/websocket-feed/channels#match
struct CoinbaseMatch {
  /// Where the product stands among the session's; nil when it was not asked for.
  var place: Int?
  var tradeID: UInt64
  var price: Quantity
  var size: Quantity
  /// `side` in the message is the maker's; this is its opposite.
  var takerSide: Side
  var time: Timestamp

  init(_ json: inout JSONScanner, _ symbols: SymbolTable) throws(SessionError) {
    var hasProduct = false
    var place: Int?
    var tradeID: Int64?
    var price: Quantity?
    var size: Quantity?
    var side: Side?
    var time: Timestamp?
    var hasTime = false
    do throws(JSONError) {
      while let key = try json.nextKey() {
        if key == "product_id" {
          hasProduct = true
          place = symbols.place(of: try json.readString())
        } else if key == "price" {
          price = try json.readQuantity()
        } else if key == "size" {
          size = try json.readQuantity()
        } else if key == "trade_id" {
          tradeID = try json.readInteger()
        } else if key == "side" {
          side = CoinbaseMatch.takerSide(maker: try json.readString())
        } else if key == "time" {
          hasTime = true
          time = Timestamp(iso8601: try json.readString().bytes)
        } else {
          try json.skipValue()
        }
      }
      try json.finish()
    } catch {
      throw SessionError(error)
    }
    guard hasProduct else { throw SessionError(.missingField, field: "product_id") }
    guard let price else { throw SessionError(.missingField, field: "price") }
    guard let size else { throw SessionError(.missingField, field: "size") }
    guard let tradeID else { throw SessionError(.missingField, field: "trade_id") }
    guard hasTime else { throw SessionError(.missingField, field: "time") }
    guard price.isPrice else { throw SessionError(.badNumber, field: "price") }
    guard size.isSize else { throw SessionError(.badNumber, field: "size") }
    guard tradeID >= 0 else { throw SessionError(.badNumber, field: "trade_id") }
    guard let time else { throw SessionError(.badTime, field: "time") }
    self.place = place
    self.tradeID = UInt64(tradeID)
    self.price = price
    self.size = size
    self.takerSide = side ?? .unknown
    self.time = time
  }

  private static func takerSide(maker: JSONText) -> Side {
    if maker == "sell" { return .buy }
    if maker == "buy" { return .sell }
    return .unknown
  }
}

/// One a second for each product; tells which trade was the last, so that a lost one is noticed.
///
///     {"type":"heartbeat","sequence":90,"last_trade_id":20,"product_id":"BTC-USD",
///      "time":"2026-11-07T08:19:28.464459Z"}
///
/// https://docs.cdp.coinbase.com/exchange/websocket-feed/channels#heartbeat
struct CoinbaseHeartbeat {
  var place: Int?
  var lastTradeID: UInt64

  init(_ json: inout JSONScanner, _ symbols: SymbolTable) throws(SessionError) {
    var place: Int?
    var lastTradeID: Int64?
    do throws(JSONError) {
      while let key = try json.nextKey() {
        if key == "product_id" {
          place = symbols.place(of: try json.readString())
        } else if key == "last_trade_id" {
          lastTradeID = try json.readInteger()
        } else {
          try json.skipValue()
        }
      }
      try json.finish()
    } catch {
      throw SessionError(error)
    }
    guard let lastTradeID else { throw SessionError(.missingField, field: "last_trade_id") }
    guard lastTradeID >= 0 else { throw SessionError(.badNumber, field: "last_trade_id") }
    self.place = place
    self.lastTradeID = UInt64(lastTradeID)
  }
}

/// All subscriptions of the connection, after each change of them.
///
///     {"type":"subscriptions","channels":[{"name":"matches","product_ids":["BTC-USD"]}]}
///
/// https://docs.cdp.coinbase.com/exchange/websocket-feed/overview
struct CoinbaseSubscriptions {
  /// The products subscribed to matches, by place; others that the connection does not know are left out.
  var matches: [Int] = []

  init(_ json: inout JSONScanner, _ symbols: SymbolTable) throws(SessionError) {
    do throws(JSONError) {
      while let key = try json.nextKey() {
        guard key == "channels" else {
          try json.skipValue()
          continue
        }
        try json.beginArray()
        while try json.nextElement() { try readChannel(&json, symbols) }
      }
      try json.finish()
    } catch {
      throw SessionError(error)
    }
  }

  private mutating func readChannel(_ json: inout JSONScanner, _ symbols: SymbolTable) throws(JSONError) {
    var isMatches = false
    var places: [Int] = []
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "name" {
        isMatches = try json.readString() == "matches"
      } else if key == "product_ids" {
        try json.beginArray()
        while try json.nextElement() {
          if let place = symbols.place(of: try json.readString()) { places.append(place) }
        }
      } else {
        try json.skipValue()
      }
    }
    if isMatches { matches += places }
  }
}

/// Something that the venue refuses.
///
///     {"type":"error","message":"Failed to subscribe","reason":"FOO-USD is not a valid product"}
///
/// https://docs.cdp.coinbase.com/exchange/websocket-feed/errors
struct CoinbaseError {
  var message = ""
  var reason = ""

  init(_ json: inout JSONScanner) throws(SessionError) {
    do throws(JSONError) {
      while let key = try json.nextKey() {
        if key == "message" {
          message = try json.readString().string
        } else if key == "reason" {
          reason = try json.readString().string
        } else {
          try json.skipValue()
        }
      }
      try json.finish()
    } catch {
      throw SessionError(error)
    }
  }

  var text: String { [message, reason].filter { !$0.isEmpty }.joined(separator: ": ") }
}

/// What arbd sends.
///
///     {"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches","heartbeat"]}
enum CoinbaseRequest: String {
  case subscribe, unsubscribe

  func message(_ symbols: [String]) -> String {
    var text: [UInt8] = []
    text.append("{\"type\":\"")
    text.append(contentsOf: rawValue.utf8)
    text.append("\",\"product_ids\":[")
    for (number, symbol) in symbols.enumerated() {
      if number > 0 { text.append(",") }
      text.append(jsonString: symbol)
    }
    text.append("],\"channels\":[\"matches\",\"heartbeat\"]}")
    return String(decoding: text, as: UTF8.self)
  }
}
