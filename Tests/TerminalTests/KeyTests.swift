import Testing

@testable import ArbdTerminal

@Suite struct KeyTests {
  private static let size = (columns: 120, lines: 40)

  private func press(_ dashboard: inout Dashboard, _ keys: Key...) -> [Effect] {
    keys.flatMap {
      dashboard.handle($0, columns: Self.size.columns, lines: Self.size.lines, now: SampleRun.now)
    }
  }

  private func text(_ dashboard: Dashboard) -> String {
    dashboard.screen(columns: Self.size.columns, lines: Self.size.lines, now: SampleRun.now).text
  }

  @Test func tabGoesRoundThePanels() {
    var dashboard = SampleRun().dashboard
    var seen: [Panel] = []
    for _ in Panel.allCases {
      _ = press(&dashboard, .tab)
      seen.append(dashboard.view.focus)
    }
    #expect(seen == [.cycles, .feeds, .sinks, .log, .markets, .chart, .alerts])
    _ = press(&dashboard, .backTab)
    #expect(dashboard.view.focus == .chart)
  }

  @Test func quitAsksOnlyWhereItEndsTheRun() {
    var dashboard = SampleRun().dashboard
    #expect(press(&dashboard, .character("q")).isEmpty)
    #expect(press(&dashboard, .character("n")).isEmpty)
    #expect(press(&dashboard, .character("q"), .character("y")) == [.stopRun])
    dashboard.surroundings.endsRun = false
    #expect(press(&dashboard, .character("q")) == [.leave])
  }

  @Test func theSelectedAlertStaysSelectedWhenOthersCome() {
    var dashboard = SampleRun().dashboard
    _ = press(&dashboard, .down, .down)
    let selected = dashboard.view.alert
    var update = DashboardUpdate(time: SampleRun.now)
    update.alerts = [Samples.alert(at: 1_776_434_600, detector: "new")]
    dashboard.apply(update)
    #expect(dashboard.view.alert == selected && selected != nil)
    _ = press(&dashboard, .enter)
    #expect(text(dashboard).contains("triangles (cycle)"))
    // At the top, the newest is meant.
    _ = press(&dashboard, .escape, .home, .enter)
    #expect(text(dashboard).contains("new (spread)"))
  }

  @Test func theFilterIsAboutNamesAndEscapeTakesItBack() {
    var dashboard = SampleRun().dashboard
    _ = press(&dashboard, .character("/"), .character("K"), .character("r"), .character("x"), .backspace, .enter)
    #expect(dashboard.view.filter == "Kr" && !dashboard.view.isFiltering)
    #expect(text(dashboard).contains("sell kraken") && !text(dashboard).contains("sell coinbase BTC-USD"))
    _ = press(&dashboard, .character("/"), .character("q"), .escape)
    #expect(dashboard.view.filter == "Kr", "what was typed is taken back")
    _ = press(&dashboard, .escape)
    #expect(dashboard.view.filter.isEmpty)
  }

  @Test func whatIsExportedIsWhatIsInView() {
    var dashboard = SampleRun().dashboard
    guard case .export(let all) = press(&dashboard, .character("e")).first else {
      Issue.record("nothing exported")
      return
    }
    // Each by itself, also those that are folded.
    #expect(all.count == 17)
    _ = press(&dashboard, .character("/"), .character("e"), .character("t"), .character("h"), .enter)
    let effects = press(&dashboard, .character("e"))
    guard case .export(let some) = effects.first else {
      Issue.record("nothing exported")
      return
    }
    #expect(some.map(\.detector) == ["triangles", "eth"])
  }

  @Test func aPausedScreenStandsStillAndTheModelGoesOn() {
    var dashboard = SampleRun().dashboard
    _ = press(&dashboard, .character("p"))
    let before = text(dashboard)
    var update = DashboardUpdate(time: SampleRun.now + 60_000_000)
    update.alerts = [Samples.alert(at: 1_776_434_660, detector: "new")]
    dashboard.apply(update)
    let later = dashboard.screen(columns: 120, lines: 40, now: SampleRun.now + 60_000_000).text
    #expect(later == before && before.contains("PAUSED"))
    _ = press(&dashboard, .character("p"))
    #expect(text(dashboard).contains(" new "))
  }

