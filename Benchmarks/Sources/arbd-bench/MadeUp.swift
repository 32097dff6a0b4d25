import ArbdFramework

/// Numbers that look random and are the same in every run (SplitMix64).
struct MadeUpNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Cheaper than `Int.random(in:)` and even enough.
  mutating func below(_ bound: Int) -> Int { Int(truncatingIfNeeded: next() >> 33) % bound }
}

/// Venues that all trade the same instruments.
struct MadeUpMarkets {
  let table = MarketTable()
  let venues: [String]
  let instruments: [Instrument]
  /// Instrument by instrument, for each its venues.
  let ids: [MarketID]

  static let usualVenues = ["coinbase", "binance", "kraken", "okx", "bybit"]

  init(instruments count: Int, venues: Int) {
    self.venues = Array(MadeUpMarkets.usualVenues.prefix(venues))
    instruments = (0..<count).map { Instrument(base: MadeUpMarkets.asset($0), quote: "USDT") }
    var ids: [MarketID] = []
    for instrument in instruments {
      for venue in self.venues {
        if let id = table.intern(Market(venue: venue, instrument: instrument)) { ids.append(id) }
      }
    }
    self.ids = ids
  }

  /// BTC, ETH, SOL and then names that nobody trades: A3, A4…
  static func asset(_ number: Int) -> String {
    number < 3 ? ["BTC", "ETH", "SOL"][number] : "A\(number)"
  }

  func market(_ place: Int) -> Market {
    Market(venue: venues[place % venues.count], instrument: instruments[place / venues.count])
  }
}

/// Trades and quotes of made-up markets, one after the other without end.
///
/// Markets take turns at random. Receive times rise by `interval`; event times lie 5 to 205 ms before them, so they are out
/// of order, and within what detectors wait for.
struct Tape {
  let markets: MadeUpMarkets
  private var numbers = MadeUpNumbers(seed: 1)
  private var time: Int64 = 1_767_225_600_000_000
  private let interval: Int64
  private var tradeID: UInt64 = 734_118_205

  /// `rate`: events a second of market time.
  init(_ markets: MadeUpMarkets, rate: Int64) {
    self.markets = markets
    interval = 1_000_000 / rate
  }

  mutating func nextTrade() -> Trade {
    let (place, eventTime) = step()
    tradeID += 1
    return Trade(
      market: markets.ids[place], side: numbers.next() & 1 == 0 ? .buy : .sell, price: price(place),
      size: Quantity(ExactDecimal(mantissa: Int64(1 + numbers.below(1_000_000)), exponent: -8)), id: TradeID(tradeID),
      eventTime: eventTime, receiveTime: Timestamp(microseconds: time))
  }

  mutating func nextQuote() -> Quote {
    let (place, eventTime) = step()
    let bid = price(place)
    let ask = Quantity(ExactDecimal(mantissa: (bid.exact?.mantissa ?? 0) + 1, exponent: -2))
    return Quote(
      market: markets.ids[place], bid: bid, bidSize: Quantity(ExactDecimal(mantissa: 100_293, exponent: -5)), ask: ask,
      askSize: Quantity(ExactDecimal(mantissa: 59_599, exponent: -5)), eventTime: eventTime,
      receiveTime: Timestamp(microseconds: time))
  }

  private mutating func step() -> (place: Int, eventTime: Timestamp) {
    time += interval
    let place = numbers.below(markets.ids.count)
    return (place, Timestamp(microseconds: time - Int64(5_000 + numbers.below(200_000))))
  }

  /// Cents around 60,000 less 10 for each instrument, a few basis points from venue to venue.
  private mutating func price(_ place: Int) -> Quantity {
    let instrument = place / markets.venues.count
    let cents = 6_000_000 - instrument * 1_000 + numbers.below(3_000)
    return Quantity(ExactDecimal(mantissa: Int64(cents), exponent: -2))
  }
}
