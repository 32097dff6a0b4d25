package import ArbdFramework

/// What is simulated, and where it is served.
package struct SimulatorOptions: Sendable {
  package struct Venue: Sendable {
    package var kind: VenueKind
    package var instruments: [Instrument]
    /// 0 takes a free one.
    package var port: UInt16

    package init(_ kind: VenueKind, instruments: [Instrument]? = nil, port: UInt16 = 0) {
      self.kind = kind
      self.instruments = instruments ?? kind.defaultInstruments
      self.port = port
    }
  }

  package var venues = VenueKind.allCases.map { Venue($0) }
  /// An IPv4 address of this machine.
  package var address = "127.0.0.1"
  /// The same seed, start and options give the same market.
  package var seed: UInt64 = 1
  /// The first moment of simulated time; nil is the moment at which the simulator starts.
  package var startTime: Timestamp?
  /// How much faster simulated time runs than real time. Venues' pings, lifetimes and all else run with it.
  package var speed = 1.0
  /// For each market, a second of simulated time.
  package var rates = MarketModel.Rates(trades: 5, quotes: 5)
  /// 1 is usual for the field, 0 stands still.
  package var volatility = 1.0
  /// Levels a side of each order book.
  package var bookDepth = MarketModel.usualDepth
  package var injections: [Injection] = []
  package var periodicInjections: InjectionSchedule.Periodic?
  package var faults: [ScheduledFault] = []
  package var binanceLimits = BinanceLimits()
  /// Nil: no TLS.
  package var tls: TLSFiles?
  /// A client that leaves more than that unread is disconnected.
  package var maximumPendingBytes = 16 << 20

  package init() {}

  package var markets: [SimulatedMarket] {
    venues.flatMap { venue in venue.instruments.map { SimulatedMarket(venue: venue.kind, instrument: $0) } }
  }

  /// Why this cannot be simulated, as a sentence; nil when it can.
  var problem: String? {
    let kinds = venues.map(\.kind)
    if kinds.isEmpty { return "there is no venue to simulate" }
    if Set(kinds).count < kinds.count { return "a venue is named twice" }
    for venue in venues {
      if venue.instruments.isEmpty { return "\(venue.kind.rawValue) has no instruments" }
      if Set(venue.instruments).count < venue.instruments.count {
        return "\(venue.kind.rawValue) lists an instrument twice"
      }
      // They stand in messages and URLs as they are.
      if let odd = venue.instruments.first(where: { "\($0)".contains(where: { "\"\\/@?&%".contains($0) }) }) {
        return "\(odd) cannot be an instrument's name here"
      }
    }
    guard speed.isFinite, speed > 0, speed <= 1e6 else { return "the speed must be above 0, and at most 1000000" }
    guard [rates.trades, rates.quotes].allSatisfy({ $0 >= 0 && $0 <= 1e7 }) else {
      return "a rate must be from 0 to 10000000 a second"
    }
    guard volatility >= 0, volatility <= 1_000 else { return "the volatility must be from 0 to 1000" }
    guard (1...10_000).contains(bookDepth) else { return "a book's depth must be from 1 to 10000 levels" }
    guard maximumPendingBytes > 0 else { return "the limit of unread bytes must be above 0" }
    return injections.lazy.compactMap(problem).first ?? problemOfFaults
  }

  private func problem(_ injection: Injection) -> String? {
    let markets = markets
    switch injection.kind {
    case .spread(let base, _, _):
      guard InjectionReport(injection, markets).pairs.isEmpty else { return nil }
      return "a spread of \(base) shows nowhere: both venues must list it against the same asset, or dollars"
    case .triangle(let venue, let instrument):
      guard let market = markets.first(where: { $0.venue == venue && $0.instrument == instrument }) else {
        return "\(venue.rawValue) does not list \(instrument), of which a triangle is wanted"
      }
      guard Triangle(through: market, markets) == nil else { return nil }
      return "\(market) is in no triangle: no other two markets of the venue close it"
    }
  }

  private var problemOfFaults: String? {
    let kinds = Set(venues.map(\.kind))
    return faults.first { !kinds.contains($0.fault.venue) }
      .map { "\($0.fault.venue.rawValue), for which there is a fault, is not simulated" }
  }
}
