/// A model, drawn. Pure: the same model, state, size and time give the same screen.
struct DashboardView {
  let model: DashboardModel
  let state: ViewState
  let surroundings: Dashboard.Surroundings
  /// The wall clock, in microseconds since the Unix epoch.
  let now: Int64
  let isPaused: Bool

  var isASCII: Bool { surroundings.isASCII }
  var clock: ClockText { ClockText(offset: state.isUTC ? 0 : surroundings.localOffset) }

  func screen(columns: Int, lines: Int) -> Screen {
    var screen = Screen(columns: columns, lines: lines, isASCII: isASCII)
    guard columns >= Layout.leastColumns, lines >= Layout.leastLines else {
      let needed = "\(Layout.leastColumns)x\(Layout.leastLines)"
      let texts = [
        "arbd needs \(needed); this terminal has \(columns)x\(lines)", "arbd needs \(needed)", "needs \(needed)",
        needed,
      ]
      screen.put(texts.first { $0.count <= columns } ?? needed, line: 0, column: 0)
      return screen
    }
    let layout = Layout(columns: columns, lines: lines, state: state, model: model)
    drawHeader(&screen, layout)
    for (panel, area) in layout.areas { draw(panel, area, layout, &screen) }
    drawFooter(&screen)
    drawOverlay(&screen)
    return screen
  }

  private func draw(_ panel: Panel, _ area: Area, _ layout: Layout, _ screen: inout Screen) {
    drawTitle(panel, area, layout, &screen)
    let inner = Area(x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height - 1)
    guard inner.height > 0, inner.width > 0 else { return }
    let place = max(0, min(selected(panel), rowCount(of: panel) - 1))
    let first = layout.firstRow(of: panel, selected: place)
    let chosen = state.focus == panel ? place : nil
    switch panel {
    case .markets: drawMarkets(&screen, inner, chosen)
    case .chart: drawChart(&screen, inner)
    case .alerts: drawAlerts(&screen, inner, first, chosen)
    case .cycles: drawCycles(&screen, inner, first, chosen)
    case .feeds: drawFeeds(&screen, inner, first, chosen)
    case .sinks: drawSinks(&screen, inner, first, chosen)
    case .log: drawLog(&screen, inner)
    }
    // What stands to the right of another panel is parted from it.
    if area.x > 0 {
      for line in area.y..<area.y + area.height {
        screen.fill(isASCII ? "|" : "│", line: line, column: area.x - 1, count: 1, style: .quiet)
      }
    }
  }

  private func drawTitle(_ panel: Panel, _ area: Area, _ layout: Layout, _ screen: inout Screen) {
    screen.fill(isASCII ? "-" : "─", line: area.y, column: area.x, count: area.width, style: .quiet)
    var column = area.x + 1
    if layout.tabLine == area.y {
      for tab in layout.tabs {
        let style =
          tab.panel == state.focus ? Style(.focus, .reverse) : tab.panel == panel ? Style(.title, .bold) : .quiet
        screen.put(" \(tab.panel.title) ", line: area.y, column: tab.start, style: style)
        column = tab.start + tab.width + 1
      }
    } else {
      let style = panel == state.focus ? Style(.focus, .reverse) : Style(.title, .bold)
      column += screen.put(" \(panel.title) ", line: area.y, column: column, style: style) + 1
    }
    let note = self.note(for: panel)
    let room = area.x + area.width - column - 2
    guard !note.isEmpty, room > 4 else { return }
    screen.put(clipped: Line(" \(note) ", .quiet), line: area.y, column: column, limit: room)
  }

  private func note(for panel: Panel) -> String {
    switch panel {
    case .markets: marketsNote
    case .chart: chartNote
    case .alerts: alertsNote
    case .cycles: cyclesNote
    case .feeds, .sinks: ""
    case .log: ""
    }
  }

  // MARK: Header and footer

  private func drawHeader(_ screen: inout Screen, _ layout: Layout) {
    let report = model.report
    var first: [Line] = [
      Line([Span("arbd ", Style(.title, .bold)), Span(report?.configuration ?? "no report yet", .strong)])
    ]
    if let report {
      first.append(Line("up \(ClockText.uptime(seconds: report.uptime))"))
      if report.phase != "running" { first.append(Line(report.phase, Style(.warning, .bold))) }
    }
    if isPaused { first.append(Line(" PAUSED ", Style(.warning, [.bold, .reverse]))) }
    if let age = reportAge, age > 5 {
      first.append(Line(" no news for \(ClockText.age(seconds: age)) ", Style(.alarm, [.bold, .reverse])))
    }
    let second = figures(report)
    let time = Line("\(clock.clock(now)) \(state.isUTC ? "UTC" : "local")", .quiet)
    let left = layout.headerLines == 1 ? first + second : first
    let room = screen.columns - time.width - 4
    screen.put(clipped: joined(left, in: room), line: 0, column: 1, limit: room)
    screen.put(time, line: 0, column: screen.columns - time.width - 1)
    if layout.headerLines == 2 {
      screen.put(joined(second, in: screen.columns - 2), line: 1, column: 1)
    }
  }

