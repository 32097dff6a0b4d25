import Foundation

/// One instrument at one venue.
struct Market: Hashable, Sendable {
  let venue: String
  let instrument: String

  private var assets: [Substring] { instrument.split(separator: "-", omittingEmptySubsequences: false) }
  var base: String { String(assets.first ?? "") }
  var quote: String { String(assets.last ?? "") }
}

/// What arrives: a record, or the news that a market's stream is stale.
struct ReferenceEvent: Sendable {
  enum Content: Sendable {
    case trade(price: String, size: String)
    /// A side that is missing is nil, as is a size that the venue does not give.
    case quote(bid: String?, bidSize: String?, ask: String?, askSize: String?)
    case stale
  }

  let market: Market
  let content: Content
  /// Microseconds since the epoch; a status has none and repeats its receive time.
  let eventTime: Int
  let receiveTime: Int

  var isTrade: Bool { if case .trade = content { true } else { false } }
  var isQuote: Bool { if case .quote = content { true } else { false } }
  var isStale: Bool { if case .stale = content { true } else { false } }
  var lacksSide: Bool {
    if case .quote(let bid, _, let ask, _) = content { bid == nil || ask == nil } else { false }
  }

  static func decodeLines(_ lines: Data) throws -> [ReferenceEvent] {
    let decoder = JSONDecoder()
    return try lines.split(separator: UInt8(ascii: "\n")).map { line in
      try decoder.decode(Line.self, from: line).event
    }
  }
}

/// A line as it stands in the file: every key that any kind of line has.
private struct Line: Decodable {
  let venue: String
  let instrument: String
  let status: String?
  let price: String?
  let size: String?
  let bid: String?
  let bidSize: String?
  let ask: String?
  let askSize: String?
  let eventTime: Int?
  let receiveTime: Int

  enum CodingKeys: String, CodingKey {
    case venue, instrument, status, price, size, bid, ask
    case bidSize = "bid_size"
    case askSize = "ask_size"
    case eventTime = "event_time_us"
    case receiveTime = "receive_time_us"
  }

  var event: ReferenceEvent {
    let content: ReferenceEvent.Content =
      if status != nil {
        .stale
      } else if let price, let size {
        .trade(price: price, size: size)
      } else {
        .quote(bid: bid, bidSize: bidSize, ask: ask, askSize: askSize)
      }
    return ReferenceEvent(
      market: Market(venue: venue, instrument: instrument), content: content,
      eventTime: eventTime ?? receiveTime, receiveTime: receiveTime)
  }
}
