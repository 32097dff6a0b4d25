import Foundation

/// The same texts read by Foundation, into structures of just the fields that are needed.
enum FoundationReading {
  private struct Match: Decodable {
    enum CodingKeys: String, CodingKey {
      case type, side, size, price, time
      case tradeID = "trade_id"
      case productID = "product_id"
    }

    let type: String
    let tradeID: Int
    let side: String
    let size: String
    let price: String
    let productID: String
    let time: String
  }

  private struct Trade: Decodable {
    enum CodingKeys: String, CodingKey {
      case event = "e"
      case symbol = "s"
      case id = "t"
      case price = "p"
      case size = "q"
      case time = "T"
      case buyerIsMaker = "m"
    }

    let event: String
    let symbol: String
    let id: Int
    let price: String
    let size: String
    let time: Int
    let buyerIsMaker: Bool
  }

  private struct Quote: Decodable {
    enum CodingKeys: String, CodingKey {
      case updateID = "u"
      case symbol = "s"
      case bid = "b"
      case bidSize = "B"
      case ask = "a"
      case askSize = "A"
    }

    let updateID: Int
    let symbol: String
    let bid: String
    let bidSize: String
    let ask: String
    let askSize: String
  }

  private struct Combined<Event: Decodable>: Decodable {
    let data: Event
  }

  private struct Record: Decodable {
    enum CodingKeys: String, CodingKey {
      case venue, instrument, price, size, side
      case tradeID = "trade_id"
      case eventTime = "event_time_us"
      case receiveTime = "receive_time_us"
    }

    let venue: String
    let instrument: String
    let price: String
    let size: String
    let side: String
    let tradeID: String
    let eventTime: Int
    let receiveTime: Int
  }

  private struct Captured: Decodable {
    enum CodingKeys: String, CodingKey {
      case venue, connection, frame
      case receiveTime = "receive_time_us"
    }

    let receiveTime: Int
    let venue: String
    let connection: Int
    let frame: String
  }

  /// Kinds of frames that it reads.
  static let kinds: [FrameKind] = [.coinbaseMatch, .binanceTrade, .binanceStreamTrade, .binanceQuote]

  static func frames(_ venue: VenueFrames) -> Pass {
    switch venue.kind {
    case .coinbaseMatch: decode(Match.self, venue.frames)
    case .binanceTrade: decode(Trade.self, venue.frames)
    case .binanceStreamTrade: decode(Combined<Trade>.self, venue.frames)
    default: decode(Combined<Quote>.self, venue.frames)
    }
  }

  static func records(_ lines: Lines) -> Pass { decode(Record.self, lines) }

  static func capture(_ lines: Lines) -> Pass { decode(Captured.self, lines) }

  /// Any document, into dictionaries.
  static func objects(_ lines: Lines) -> Pass {
    let texts = lines.texts.map { Data($0) }
    return Pass(operations: texts.count) {
      texts.count { (try? JSONSerialization.jsonObject(with: $0)) != nil }
    }
  }

  private static func decode<Wire: Decodable>(_ type: Wire.Type, _ lines: Lines) -> Pass {
    let texts = lines.texts.map { Data($0) }
    let decoder = JSONDecoder()
    return Pass(operations: texts.count) {
      texts.count { text in
        do {
          _ = try decoder.decode(type, from: text)
          return true
        } catch {
          fatalError("\(error)")
        }
      }
    }
  }
}
