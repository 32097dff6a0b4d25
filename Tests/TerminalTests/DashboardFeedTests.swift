import Foundation
import Synchronization
import Testing

@testable import ArbdFramework
@testable import ArbdTerminal

@Suite(.timeLimit(.minutes(5))) struct DashboardFeedTests {
  /// What a subscriber has been told, in a model.
  private final class Told: Sendable {
    private let state = Mutex((model: DashboardModel(), updates: 0))

    func apply(_ update: DashboardUpdate) {
      state.withLock { state in
        state.model.apply(update)
        state.updates += 1
      }
    }

    var model: DashboardModel { state.withLock { $0.model } }

    func wait(until isTrue: (DashboardModel) -> Bool) async throws {
      let deadline = ContinuousClock.now + .seconds(60)
      while !isTrue(model) {
        try #require(ContinuousClock.now < deadline, "waited for news")
        try await Task.sleep(for: .milliseconds(5))
      }
    }
  }

  private let board = RunBoard()
  private let markets = MarketTable()
  private let log = LogTail()

  /// `startsAfter`: snapshots that say that the run is still starting.
  private func feed(recent: [Alert] = [], startsAfter: Double = 0) -> DashboardFeed {
    var detector = DetectorRow(name: "btc", type: "spread")
    detector.netThreshold = 5
    let elapsed = Mutex(0.0)
    let view = RunView(
      board: board, markets: markets,
      snapshot: {
        var snapshot = OperationsSnapshot()
        let seconds = elapsed.withLock { value in
          value += 1
          return value
        }
        snapshot.elapsed = .seconds(seconds)
        snapshot.phase = seconds > startsAfter ? .running : .starting
        snapshot.coreAge = .zero
        var core = CoreSnapshot()
        core.counts.events = UInt64(seconds) * 100
        snapshot.core = core
        return snapshot
      }, stop: {}, recentAlerts: { _ in recent })
    let source = DashboardSource(
      configuration: "test.json", version: "0", detectors: [detector], fees: ["a": 3], equalAssets: [], log: log,
      process: { ProcessRow(cpuSeconds: 1, residentBytes: 2) },
      now: { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1e6)) })
    return DashboardFeed(view, source)
  }

  private func trade(_ venue: String, _ price: Int64) throws -> Trade {
    let market = Market(venue: venue, instrument: Instrument(base: "BTC", quote: "USD"))
    return Trade(
      market: try #require(markets.intern(market)), side: .buy,
      price: Quantity(ExactDecimal(mantissa: price, exponent: -4)),
      size: Quantity(ExactDecimal(mantissa: 1, exponent: 0)), id: TradeID(1), eventTime: Timestamp(microseconds: 1),
      receiveTime: Timestamp(microseconds: price))
  }

  private static func alert(_ detector: String, at second: Int64) -> Alert {
    Alert(
      detector: detector, type: "spread", windowStart: Timestamp(microseconds: second * 1_000_000),
      windowEnd: Timestamp(microseconds: (second + 1) * 1_000_000),
      legs: [
        Alert.Leg(
          side: .buy, market: Market(venue: "a", instrument: Instrument(base: "BTC", quote: "USD")), price: 1,
          feeBasisPoints: 0)
      ], spread: 1, grossBasisPoints: 1, netBasisPoints: 1, detectedAt: Timestamp(microseconds: second))
  }

  @Test func pricesAlertsWindowsLogAndReportsArrive() async throws {
    let feed = feed()
    let told = Told()
    _ = feed.subscribe { update, _ in told.apply(update) }
    defer { feed.end() }
    board.note(try trade("a", 600_440_500))
    let alert = Self.alert("btc", at: 5)
    board.note([alert])
    board.note([
      WindowSummary(
        detector: "btc", type: "spread", windowStart: alert.windowStart, windowEnd: alert.windowEnd, alerts: 1,
        prices: [WindowSummary.Price(market: alert.legs[0].market, records: 412, buy: 1, sell: 1)],
        routes: [WindowSummary.Route(legs: alert.legs, spread: 1, grossBasisPoints: 1, netBasisPoints: 1)],
        detectedAt: alert.detectedAt)
    ])
    _ = log.add(LogLine(time: 1, level: .info, text: "hello"))
    try await told.wait { $0.alerts.total == 1 && $0.log.count == 1 && $0.eventRate != nil && $0.markets.count == 1 }
    let model = told.model
    let row = model.markets[MarketKey(venue: "a", instrument: "BTC-USD")]?.row
    // Digits as sent, without zeros at their end.
    #expect(row?.last == 60_044.05 && row?.decimals == 2)
    #expect(model.windows["btc"]?.routes.count == 1 && model.series.count == 1)
    #expect(model.alerts.entries.first?.latest.route.legs.first?.records == 412)
    #expect(model.eventRate == 100 && model.report?.fees == ["a": 3])
    #expect(model.report?.detectors.first?.netThreshold == 5)
  }

  @Test func aQuoteDoesNotHideTheTradeBeforeIt() async throws {
    let feed = feed()
    let told = Told()
    _ = feed.subscribe { update, _ in told.apply(update) }
    defer { feed.end() }
    let trade = try trade("a", 10_000)
    board.note(trade)
    try await told.wait { $0.markets.count == 1 }
    board.note(
      Quote(
        market: trade.market, bid: trade.price, bidSize: .missing, ask: .missing, askSize: .missing,
        eventTime: Timestamp(microseconds: 2), receiveTime: Timestamp(microseconds: 20_000)))
    try await told.wait { $0.markets.values.first?.row.bid == 1 }
    let row = told.model.markets.values.first?.row
    #expect(row?.last == 1 && row?.ask == nil && row?.receiveTime == 20_000)
  }

  @Test func whoComesBeforeTheJournalIsOpenIsToldOfItLater() async throws {
    let feed = feed(recent: [Self.alert("old", at: 1)], startsAfter: 3)
    let told = Told()
    _ = feed.subscribe { update, _ in told.apply(update) }
    #expect(told.model.alerts.total == 0)
    try await told.wait { $0.alerts.total == 1 }
    try await Task.sleep(for: .milliseconds(120))
    #expect(told.model.alerts.total == 1, "once")
    feed.end()
  }

  @Test func whoComesLateIsToldWhatThereHasBeen() async throws {
    let feed = feed(recent: [Self.alert("old", at: 1)])
    let first = Told()
    _ = feed.subscribe { update, _ in first.apply(update) }
    #expect(first.model.alerts.entries.map(\.latest.detector) == ["old"], "from the journal, at once")
    board.note(try trade("a", 10_000))
    board.note([Self.alert("new", at: 2)])
    _ = log.add(LogLine(time: 1, level: .info, text: "hello"))
    try await first.wait { $0.alerts.total == 2 && $0.markets.count == 1 && $0.log.count == 1 }
    let second = Told()
    _ = feed.subscribe { update, _ in second.apply(update) }
    #expect(second.model.alerts.entries.map(\.latest.detector) == ["new", "old"])
    #expect(second.model.markets.count == 1 && second.model.log.count == 1)
    feed.end()
  }

  /// What was found before anybody looked stands in the journal and on the board.
  @Test func anAlertThatTheJournalHasToldIsNotToldAgain() async throws {
    let known = (1...3).map { Self.alert("found", at: $0) }
    board.note(Array(known[1...]))
    let feed = feed(recent: known)
    let told = Told()
    _ = feed.subscribe { update, _ in told.apply(update) }
    board.note([Self.alert("new", at: 4)])
    try await told.wait { $0.alerts.entries.contains { $0.latest.detector == "new" } }
    #expect(told.model.alerts.total == 4)
    let late = Told()
    _ = feed.subscribe { update, _ in late.apply(update) }
    #expect(late.model.alerts.total == 4)
    feed.end()
  }

  @Test func whoLeavesIsToldNoMore() async throws {
    let feed = feed()
    let (staying, leaving) = (Told(), Told())
    _ = feed.subscribe { update, _ in staying.apply(update) }
    let number = feed.subscribe { update, _ in leaving.apply(update) }
    feed.unsubscribe(number)
    board.note([Self.alert("new", at: 2)])
    try await staying.wait { $0.alerts.total == 1 }
    #expect(leaving.model.alerts.total == 0)
    feed.end()
    // Again, and after the end.
    feed.end()
  }
}

extension RunBoard {
  /// As the core does with a batch of one event.
  fileprivate func note(_ trade: Trade) { add { $0.note(trade) } }
  fileprivate func note(_ quote: Quote) { add { $0.note(quote) } }

  private func add(_ note: (inout Draft) -> Void) {
    var draft = Draft()
    note(&draft)
    add(&draft)
  }
}