  @Test func rangesAndDetectorsAreChosenForTheChart() {
    var dashboard = SampleRun().dashboard
    #expect(text(dashboard).contains("15 min"))
    _ = press(&dashboard, .character("+"))
    #expect(text(dashboard).contains("60 min"))
    _ = press(&dashboard, .character("-"), .character("-"), .character("-"), .character("-"))
    #expect(text(dashboard).contains(" 1 min"))
    _ = press(&dashboard, .character("D"))
    #expect(text(dashboard).contains("btc, binance → coinbase"))
    _ = press(&dashboard, .character("d"))
    #expect(text(dashboard).contains("eth, best route"))
    _ = press(&dashboard, .character("d"), .character("d"))
    #expect(text(dashboard).contains("btc, best route"))
  }

  @Test func aClickFocusesAndSelects() {
    var dashboard = SampleRun().dashboard
    // The third row of the alerts, then its detail.
    let lines = text(dashboard).split(separator: "\n", omittingEmptySubsequences: false)
    let line = lines.firstIndex { $0.contains("14:01:10") } ?? 0
    _ = press(&dashboard, .click(line: line, column: 5))
    #expect(dashboard.view.alert?.contains("triangles") == true)
    _ = press(&dashboard, .click(line: line, column: 5))
    #expect(text(dashboard).contains("triangles (cycle)"))
    _ = press(&dashboard, .escape, .click(line: 4, column: 3))
    #expect(dashboard.view.focus == .markets)
  }

  @Test func sortingMarketsPutsTheBestFirst() {
    var dashboard = SampleRun(staleVenue: "coinbase").dashboard
    dashboard.focus(on: .markets)
    _ = press(&dashboard, .character("s"))
    let rows = text(dashboard).split(separator: "\n").filter {
      $0.contains("−") && $0.contains("USD ") || $0.contains("ETH-BTC")
    }
    #expect(rows.first?.contains("BTC-USD") == true && text(dashboard).contains("by net"))
  }

  @Test func timesAreLocalWhereWanted() {
    var dashboard = SampleRun().dashboard
    dashboard.surroundings.localOffset = 2 * 3_600
    #expect(text(dashboard).contains("14:03:20 UTC"))
    _ = press(&dashboard, .character("u"))
    #expect(text(dashboard).contains("16:03:20 local") && text(dashboard).contains("16:03:12"))
  }

  /// Whatever is pressed, in whatever size, something is drawn.
  @Test func noKeyAndNoSizeIsTooMuch() {
    var dashboard = SampleRun(odd: true).dashboard
    let keys: [Key] = [
      .tab, .up, .down, .pageDown, .end, .home, .left, .right, .enter, .escape, .character("s"), .character("d"),
      .character("D"), .character("+"), .character("/"), .character("z"), .backspace, .enter, .character("p"),
      .character("u"), .character("?"), .interrupt, .character("n"), .wheelUp, .wheelDown, .backTab,
      .click(line: 3, column: 3), .click(line: 500, column: 500),
    ]
    var random = SystemRandomNumberGenerator()
    for number in 0..<600 {
      let columns = number % 11 == 0 ? number % 80 : 64 + number % 180
      let lines = number % 7 == 0 ? number % 16 : 16 + number % 70
      if let key = keys.randomElement(using: &random) {
        _ = dashboard.handle(key, columns: columns, lines: lines, now: SampleRun.now)
      }
      let screen = dashboard.screen(columns: columns, lines: lines, now: SampleRun.now)
      #expect(screen.columns == columns && screen.cells.allSatisfy { $0.scalar == 0 || $0.scalar >= 0x20 })
    }
  }
}
