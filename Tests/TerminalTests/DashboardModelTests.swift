import Foundation
import Testing

@testable import ArbdTerminal

@Suite struct DashboardModelTests {
  @Test func aMarketKeepsItsLastValuesAndTheWayOfItsLastMove() {
    var model = DashboardModel()
    for price in [100.0, 101, 101, 99.5] { model.apply(Samples.update(market: price)) }
    let key = MarketKey(venue: "coinbase", instrument: "BTC-USD")
    #expect(model.markets[key]?.row.last == 99.5)
    #expect(model.markets[key]?.direction == -1)
    model.apply(Samples.update(market: 99.5))
    #expect(model.markets[key]?.direction == -1, "a price that stands still says nothing new")
  }

  @Test func repeatedAlertsAreFoldedWithACount() {
    var book = AlertBook()
    book.add([Samples.alert(at: 1), Samples.alert(at: 2, net: 9), Samples.alert(at: 3, detector: "eth")])
    book.add([Samples.alert(at: 4, net: 5)])
    #expect(book.entries.map(\.latest.detector) == ["btc", "eth"])
    #expect(book.entries[0].count == 3 && book.entries[0].bestNet == 9)
    #expect(book.entries[0].firstAt == 1_000_000 && book.entries[0].latest.detectedAt == 4_000_000)
    #expect(book.total == 4)
    #expect(book.all.map(\.detectedAt) == [4, 3, 2, 1].map { $0 * 1_000_000 })
  }

  @Test func anAlertAfterALongSilenceStandsByItself() {
    var book = AlertBook()
    book.add([Samples.alert(at: 0), Samples.alert(at: 100)])
    #expect(book.entries.map(\.count) == [1, 1])
    book.add([Samples.alert(at: 101)])
    #expect(book.entries.map(\.count) == [2, 1])
  }

  @Test func ratesComeFromTheTwoLastReports() {
    var model = DashboardModel()
    #expect(model.eventRate == nil && model.alertsPerMinute == nil)
    model.apply(Samples.update(uptime: 10, events: 1_000, alerts: 4, cpu: 1))
    #expect(model.eventRate == nil)
    model.apply(Samples.update(uptime: 12, events: 2_000, alerts: 9, cpu: 1.5))
    #expect(model.eventRate == 500 && model.alertsPerMinute == 5 && model.cpuShare == 0.25)
    // Started anew.
    model.apply(Samples.update(uptime: 1, events: 10, alerts: 0, cpu: 0))
    #expect(model.eventRate == nil && model.alertsPerMinute == 0)
  }

  @Test func alertsOfTheLastMinuteAreThoseOfTheLastMinute() {
    var model = DashboardModel()
    for second in 0...300 { model.apply(Samples.update(uptime: Double(second), alerts: UInt64(second * 2))) }
    #expect(model.alertsPerMinute == 120)
  }

  @Test func windowsMakeSeriesOfTheDetectorAndOfItsPairs() {
    var model = DashboardModel()
    model.apply(Samples.update(window: Samples.window(at: 100, nets: [5, 3], alerts: 1)))
    model.apply(Samples.update(window: Samples.window(at: 101, nets: [7, -3])))
    let pairs = model.seriesKeys
    #expect(pairs.map(\.detector) == ["btc", "btc", "btc"] && pairs[0].pair == nil)
    let columns = model.series[SeriesKey(detector: "btc", pair: nil)]?.columns(
      from: 100_000_000, to: 102_000_000, count: 2)
    #expect(columns?.map { $0?.net } == [5, 7] && columns?.map { $0?.alerts } == [1, 0])
  }

  @Test func aWindowWithoutACycleDoesNotHideTheOneBefore() throws {
    var model = DashboardModel()
    var update = DashboardUpdate(time: 1)
    let leg = LegRow(buys: true, venue: "a", instrument: "BTC-USD", price: 1, feeBasisPoints: 0)
    let route = RouteRow(legs: [leg], spread: nil, grossBasisPoints: 1, netBasisPoints: 0)
    func window(at time: Int64, _ routes: [RouteRow]) -> WindowRow {
      WindowRow(
        detector: "t", type: "cycle", windowStart: 0, windowEnd: time, detectedAt: time, alerts: 0, routes: routes)
    }
    update.windows = [window(at: 1, []), window(at: 2, [route]), window(at: 3, [])]
    model.apply(update)
    #expect(model.windows["t"]?.windowEnd == 2)
    update.windows = [window(at: 4, [route])]
    model.apply(update)
    #expect(model.windows["t"]?.windowEnd == 4)
  }

