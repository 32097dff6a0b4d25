internal import ArbdFramework

/// What a client of Kraken can listen to.
enum KrakenTopic: Hashable, Sendable {
  case trades(Int)
  /// `onTrades`: told on trades, else on each change of the best bid or ask.
  case ticker(Int, onTrades: Bool)
  case book(Int, depth: Int)
  case instruments

  static let depths = [10, 25, 100, 500, 1_000]
}

/// What a client of Kraken asks for.
///
///     {"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":10,"snapshot":true},"req_id":1}
///
/// https://docs.kraken.com/api/docs/websocket-v2/
struct KrakenRequest {
  enum Method: String { case subscribe, unsubscribe, ping }
  enum Channel: String { case trade, ticker, book, instrument }

  let tree: JSONTree
  let method: Method
  private let parameters: JSONTree

  /// Why nothing is done.
  struct Problem: Error { let message: String }

  init(_ text: [UInt8]) throws(Problem) {
    do throws(JSONError) {
      tree = try JSONTree(reading: text)
    } catch {
      throw Problem(message: "Malformed request")
    }
    guard let name = tree["method"]?.string, let method = Method(rawValue: name) else {
      throw Problem(message: "Unsupported event")
    }
    self.method = method
    parameters = tree["params"] ?? []
  }

  var symbols: [String] { parameters["symbol"]?.strings ?? [] }

  func channel() throws(Problem) -> Channel {
    guard let channel = parameters["channel"]?.string.flatMap(Channel.init) else {
      throw Problem(message: "Subscription name invalid")
    }
    return channel
  }

  /// What the channel is at a market.
  func topic(_ channel: Channel, at place: Int) throws(Problem) -> KrakenTopic {
    switch channel {
    case .trade: return .trades(place)
    case .ticker: return .ticker(place, onTrades: parameters["event_trigger"]?.string != "bbo")
    case .instrument: return .instruments
    case .book:
      let depth = parameters["depth"].map { $0.integer ?? 0 } ?? 10
      guard KrakenTopic.depths.contains(depth) else { throw Problem(message: "Subscription depth not supported") }
      return .book(place, depth: depth)
    }
  }

  func wantsSnapshot(of channel: Channel) -> Bool { parameters["snapshot"]?.boolean ?? (channel != .trade) }

  /// What an acknowledgement says of the subscription.
  func result(_ channel: Channel, _ symbol: String?) -> JSONTree {
    var result: JSONTree = ["channel": .string(channel.rawValue)]
    if let symbol { result["symbol"] = .string(symbol) }
    switch channel {
    case .ticker: result["event_trigger"] = parameters["event_trigger"] ?? "trades"
    case .book: result["depth"] = parameters["depth"] ?? 10
    case .trade, .instrument: break
    }
    if method == .subscribe { result["snapshot"] = .boolean(wantsSnapshot(of: channel)) }
    return result
  }
}
