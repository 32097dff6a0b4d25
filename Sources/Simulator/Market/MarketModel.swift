package import ArbdFramework
import Glibc

/// All markets of a simulation: trades and tops of book in the order of simulated time, which is driven from outside.
///
/// Arrivals are Poisson processes, one for each market: `trades` trades and `quotes` further changes of the top of book a
/// second; each trade is followed by the book that it leaves. The same seed and markets give the same events.
package struct MarketModel: Sendable {
  private struct State: Sendable {
    let base: Int
    let quote: Int
    let tick: Double
    let typicalSize: Double
    let halfSpread: Double
    /// Injected into this market alone.
    var shift = 0.0
    var rateFactor = 1.0
    var generator: SeededGenerator
    var top = TopOfBook(bid: 1, bidSize: 1, ask: 2, askSize: 1)
    var motion: BookMotion
    var tradeID: Int64
    var sequence: Int64
    var updateID: Int64
  }

  package struct Rates: Sendable {
    package var trades: Double
    package var quotes: Double

    package init(trades: Double, quotes: Double) {
      self.trades = trades
      self.quotes = quotes
    }
  }

  package let markets: [SimulatedMarket]
  /// When the simulation starts, in its own time.
  package let start: Timestamp
  private let rates: Rates
  private var states: [State] = []
  private var fundamentals: Fundamentals
  private var arrivals: ArrivalQueue
  private var schedule: InjectionSchedule
  private var upcoming: Injection?
  private var active: [Injection] = []
  private var bursts: [Burst] = []
  private var basisOf: [BasisKey: Int] = [:]

  private struct BasisKey: Hashable, Sendable {
    let venue: VenueKind
    let asset: String
  }

  private struct Burst: Sendable {
    let venue: VenueKind
    let end: Int64
  }

  /// The books as they are before anything has happened, as if all their levels were new.
  package private(set) var opening: [SimulatedEvent] = []

  /// Levels a side of each book.
  package static let usualDepth = 150

  /// The spread between best bid and ask, in parts of the price; never less than a tick.
  package static let relativeSpread = 0.5e-4

  /// `volatility`: 1 is usual for the field, 0 stands still.
  package init(
    markets: [SimulatedMarket], start: Timestamp, seed: UInt64, rates: Rates, volatility: Double = 1,
    depth: Int = usualDepth, schedule: InjectionSchedule
  ) {
    self.markets = markets
    self.start = start
    self.rates = rates
    self.schedule = schedule
    fundamentals = Fundamentals(seed: seed, volatility: volatility)
    arrivals = ArrivalQueue([])
    for market in markets { states.append(makeState(market, seed: seed, depth: depth)) }
    for place in markets.indices { opening.append(open(place)) }
    let total = rates.trades + rates.quotes
    guard total > 0 else { return }
    arrivals = ArrivalQueue(
      states.indices.map { .init(time: MarketModel.gap(&states[$0].generator, rate: total), market: $0) })
    upcoming = self.schedule.next()
  }

  private mutating func makeState(_ market: SimulatedMarket, seed: UInt64, depth: Int) -> State {
    var generator = SeededGenerator(seed: seed, key: market.description)
    let worth = ReferenceValues.value(of: market.instrument.base)
    let firstID = Int64.random(in: 1_000_000...900_000_000, using: &generator)
    let typicalSize = max(1, 1_000 / worth / market.lot.doubleValue)
    let motion = BookMotion(
      depth: depth, middle: ReferenceValues.price(of: market.instrument) / market.tick.doubleValue,
      typicalSize: typicalSize, SeededGenerator(seed: seed, key: "\(market) book"))
    return State(
      base: basis(market.venue, market.instrument.base), quote: basis(market.venue, market.instrument.quote),
      tick: market.tick.doubleValue, typicalSize: typicalSize, halfSpread: MarketModel.relativeSpread / 2,
      generator: generator, motion: motion, tradeID: firstID, sequence: firstID * 40, updateID: firstID * 30)
  }

  private mutating func open(_ place: Int) -> SimulatedEvent {
    // What the market draws afterwards is the same as if nobody had looked before.
    let generator = states[place].generator
    refreshBook(place)
    states[place].generator = generator
    let changes = states[place].motion.move(to: states[place].top)
    return .quote(
      SimulatedQuote(
        market: place, updateID: states[place].updateID, top: states[place].top, changes: changes, time: start))
  }

  /// The book of the market at a place, as it is now.
  package func book(at place: Int) -> SimulatedBook { states[place].motion.book }

  private mutating func basis(_ venue: VenueKind, _ asset: String) -> Int {
    let key = BasisKey(venue: venue, asset: asset)
    if let known = basisOf[key] { return known }
    let added = fundamentals.addBasis(asset: fundamentals.asset(asset))
    basisOf[key] = added
    return added
  }

  /// When something happens next, in nanoseconds since the start; nil when nothing ever does.
  package var nextTime: Int64? {
    guard let arrival = arrivals.first?.time else { return nil }
    return bursts.reduce(arrival) { min($0, $1.end) }
  }

  /// The time that many nanoseconds after the start.
  package func timestamp(_ nanoseconds: Int64) -> Timestamp {
    Timestamp(microseconds: start.microseconds + nanoseconds / 1_000)
  }

  /// Appends what happens up to and with `time`, at most about `limit` events; false when there is more.
  package mutating func advance(to time: Int64, limit: Int, into events: inout [SimulatedEvent]) -> Bool {
    let end = limit > .max - events.count ? .max : events.count + limit
    while let next = nextTime, next <= time {
      if events.count >= end { return false }
      applyChanges(upTo: next)
      // Not the one that was next where the end of a burst has moved it.
      guard let arrival = arrivals.first, arrival.time <= next else { continue }
      fundamentals.advance(to: arrival.time)
      emit(arrival, into: &events)
    }
    return true
  }

  private mutating func emit(_ arrival: ArrivalQueue.Arrival, into events: inout [SimulatedEvent]) {
    let place = arrival.market
    let time = timestamp(arrival.time)
    let total = (rates.trades + rates.quotes) * states[place].rateFactor
    refreshBook(place)
    if states[place].generator.uniform() * (rates.trades + rates.quotes) <= rates.trades {
      events.append(.trade(trade(place, at: time)))
    }
    let previousID = states[place].updateID
    states[place].updateID += 1 + Int64(states[place].generator.next() & 7)
    let changes = states[place].motion.move(to: states[place].top)
    events.append(
      .quote(
        SimulatedQuote(
          market: place, updateID: states[place].updateID, previousID: previousID, top: states[place].top,
          changes: changes, time: time)))
    let gap = MarketModel.gap(&states[place].generator, rate: total)
    arrivals.moveFirst(to: arrival.time + gap)
  }

  private mutating func trade(_ place: Int, at time: Timestamp) -> SimulatedTrade {
    let size = drawSize(place)
    let takerBuys = states[place].generator.next() & 1 == 1
    states[place].tradeID += 1
    states[place].sequence += 1 + Int64(states[place].generator.next() & 63)
    let price = takerBuys ? states[place].top.ask : states[place].top.bid
    // What the trade leaves of the level, or what others put there anew.
    if takerBuys {
      states[place].top.askSize = drawSize(place)
    } else {
      states[place].top.bidSize = drawSize(place)
    }
    return SimulatedTrade(
      market: place, tradeID: states[place].tradeID, sequence: states[place].sequence, price: price, size: size,
      takerBuys: takerBuys, time: time, top: states[place].top)
  }

  private mutating func refreshBook(_ place: Int) {
    let state = states[place]
    let logPrice = fundamentals.logValue(state.base) - fundamentals.logValue(state.quote) + state.shift
    // Eight decimals of a price have to fit 63 bits.
    let middle = min(max(exp(logPrice) / state.tick, 2), 1e12)
    let bid = max(1, Int64((middle * (1 - state.halfSpread)).rounded(.down)))
    let ask = max(bid + 1, Int64((middle * (1 + state.halfSpread)).rounded(.up)))
    states[place].top = TopOfBook(bid: bid, bidSize: drawSize(place), ask: ask, askSize: drawSize(place))
  }

  private mutating func drawSize(_ place: Int) -> Int64 {
    1 + Int64(min(states[place].typicalSize * states[place].generator.exponential(), 1e10))
  }

  /// Nanoseconds to the next arrival.
  private static func gap(_ generator: inout SeededGenerator, rate: Double) -> Int64 {
    Int64(min(generator.exponential() / rate * 1e9, 1e15)) + 1
  }
}