  private func figures(_ report: DashboardReport?) -> [Line] {
    var figures: [Line] = []
    let rate = model.eventRate.map { Figure.grouped(UInt64(min($0, 1e15).rounded())) } ?? "-"
    var events = Line([Span(rate, .strong), Span(" events/s", .quiet)])
    let spark = Sparkline.text(model.eventRates, columns: 10, isASCII: isASCII)
    if !spark.isEmpty { events.spans.append(Span(" \(spark)", Style(.line))) }
    figures.append(events)
    figures.append(
      Line([
        Span(model.alertsPerMinute.map(Figure.grouped) ?? "-", .strong), Span(" alerts/min", .quiet),
      ]))
    figures.append(worstFeed(report))
    if let share = model.cpuShare, let report {
      figures.append(
        Line([
          Span("CPU ", .quiet),
          Span(Gauge.text(share, columns: 4, isASCII: isASCII), Style(share > 0.9 ? .alarm : .line)),
          Span(" \(Int((min(share, 99) * 100).rounded()))%"), Span("  RSS ", .quiet),
          Span(ClockText.bytes(report.process.residentBytes)),
        ]))
    }
    return figures
  }

  private func worstFeed(_ report: DashboardReport?) -> Line {
    guard let report, !report.feeds.isEmpty else { return Line("no feeds yet", .quiet) }
    let down = report.feeds.filter { !$0.isWell }
    if !down.isEmpty {
      let names = down.count == 1 ? "\(down[0].venue) \(down[0].state)" : "\(down.count) feeds not live"
      return Line(" \(names) ", Style(.alarm, [.bold, .reverse]))
    }
    guard let worst = report.feeds.compactMap(\.worstAge).max() else { return Line("no data yet", Style(.warning)) }
    let age = worst + max(0, reportAge ?? 0)
    return Line([Span("oldest feed ", .quiet), Span(ClockText.age(seconds: age), ageStyle(age))])
  }

  /// Seconds since the last update.
  private var reportAge: Double? {
    model.time > 0 ? max(0, Double(now - model.time) / 1e6) : nil
  }

  func ageStyle(_ age: Double) -> Style {
    if age >= surroundings.staleAfter { return Style(.alarm, .bold) }
    return age >= min(2, surroundings.staleAfter / 2) ? Style(.warning) : .quiet
  }

  /// As many as have room; the first always.
  private func joined(_ lines: [Line], in room: Int) -> Line {
    var line = Line()
    for (place, part) in lines.enumerated() {
      if place > 0 {
        guard line.width + 3 + part.width <= room else { continue }
        line.spans.append(Span("   "))
      }
      line.spans += part.spans
    }
    return line
  }

  private func drawFooter(_ screen: inout Screen) {
    let line = screen.lines - 1
    if state.isFiltering {
      let prompt = Line([Span("filter: ", Style(.focus, .bold)), Span(state.filter, .strong), Span("_", .strong)])
      let hint = Line("   Enter keeps it, Esc does not", .quiet)
      screen.put(clipped: prompt + hint, line: line, column: 1, limit: screen.columns - 2)
      return
    }
    if let message = state.message, now < state.messageEnd {
      screen.put(clipped: Line(message, Style(.focus, .bold)), line: line, column: 1, limit: screen.columns - 2)
      return
    }
    var keys = [("?", "help"), ("q", "quit"), ("Tab", "panel"), ("/", "filter")]
    switch state.focus {
    case .alerts: keys += [("Enter", "detail"), ("s", "sort"), ("e", "export")]
    case .markets: keys += [("s", "sort")]
    case .chart: keys += [("d", "detector"), ("D", "pair"), ("+ -", "range")]
    case .cycles, .feeds, .sinks, .log: break
    }
    keys += [("p", isPaused ? "go on" : "pause"), ("u", state.isUTC ? "local time" : "UTC"), ("d", "detector")]
    var hints = Line()
    for (key, what) in keys where !hints.spans.contains(where: { $0.text == key }) {
      let hint = [Span(key, .strong), Span(" \(what)   ", .quiet)]
      guard hints.width + Line(hint).width <= screen.columns - 2 else { break }
      hints.spans += hint
    }
    screen.put(hints, line: line, column: 1)
    if !state.filter.isEmpty {
      let filter = Line(
        " filter: \(state.filter.clipped(to: 24, ellipsis: screen.ellipsis)) ", Style(.warning, .reverse))
      screen.put(filter, line: line, column: max(0, screen.columns - filter.width - 1))
    }
  }

  // MARK: Selection

  /// The place of the selected row of a panel.
  func selected(_ panel: Panel) -> Int {
    guard panel == .alerts else { return state.rows[panel] ?? 0 }
    guard let alert = state.alert else { return 0 }
    return entries.firstIndex { $0.identity == alert } ?? 0
  }

  func rowCount(of panel: Panel) -> Int {
    switch panel {
    case .markets: groups.count
    case .chart: 0
    case .alerts: entries.count
    case .cycles: cycles.count
    case .feeds: feeds.count
    case .sinks: model.report?.sinks.count ?? 0
    case .log: logLines.count
    }
  }
}

extension FeedRow {
  /// Nothing is wrong with it. A file that has been read to its end is closed, and well.
  var isWell: Bool { state == "live" || state == "open" || state == "closed" || state == "connecting" }
}