  @Test func aSeriesKeepsTheLargestOfEachColumn() {
    var series = SpreadSeries()
    for second in 0..<600 {
      series.add(net: second == 300 ? 50 : 1, gross: 2, spread: nil, alerts: 0, at: Int64(second) * 1_000_000)
    }
    let columns = series.columns(from: 0, to: 600_000_000, count: 10)
    #expect(columns.map { $0?.net } == [1, 1, 1, 1, 1, 50, 1, 1, 1, 1])
    // Beyond what seconds are kept for, in coarser steps.
    #expect(
      series.columns(from: -3_000_000_000, to: 600_000_000, count: 6).map { $0 == nil } == [
        true, true, true, true, true, false,
      ])
  }

  @Test func aGapStaysAGap() {
    var series = SpreadSeries()
    series.add(net: 1, gross: 1, spread: 1, alerts: 0, at: 0)
    series.add(net: 2, gross: 2, spread: 2, alerts: 0, at: 9_000_000)
    #expect(
      series.columns(from: 0, to: 10_000_000, count: 10).map { $0?.net } == [1] + Array(repeating: nil, count: 8) + [2])
    // A clock that jumps far ahead leaves nothing old behind.
    series.add(net: 3, gross: 3, spread: 3, alerts: 0, at: 9_000_000_000)
    #expect(series.columns(from: 0, to: 10_000_000, count: 10).compactMap(\.self).isEmpty)
  }

  @Test func anUpdateSurvivesItsCoding() throws {
    var update = Samples.update(window: Samples.window(at: 100, nets: [5]))
    update.alerts = [Samples.alert(at: 5)]
    update.markets = [MarketRow(venue: "v", base: "A", quote: "B", bid: 1, receiveTime: 7)]
    update.report = Samples.report(uptime: 3, events: 4)
    update.log = [LogLine(time: 1, level: .warning, text: "w")]
    let data = try JSONEncoder().encode(update)
    #expect(try JSONDecoder().decode(DashboardUpdate.self, from: data) == update)
  }

  /// 24 hours: a report and two windows every four seconds, alerts, markets and lines that never repeat.
  @Test func aDayLeavesNoMoreThanAnHour() {
    var model = DashboardModel()
    var afterAnHour = 0
    for second in stride(from: 0, to: 86_400, by: 4) {
      var update = Samples.update(uptime: Double(second), events: UInt64(second) * 50_000, alerts: UInt64(second))
      update.time = Int64(second) * 1_000_000
      update.windows = [
        Samples.window(at: second, nets: [1, 2, 3]), Samples.window(at: second, nets: [1], detector: "d\(second)"),
      ]
      if second % 16 == 0 {
        update.alerts = [Samples.alert(at: second, detector: "d\(second)"), Samples.alert(at: second)]
      }
      if second < 200 {
        update.markets = (0..<100).map {
          MarketRow(venue: "v", base: "A\(second)X\($0)", quote: "B", last: 1, receiveTime: update.time)
        }
      }
      update.log = [LogLine(time: update.time, level: .info, text: "line \(second)")]
      model.apply(update)
      if second == 7_200 { afterAnHour = model.elementCount }
    }
    #expect(model.elementCount <= afterAnHour + AlertBook.entryCapacity + DashboardModel.logCapacity)
    #expect(model.markets.count == DashboardModel.marketCapacity)
    #expect(model.log.count <= DashboardModel.logCapacity * 2)
    #expect(model.alerts.entries.count <= AlertBook.entryCapacity)
    #expect(Array(model.alerts.all).count == AlertBook.capacity)
    #expect(model.series.count == DashboardModel.seriesCapacity)
    #expect(model.windows.count == DashboardModel.detectorCapacity)
  }

  @Test func aThousandAlertsAtOnceLeaveTheNewest() {
    var book = AlertBook()
    for second in 0..<20 {
      book.add((0..<1_000).map { Samples.alert(at: second, detector: "d\(second * 1_000 + $0)") })
    }
    #expect(book.total == 20_000 && book.entries.count == AlertBook.entryCapacity)
    #expect(book.entries.first?.latest.detector == "d19999")
    #expect(book.entries.last?.latest.detector == "d\(20_000 - AlertBook.entryCapacity)")
  }
}
