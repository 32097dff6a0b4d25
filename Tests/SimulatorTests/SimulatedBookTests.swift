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

@Suite struct BookStreamsTests {
  typealias Conversation = VenueConversation<OKXVenue>

  private static let markets = [
    SimulatedMarket(venue: .okx, instrument: Instrument(base: "BTC", quote: "USDT"))
  ]

  private static func change(
    _ seconds: Double, _ number: Int64, size: Int64, _ delivery: SimulatedQuote.Delivery = .sent
  ) -> SimulatedEvent {
    var quote = SimulatedQuote(
      market: 0, updateID: number, top: TopOfBook(bid: 90, bidSize: size, ask: 110, askSize: 1),
      changes: [.init(.bid, price: 90, size: size)], time: Conversation.time(seconds))
    quote.delivery = delivery
    return .quote(quote)
  }

  private static let topic = OKXTopic(channel: .books, place: 0)

  private struct Trial {
    var markets = ListedMarkets(BookStreamsTests.markets, of: .okx) { $0.description }
    var books = BookStreams<OKXTopic>(tellsWhatFallsOut: true)

    init(depth: Int? = 400) {
      _ = markets.take(BookStreamsTests.change(0, 10, size: 1))
      books.begin(BookStreamsTests.topic, of: 0, depth: depth, interval: 100_000, markets[0])
    }

    /// What is told before and because of it: the numbers, and the bid's size.
    mutating func happen(_ event: SimulatedEvent) -> [[Int64]] {
      let news = books.news(before: event, at: 0, markets)
      _ = markets.take(event)
      if case .quote(let quote) = event { books.note(quote, at: 0) }
      return Self.numbers(news)
    }

    mutating func tick(_ seconds: Double) -> [[Int64]] {
      Self.numbers(books.news(at: Conversation.time(seconds), markets))
    }

    private static func numbers(_ news: [BookStreams<OKXTopic>.News]) -> [[Int64]] {
      news.map { [$0.message.previous, $0.message.number, $0.message.levels.bids.first?.size ?? 0] }
    }
  }

  @Test func changesOfAnIntervalAreJoined() {
    var trial = Trial()
    #expect(trial.happen(Self.change(0.01, 12, size: 2)).isEmpty)
    #expect(trial.books.next == Conversation.time(0.1))
    #expect(trial.happen(Self.change(0.09, 15, size: 3)).isEmpty)
    #expect(trial.tick(0.099).isEmpty)
    #expect(trial.tick(0.1) == [[10, 15, 3]])
    #expect(trial.books.next == nil)
    // A tick that comes late tells no more than one in time.
    #expect(trial.happen(Self.change(0.15, 17, size: 4)).isEmpty)
    #expect(trial.happen(Self.change(0.25, 19, size: 5)) == [[15, 17, 4]])
    #expect(trial.tick(0.5) == [[17, 19, 5]])
  }

  @Test func whatIsTakenBackIsNotTold() {
    var trial = Trial()
    _ = trial.happen(Self.change(0.01, 12, size: 2))
    _ = trial.happen(Self.change(0.02, 13, size: 1))
    #expect(trial.tick(0.1).isEmpty)
    _ = trial.happen(Self.change(0.11, 14, size: 2))
    #expect(trial.tick(0.2) == [[10, 14, 2]])
  }

  /// A snapshot from between two messages may show what both take for granted.
  @Test func ofAWholeBookAllThatWasNamedIsTold() {
    var trial = Trial(depth: nil)
    _ = trial.happen(Self.change(0.01, 12, size: 2))
    _ = trial.happen(Self.change(0.02, 13, size: 1))
    #expect(trial.tick(0.1) == [[10, 13, 1]])
  }

  @Test func changesThatFareDifferentlyAreNotJoined() {
    var trial = Trial()
    _ = trial.happen(Self.change(0.01, 12, size: 2))
    #expect(trial.happen(Self.change(0.02, 13, size: 3, .lost)) == [[10, 12, 2]])
    #expect(trial.happen(Self.change(0.03, 14, size: 4)) == [[12, 13, 3]])
    #expect(trial.tick(0.1) == [[13, 14, 4]])
  }

  @Test func aListenerWhoComesLaterIsInStepWithTheOthers() {
    var trial = Trial()
    _ = trial.happen(Self.change(0.01, 12, size: 2))
    let snapshot = trial.books.begin(Self.topic, of: 0, depth: 400, interval: 100_000, trial.markets[0])
    #expect(snapshot.number == 10 && snapshot.levels.bids == [.init(price: 90, size: 1)])
    #expect(trial.tick(0.1) == [[10, 12, 2]])
    trial.books.end(Self.topic)
    #expect(trial.happen(Self.change(0.11, 14, size: 3)).isEmpty && trial.tick(0.3).isEmpty)
  }
}
