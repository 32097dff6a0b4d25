import ArbdFramework
import ArbdSimulator
import ArbdTransport

/// A simulated venue and its clients, without sockets. Times are seconds since the start.
struct VenueConversation<Venue: SimulatedVenue> {
  static var start: Timestamp { Timestamp(microseconds: 1_800_000_000_000_000) }

  enum Sent: Equatable {
    case text(String)
    case ping(String)
    case close(UInt16, String)
  }

  var venue: Venue
  let markets: [SimulatedMarket]

  init(_ markets: [SimulatedMarket], _ venue: Venue) {
    self.markets = markets
    self.venue = venue
  }

  static func time(_ seconds: Double) -> Timestamp {
    Timestamp(microseconds: start.microseconds + Int64(seconds * 1e6))
  }

  /// What all clients get, with their numbers.
  private mutating func collect(_ body: (inout Venue, inout VenueOutput) -> Void) -> [(client: Int, sent: Sent)] {
    var output = VenueOutput()
    body(&venue, &output)
    func text(_ range: Range<Int>) -> String { String(decoding: output.bytes[range], as: UTF8.self) }
    return output.actions.flatMap { action -> [(Int, Sent)] in
      switch action {
      case .market(let range, let ids): ids.map { ($0.number, .text(text(range))) }
      case .text(let range, let id): [(id.number, .text(text(range)))]
      case .ping(let range, let id): [(id.number, .ping(text(range)))]
      case .close(let code, let reason, let id): [(id.number, .close(code.rawValue, reason))]
      }
    }
  }

  private func of(_ client: Int, _ all: [(client: Int, sent: Sent)]) -> [Sent] {
    all.filter { $0.client == client }.map(\.sent)
  }

  private static func texts(_ sent: [Sent]) -> [String] {
    sent.compactMap { if case .text(let text) = $0 { text } else { nil } }
  }

  mutating func open(_ target: String, client: Int = 1, at seconds: Double = 0) {
    _ = opened(target, client: client, at: seconds)
  }

  /// What the client gets for it.
  mutating func opened(_ target: String, client: Int = 1, at seconds: Double = 0) -> [Sent] {
    of(client, collect { $0.opened(ConnectionID(client), RequestTarget(target), at: Self.time(seconds), &$1) })
  }

  mutating func send(_ text: String, client: Int = 1, at seconds: Double = 1) -> [String] {
    Self.texts(sendAll(text, client: client, at: seconds))
  }

  mutating func sendAll(_ text: String, client: Int = 1, at seconds: Double = 1) -> [Sent] {
    of(client, collect { $0.received(Array(text.utf8), from: ConnectionID(client), at: Self.time(seconds), &$1) })
  }

  mutating func pong(_ payload: String, client: Int = 1, at seconds: Double) -> [Sent] {
    let bytes = Array(payload.utf8)
    return of(
      client, collect { $0.received(.pong, bytes, from: ConnectionID(client), at: Self.time(seconds), &$1) })
  }

  mutating func tick(client: Int = 1, at seconds: Double) -> [Sent] {
    of(client, collect { $0.tick(at: Self.time(seconds), &$1) })
  }

  mutating func happen(_ event: SimulatedEvent, client: Int = 1) -> [String] {
    Self.texts(of(client, collect { $0.happened(event, &$1) }))
  }

  /// What the client is told of an event at once and within two seconds.
  mutating func told(_ event: SimulatedEvent, client: Int = 1) -> [String] {
    let atOnce = happen(event, client: client)
    return atOnce + Self.texts(of(client, collect { $0.tick(at: Self.time(2), &$1) }))
  }

  /// 61234.56 times 0.001 of the market's units, a taker who buys, 0.089723 s after the start.
  static func trade(market: Int, id: Int64 = 280_232, takerBuys: Bool = true) -> SimulatedEvent {
    .trade(
      SimulatedTrade(
        market: market, tradeID: id, sequence: 177_100_030, price: 6_123_456, size: 98_500, takerBuys: takerBuys,
        time: Timestamp(microseconds: start.microseconds + 89_723),
        top: TopOfBook(bid: 6_123_455, bidSize: 61_000, ask: 6_123_456, askSize: 120_000)))
  }

  /// Two bids and an ask, the update after 400900210.
  static func quote(market: Int) -> SimulatedEvent {
    change(
      market: market, updateID: 400_900_217, previousID: 400_900_210,
      [
        .init(.bid, price: 6_123_455, size: 61_000), .init(.bid, price: 6_123_400, size: 5),
        .init(.ask, price: 6_123_456, size: 120_000),
      ])
  }

  /// A change of the book, 0.089723 s after the start; its best bid and ask are as in `trade`.
  static func change(
    market: Int, updateID: Int64, previousID: Int64, _ changes: [SimulatedBook.Change],
    _ delivery: SimulatedQuote.Delivery = .sent
  ) -> SimulatedEvent {
    var quote = SimulatedQuote(
      market: market, updateID: updateID, previousID: previousID,
      top: TopOfBook(bid: 6_123_455, bidSize: 61_000, ask: 6_123_456, askSize: 120_000), changes: changes,
      time: Timestamp(microseconds: start.microseconds + 89_723))
    quote.delivery = delivery
    return .quote(quote)
  }

  /// The second bid goes.
  static func removal(market: Int, after previousID: Int64 = 400_900_217, _ delivery: SimulatedQuote.Delivery = .sent)
    -> SimulatedEvent
  {
    change(
      market: market, updateID: previousID + 3, previousID: previousID, [.init(.bid, price: 6_123_400, size: 0)],
      delivery)
  }
}
