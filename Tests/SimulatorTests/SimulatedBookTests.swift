import ArbdFramework
import ArbdSimulator
import Testing

@testable import ArbdSimulator

@Suite struct SimulatedBookTests {
  static func model(_ markets: [SimulatedMarket], seed: UInt64 = 1, depth: Int = 40) -> MarketModel {
    MarketModel(
      markets: markets, start: MarketModelTests.start, seed: seed, rates: .init(trades: 20, quotes: 20), depth: depth,
      schedule: InjectionSchedule([], every: nil, markets: markets, seed: seed))
  }

  /// Prices and sizes by hand, in any order.
  private struct NaiveBook {
    var bids: [Int64: Int64] = [:]
    var asks: [Int64: Int64] = [:]

    mutating func apply(_ change: SimulatedBook.Change) {
      let size = change.level.size == 0 ? nil : change.level.size
      if change.side == .bid { bids[change.level.price] = size } else { asks[change.level.price] = size }
    }

    func levels(_ side: BookSide) -> [SimulatedBook.Level] {
      let sorted = side == .bid ? bids.sorted { $0.key > $1.key } : asks.sorted { $0.key < $1.key }
      return sorted.map { SimulatedBook.Level(price: $0.key, size: $0.value) }
    }
  }

  @Test func theChangesLeadToTheBookAndTheBookToTheQuote() {
    let markets = MarketModelTests.defaultMarkets()
    var model = Self.model(markets)
    var books = Array(repeating: NaiveBook(), count: markets.count)
    var events = model.opening
    while !model.advance(to: 60_000_000_000, limit: 1_000, into: &events) {}
    var numbers = 0
    var last: [Int: Int64] = [:]
    for case .quote(let quote) in events {
      numbers += 1
      for change in quote.changes { books[quote.market].apply(change) }
      let (bids, asks) = (books[quote.market].levels(.bid), books[quote.market].levels(.ask))
      #expect(bids.count == 40 && asks.count == 40)
      #expect(bids.first == .init(price: quote.top.bid, size: quote.top.bidSize))
      #expect(asks.first == .init(price: quote.top.ask, size: quote.top.askSize))
      #expect(bids.allSatisfy { $0.price > 0 && $0.size > 0 } && asks.allSatisfy { $0.size > 0 })
      if let last = last[quote.market] { #expect(quote.previousID == last) }
      last[quote.market] = quote.updateID
      if quote.changes.count < 32 {
        let named = quote.changes.map { [$0.side == .bid ? 0 : 1, $0.level.price] }
        #expect(Set(named).count == named.count)
      }
    }
    #expect(numbers > 10_000)
    for place in markets.indices {
      #expect(model.book(at: place).levels(.bid) == books[place].levels(.bid))
      #expect(model.book(at: place).levels(.ask) == books[place].levels(.ask))
    }
  }

  @Test func tradesAndTopsAreTheSameHoweverDeepBooksAre() {
    let markets = MarketModelTests.defaultMarkets()
    func tops(_ depth: Int) -> [TopOfBook] {
      var model = Self.model(markets, depth: depth)
      var events: [SimulatedEvent] = []
      while !model.advance(to: 10_000_000_000, limit: 1_000, into: &events) {}
      return events.map { event in
        switch event {
        case .trade(let trade): trade.top
        case .quote(let quote): quote.top
        }
      }
    }
    #expect(tops(5) == tops(200))
  }

  @Test(arguments: [1, 5, 20], [true, false]) func aViewShowsTheBestLevels(depth: Int, tellsAll: Bool) {
    let markets = [SimulatedMarket(venue: .kraken, instrument: Instrument(base: "BTC", quote: "USD"))]
    var model = Self.model(markets)
    var book = SimulatedBook()
    var events = model.opening
    while !model.advance(to: 20_000_000_000, limit: 1_000, into: &events) {}
    var (view, client): (BookView?, NaiveBook) = (nil, NaiveBook())
    var quiet = 0
    for case .quote(let quote) in events {
      for change in quote.changes { book.apply(change) }
      var shown = view ?? BookView(depth: depth, tellsWhatFallsOut: tellsAll, book)
      let changes = view == nil ? shown.levels : shown.follow(book)
      view = shown
      quiet += changes.isEmpty ? 1 : 0
      for level in changes.bids { client.apply(.init(.bid, price: level.price, size: level.size)) }
      for level in changes.asks { client.apply(.init(.ask, price: level.price, size: level.size)) }
      // Whoever is not told what falls out drops it.
      for level in client.levels(.bid).dropFirst(tellsAll ? .max : depth) { client.bids[level.price] = nil }
      for level in client.levels(.ask).dropFirst(tellsAll ? .max : depth) { client.asks[level.price] = nil }
      #expect(client.levels(.bid) == book.levels(.bid, atMost: depth))
      #expect(client.levels(.ask) == book.levels(.ask, atMost: depth))
    }
    #expect(quiet == 0)
  }

  @Test func nothingHappensDuringAHaltAndAllGoesOnBehindIt() {
    let markets = SimulatorOptions().markets.filter { $0.venue == .kraken }
    var model = Self.model(markets)
    let second: Int64 = 1_000_000_000
    var events: [SimulatedEvent] = []
    model.burst(.kraken, factor: 0, at: 0, duration: second)
    _ = model.advance(to: second - 1, limit: .max, into: &events)
    #expect(events.isEmpty)
    #expect(model.nextTime == second)
    _ = model.advance(to: 2 * second, limit: .max, into: &events)
    #expect(events.count > 50)
  }

  /// The check value of the algorithm, and the venue's own example.
  @Test func checksumsAreCRC32() {
    #expect(CRC32.checksum(of: Array("123456789".utf8)) == 0xCBF4_3926)
    let text =
      "45285210000045286415457195345286615457110945289615456091145290215890660452918154553491452947445474945296135380000"
      + "45297599455424529951877282745283510000000452834154582015452821100000004528101000000045280315459258645279079900004"
      + "5277633101034527753000000045277315460273745276615445238"
    #expect(CRC32.checksum(of: Array(text.utf8)) == 3_310_070_434)
  }
}
