package import ArbdFramework
package import ArbdTransport

/// A client's WebSocket, by its number in the server.
package struct ConnectionID: Sendable, Hashable {
  package let number: Int

  package init(_ number: Int) { self.number = number }
}

/// One venue's side of its protocol, without sockets and clocks: what clients send and what markets do comes in, what
/// clients get comes out. Times are simulated ones and never go back.
package protocol SimulatedVenue: Sendable {
  /// Whether requests to subscribe are heeded.
  var subscriptionHandling: SubscriptionHandling { get set }
  /// So many of the next snapshots of books do not come.
  var withheldSnapshots: Int { get set }

  /// Why no WebSocket opens at this target; nil when one does.
  mutating func refusal(of target: RequestTarget, at time: Timestamp) -> HTTPAnswer?
  /// The answer to a plain GET.
  mutating func answer(_ target: RequestTarget, at time: Timestamp) -> HTTPAnswer

  mutating func opened(_ id: ConnectionID, _ target: RequestTarget, at time: Timestamp, _ output: inout VenueOutput)
  mutating func received(_ text: [UInt8], from id: ConnectionID, at time: Timestamp, _ output: inout VenueOutput)
  /// A ping or a pong came; answering pings is the server's work.
  mutating func received(
    _ control: ControlFrame, _ payload: [UInt8], from id: ConnectionID, at time: Timestamp, _ output: inout VenueOutput)
  /// Called once for each connection, whoever closed it. It gets nothing any more.
  mutating func closed(_ id: ConnectionID)

  mutating func happened(_ event: SimulatedEvent, _ output: inout VenueOutput)
  /// When `tick` wants to be called, if at all.
  var nextTick: Timestamp? { get }
  mutating func tick(at time: Timestamp, _ output: inout VenueOutput)
}

extension SimulatedVenue {
  /// Whether the snapshot that is due now is left out.
  mutating func withholdsSnapshot() -> Bool {
    guard withheldSnapshots > 0 else { return false }
    withheldSnapshots -= 1
    return true
  }

  package mutating func received(
    _ control: ControlFrame, _ payload: [UInt8], from id: ConnectionID, at time: Timestamp,
    _ output: inout VenueOutput
  ) {}

  package var nextTick: Timestamp? { nil }
  package mutating func tick(at time: Timestamp, _ output: inout VenueOutput) {}
}

package enum ControlFrame: Sendable {
  case ping, pong
}

package enum SubscriptionHandling: Sendable, Equatable {
  case heed
  /// Every request is answered with the venue's error.
  case refuse
  /// No request is answered.
  case ignore
}

extension VenueKind {
  /// The venue in the markets of `model`, with their books as they are at the start.
  func makeVenue(_ model: MarketModel, _ limits: BinanceLimits) -> any SimulatedVenue {
    var venue: any SimulatedVenue =
      switch self {
      case .coinbase: CoinbaseVenue(model.markets, start: model.start)
      case .coinbaseAdvanced: CoinbaseAdvancedVenue(model.markets, start: model.start)
      case .binance: BinanceVenue(model.markets, limits: limits)
      case .kraken: KrakenVenue(model.markets, start: model.start)
      case .okx: OKXVenue(model.markets)
      case .bybit: BybitVenue(model.markets)
      }
    // Nobody listens yet.
    var output = VenueOutput()
    for event in model.opening { venue.happened(event, &output) }
    return venue
  }
}