// MARK: - What changes the markets

extension MarketModel {
  /// From `time` on, for `duration` nanoseconds, everything at the venue happens `factor` times as often; with 0 nothing
  /// does.
  package mutating func burst(_ venue: VenueKind, factor: Double, at time: Int64, duration: Int64) {
    bursts.removeAll { $0.venue == venue }
    let (end, overflow) = time.addingReportingOverflow(duration)
    bursts.append(Burst(venue: venue, end: overflow ? .max : end))
    setRate(venue, factor: factor, at: time)
  }

  private mutating func setRate(_ venue: VenueKind, factor: Double, at time: Int64) {
    let rate = (rates.trades + rates.quotes) * factor
    guard rates.trades + rates.quotes > 0 else { return }
    var times: [Int: Int64] = [:]
    for place in states.indices where markets[place].venue == venue {
      states[place].rateFactor = factor
      // Exponential gaps have no memory: drawn anew they are as good as the old ones.
      times[place] = rate > 0 ? time + MarketModel.gap(&states[place].generator, rate: rate) : .max
    }
    arrivals.reschedule { times[$0] }
  }

  /// Begins and ends injections and bursts that are due.
  private mutating func applyChanges(upTo time: Int64) {
    if !active.isEmpty, active.contains(where: { $0.end <= time }) {
      for injection in active where injection.end <= time { apply(injection, sign: -1) }
      active.removeAll { $0.end <= time }
    }
    while let injection = upcoming, injection.start <= time {
      if injection.end > time {
        apply(injection, sign: 1)
        active.append(injection)
      }
      upcoming = schedule.next()
    }
    guard !bursts.isEmpty else { return }
    for burst in bursts where burst.end <= time { setRate(burst.venue, factor: 1, at: burst.end) }
    bursts.removeAll { $0.end <= time }
  }

  private mutating func apply(_ injection: Injection, sign: Double) {
    let size = log1p(injection.bps / 1e4) * sign
    switch injection.kind {
    case .spread(let base, let sell, let buy):
      shift(sell, base, by: size / 2, injections: Int(sign))
      shift(buy, base, by: -size / 2, injections: Int(sign))
    case .triangle(let venue, let instrument):
      for place in states.indices where markets[place].venue == venue && markets[place].instrument == instrument {
        states[place].shift = abs(states[place].shift + size) < 1e-12 ? 0 : states[place].shift + size
      }
    }
  }

  private mutating func shift(_ venue: VenueKind, _ asset: String, by size: Double, injections: Int) {
    guard let place = basisOf[BasisKey(venue: venue, asset: asset)] else { return }
    fundamentals.bases[place].injections += injections
    // Exactly as before once the last one is over, whatever rounding did.
    fundamentals.bases[place].shift =
      fundamentals.bases[place].injections == 0 ? 0 : fundamentals.bases[place].shift + size
  }
}
