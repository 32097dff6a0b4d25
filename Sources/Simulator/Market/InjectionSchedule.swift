internal import ArbdFramework

/// What is injected when, in order of start: what was asked for, and others at regular intervals.
///
/// A value: a copy lists what will come without taking it from the market.
package struct InjectionSchedule: Sendable {
  /// One injection at each multiple of `interval`, taken in turn from all that the markets allow.
  package struct Periodic: Sendable {
    package let interval: Duration
    package let duration: Duration
    package let bps: Double

    package init(interval: Duration, duration: Duration, bps: Double) {
      self.interval = interval
      self.duration = duration
      self.bps = bps
    }
  }

  private var explicit: ArraySlice<Injection>
  private let periodic: Periodic?
  private let candidates: [Injection.Kind]
  private var round: Int64 = 1

  package init(_ explicit: [Injection], every periodic: Periodic?, markets: [SimulatedMarket], seed: UInt64) {
    self.explicit = explicit.sorted { $0.start < $1.start }[...]
    self.periodic = periodic
    var generator = SeededGenerator(seed: seed, key: "injections")
    candidates = InjectionSchedule.candidates(markets).shuffled(using: &generator)
  }

  /// The next one; nil when there is none.
  package mutating func next() -> Injection? {
    guard let recurring else { return explicit.popFirst() }
    if let asked = explicit.first, asked.start <= recurring.start { return explicit.popFirst() }
    round += 1
    return recurring
  }

  private var recurring: Injection? {
    guard let periodic, !candidates.isEmpty else { return nil }
    let interval = max(periodic.interval.wholeNanoseconds, 1_000_000)
    let (start, overflow) = interval.multipliedReportingOverflow(by: round)
    guard !overflow else { return nil }
    return Injection(
      kind: candidates[Int(round - 1) % candidates.count], startNanoseconds: start,
      nanoseconds: min(periodic.duration.wholeNanoseconds, interval), bps: periodic.bps)
  }

  /// A spread for each asset with dollar markets at two venues, a triangle for each market that two others cross.
  private static func candidates(_ markets: [SimulatedMarket]) -> [Injection.Kind] {
    var found: [Injection.Kind] = []
    for sell in markets where ReferenceValues.dollars.contains(sell.instrument.quote) {
      for buy in markets where buy.venue != sell.venue && buy.instrument.base == sell.instrument.base {
        let kind = Injection.Kind.spread(base: sell.instrument.base, sell: sell.venue, buy: buy.venue)
        if ReferenceValues.dollars.contains(buy.instrument.quote), !found.contains(kind) { found.append(kind) }
      }
    }
    for market in markets where Triangle(through: market, markets) != nil {
      found.append(.triangle(venue: market.venue, instrument: market.instrument))
    }
    return found
  }
}

/// Three markets of one venue that close a circle.
struct Triangle {
  /// What is both the base's and the quote's quote.
  let common: String

  init?(through market: SimulatedMarket, _ markets: [SimulatedMarket]) {
    let here = markets.lazy.filter { $0.venue == market.venue }
    let quotesOfBase = here.filter { $0.instrument.base == market.instrument.base }.map(\.instrument.quote)
    for quote in quotesOfBase {
      let other = Instrument(base: market.instrument.quote, quote: quote)
      if here.contains(where: { $0.instrument == other }) {
        common = quote
        return
      }
    }
    return nil
  }
}
