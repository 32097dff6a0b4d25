import ArbdAdapters
import ArbdFramework
import Foundation
import Testing

/// A venue whose session is tested, and the frames that are kept for it under `Fixtures`.
enum TestedVenue: String, CaseIterable, Sendable {
  case coinbase, binance, kraken, okx, bybit
  case coinbaseAdvanced = "coinbase_advanced"

  /// With the subscriptions that the fixtures speak of, sent and not yet acknowledged.
  func conversation() -> Conversation {
    let usd = (trades: ["BTC-USD", "ETH-USD"], quotes: ["BTC-USD", "SOL-USD"], books: ["ADA-USD"])
    let usdt = (trades: ["BTC-USDT", "ETH-USDT"], quotes: ["BTC-USDT", "SOL-USDT"], books: ["ADA-USDT"])
    var conversation =
      switch self {
      case .coinbase: Conversation.coinbase(quotes: ["SOL-USD"])
      case .binance: Conversation.binance(books: ["ADA-USDT"])
      case .kraken: Conversation(KrakenAdapter.self, trades: usd.trades, quotes: usd.quotes, books: usd.books)
      case .okx: Conversation(OKXAdapter.self, trades: usdt.trades, quotes: usdt.quotes, books: usdt.books)
      case .bybit: Conversation(BybitAdapter.self, trades: usdt.trades, quotes: usdt.quotes, books: usdt.books)
      case .coinbaseAdvanced:
        Conversation(CoinbaseAdvancedAdapter.self, trades: usd.trades, quotes: ["SOL-USD"])
      }
    conversation.connect()
    return conversation
  }

  /// A trade that the conversation has not seen, and the kind of all frames like it: data.
  func trade(_ id: Int) -> String {
    switch self {
    case .coinbase:
      #"{"type":"match","trade_id":\#(id),"side":"sell","size":"0.5","price":"50123.40","product_id":"BTC-USD","#
        + #""sequence":1,"time":"2027-03-04T05:06:07.089723Z"}"#
    case .binance:
      #"{"stream":"btcusdt@trade","data":{"e":"trade","E":1890000000136,"s":"BTCUSDT","t":\#(id),"#
        + #""p":"50123.40","q":"0.5","T":1890000000135,"m":true,"M":true}}"#
    case .kraken:
      #"{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":50123.40,"qty":0.5,"#
        + #""ord_type":"limit","trade_id":\#(id),"timestamp":"2027-03-04T05:06:07.089723Z"}]}"#
    case .okx:
      #"{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"\#(id)","#
        + #""px":"50123.40","sz":"0.5","side":"buy","ts":"1890000000135","count":"1"}]}"#
    case .bybit:
      #"{"topic":"publicTrade.BTCUSDT","ts":1890000000136,"type":"snapshot","data":[{"T":1890000000135,"#
        + #""s":"BTCUSDT","S":"Buy","v":"0.5","p":"50123.40","i":"\#(id)","BT":false,"RPI":false,"seq":1}]}"#
    case .coinbaseAdvanced:
      #"{"channel":"market_trades","sequence_num":5,"events":[{"type":"update","trades":[{"trade_id":"\#(id)","#
        + #""product_id":"BTC-USD","price":"50123.40","size":"0.5","side":"BUY","#
        + #""time":"2027-03-04T05:06:07.089723Z"}]}]}"#
    }
  }
}

/// A frame and what a session must make of it: a file with the frame as the venue documents its shape, numbers made
/// up, and a line of `expected.jsonl`.
struct FrameFixture: Sendable, CustomTestStringConvertible {
  let venue: TestedVenue
  let name: String
  let frame: [UInt8]
  let expected: Expectation

  var testDescription: String { "\(venue.rawValue)/\(name)" }

  /// All of all venues. An unreadable file leaves none, which `thereAreFixtures` notices.
  static let all: [FrameFixture] = (try? TestedVenue.allCases.flatMap(load)) ?? []

  static func folder(of venue: TestedVenue) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures").appendingPathComponent(venue.rawValue)
  }

  private static func load(_ venue: TestedVenue) throws -> [FrameFixture] {
    let folder = folder(of: venue)
    let lines = try Data(contentsOf: folder.appendingPathComponent("expected.jsonl"))
      .split(separator: UInt8(ascii: "\n"))
    return try lines.map { line in
      let expected = try JSONDecoder().decode(Expectation.self, from: line)
      let frame = try Data(contentsOf: folder.appendingPathComponent(expected.frame))
      // The file's own line end is not the venue's.
      return FrameFixture(venue: venue, name: expected.frame, frame: frame.dropLast(), expected: expected)
    }
  }

  private init(venue: TestedVenue, name: String, frame: Data, expected: Expectation) {
    self.venue = venue
    self.name = name
    self.frame = Array(frame)
    self.expected = expected
  }
}

/// A line of `expected.jsonl`. What is left out is expected to be empty.
struct Expectation: Decodable, Sendable {
  let frame: String
  let kind: String
  let events: [RecordLine]?
  let actions: [String]?
}

/// A record of the formats' documentation, digits as text.
struct RecordLine: Codable, Equatable, Sendable {
  var venue: String
  var instrument: String
  var price: String?
  var size: String?
  var side: String?
  var tradeID: String?
  var bid: String?
  var bidSize: String?
  var ask: String?
  var askSize: String?
  var eventTime: Int64
  var receiveTime: Int64

  enum CodingKeys: String, CodingKey {
    case venue, instrument, price, size, side, bid, ask
    case tradeID = "trade_id"
    case bidSize = "bid_size"
    case askSize = "ask_size"
    case eventTime = "event_time_us"
    case receiveTime = "receive_time_us"
  }

  static func read(_ line: String) throws -> RecordLine {
    try JSONDecoder().decode(RecordLine.self, from: Data(line.utf8))
  }
}
