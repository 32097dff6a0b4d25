extension DashboardView {
  // MARK: Cycles

  /// The best cycles of each detector's last window.
  var cycles: [(detector: String, end: Int64, route: RouteRow)] {
    let windows = model.windows.values.filter { $0.type != "spread" && state.admits($0.detector) }
    let routes = windows.flatMap { window in window.routes.map { (window.detector, window.windowEnd, $0) } }
    return routes.sorted { ($0.2.netBasisPoints, $0.1) > ($1.2.netBasisPoints, $1.1) }
  }

  var cyclesNote: String {
    guard let newest = model.windows.values.filter({ $0.type != "spread" }).map(\.windowEnd).max() else { return "" }
    return "window to \(clock.clock(newest))"
  }

  func drawCycles(_ screen: inout Screen, _ area: Area, _ first: Int, _ chosen: Int?) {
    let cycles = self.cycles
    guard !cycles.isEmpty else {
      let hasAny = model.report?.detectors.contains { $0.type == "cycle" } ?? true
      let none = "No window with a cycle yet."
      screen.put(Line(hasAny ? none : "No detector looks for cycles.", .quiet), line: area.y, column: area.x)
      return
    }
    let shown = cycles.dropFirst(first).prefix(area.height - 1)
    let rows = shown.enumerated().map { number, cycle in
      Table.Row(
        cells: [
          Line(cycle.detector, .strong), Line(), Line(Figure.signed(cycle.route.grossBasisPoints)),
          net(cycle.route.netBasisPoints),
        ], isSelected: first + number == chosen)
    }
    var table = Table(
      columns: [
        Table.Column(title: "detector", shortest: 4), Table.Column(title: "legs", shortest: 8),
        Table.Column(title: "gross bp", alignsRight: true, priority: 1),
        Table.Column(title: "net bp", alignsRight: true),
      ], rows: rows)
    let room = table.room(for: 1, in: area.width)
    for (row, cycle) in shown.enumerated() {
      table.rows[row].cells[1] = RouteText.fitting(cycle.route.legs, in: room, isASCII: isASCII, price: price)
    }
    table.draw(&screen, area)
  }

  // MARK: Feeds

  var feeds: [FeedRow] { (model.report?.feeds ?? []).filter { state.admits($0.venue) } }

  func drawFeeds(_ screen: inout Screen, _ area: Area, _ first: Int, _ chosen: Int?) {
    let feeds = self.feeds
    guard !feeds.isEmpty else {
      let isFiltered = model.report?.feeds.isEmpty == false
      let text = isFiltered ? "No feed fits the filter." : "No feeds yet."
      screen.put(Line(text, .quiet), line: area.y, column: area.x)
      return
    }
    let venues = feeds.map(\.venue)
    let rows = feeds.enumerated().dropFirst(first).prefix(area.height - 1).map { number, feed in
      let rate = model.messageRate(of: feed).map { Figure.grouped(UInt64(min($0, 1e15).rounded())) } ?? "-"
      let isOne = venues.count { $0 == feed.venue } == 1
      let name = isOne ? feed.venue : "\(feed.venue)/\(feed.connection ?? 0)"
      let streams = feed.streams > 0 ? "\(feed.liveStreams)/\(feed.streams)" : ""
      return Table.Row(
        cells: [
          Line(name, .strong), Line(feed.state, stateStyle(feed)), Line(rate),
          Line(Figure.grouped(feed.reconnects), feed.reconnects > 0 ? Style(.warning) : .plain),
          Line(Figure.grouped(feed.gaps), feed.gaps > 0 ? Style(.warning) : .plain),
          Line(feed.late.map(Figure.grouped) ?? "-"), Line(feed.clockOffset.map(DashboardView.offset) ?? "-"),
          feed.worstAge.map { Line(ClockText.age(seconds: $0), ageStyle($0)) } ?? Line("-"),
          Line(streams), Line(feed.reason, Style(.warning)),
        ], isSelected: number == chosen)
    }
    Table(
      columns: [
        Table.Column(title: "venue", shortest: 8), Table.Column(title: "state"),
        Table.Column(title: "msg/s", alignsRight: true), Table.Column(title: "reconn", alignsRight: true, priority: 1),
        Table.Column(title: "gaps", alignsRight: true, priority: 2),
        Table.Column(title: "late", alignsRight: true, priority: 7),
        Table.Column(title: "clock ms", alignsRight: true, priority: 4),
        Table.Column(title: "age", alignsRight: true, priority: 1),
        Table.Column(title: "live", alignsRight: true, priority: 6),
        Table.Column(title: "why", priority: 5, shortest: 6),
      ], rows: Array(rows)
    ).draw(&screen, area)
  }

  private func stateStyle(_ feed: FeedRow) -> Style {
    switch feed.state {
    case "live", "open": Style(.gain)
    case "connecting", "closed": Style(.warning)
    default: Style(.alarm, [.bold, .reverse])
    }
  }

  /// `+12.3`: milliseconds by which what is received is behind the venue's clock.
  private static func offset(_ milliseconds: Double) -> String {
    let magnitude = abs(milliseconds)
    guard magnitude < 1e6 else { return milliseconds < 0 ? "<-999s" : ">999s" }
    return (milliseconds < 0 ? "−" : "+") + Figure.fixed(magnitude, digits: magnitude < 100 ? 1 : 0)
  }

  // MARK: Sinks

  func drawSinks(_ screen: inout Screen, _ area: Area, _ first: Int, _ chosen: Int?) {
    let sinks = model.report?.sinks ?? []
    guard !sinks.isEmpty else {
      screen.put(Line("No sinks yet.", .quiet), line: area.y, column: area.x)
      return
    }
    let rows = sinks.enumerated().dropFirst(first).prefix(area.height - 1).map { number, sink in
      let state = sink.fault != nil ? "failing" : sink.isConnected ? "ok" : "waiting"
      let share = sink.capacity > 0 ? Double(sink.queued) / Double(sink.capacity) : 0
      return Table.Row(
        cells: [
          Line(sink.name, .strong),
          Line(
            state, sink.fault != nil ? Style(.alarm, [.bold, .reverse]) : Style(sink.isConnected ? .gain : .warning)),
          Line(Figure.grouped(sink.lag), sink.lag > 1_000 ? Style(.warning) : .plain),
          Line(Gauge.text(share, columns: 5, isASCII: isASCII), Style(share > 0.8 ? .alarm : .quiet)),
          Line(Figure.grouped(sink.delivered)), Line(Figure.grouped(sink.retries)),
          Line(Figure.grouped(sink.deadLetters), sink.deadLetters > 0 ? Style(.alarm, .bold) : .plain),
          Line(Figure.grouped(sink.dropped)), Line(sink.fault ?? "", Style(.warning)),
        ], isSelected: number == chosen)
    }
    Table(
      columns: [
        Table.Column(title: "sink", shortest: 6), Table.Column(title: "state"),
        Table.Column(title: "lag", alignsRight: true), Table.Column(title: "queue", priority: 6),
        Table.Column(title: "sent", alignsRight: true, priority: 5),
        Table.Column(title: "retries", alignsRight: true, priority: 2),
        Table.Column(title: "dead", alignsRight: true, priority: 1),
        Table.Column(title: "dropped", alignsRight: true, priority: 7),
        Table.Column(title: "why", priority: 4, shortest: 8),
      ], rows: Array(rows)
    ).draw(&screen, area)
  }

  // MARK: Log

  /// Oldest first.
  var logLines: [LogLine] { model.log.suffix(DashboardModel.logCapacity).filter { state.admits($0.text) } }

  func drawLog(_ screen: inout Screen, _ area: Area) {
    let lines = logLines
    guard !lines.isEmpty else {
      screen.put(Line("Nothing logged.", .quiet), line: area.y, column: area.x)
      return
    }
    // The newest at the bottom; the selection goes up from there.
    let back = state.focus == .log ? min(state.rows[.log] ?? 0, max(0, lines.count - area.height)) : 0
    let end = lines.count - back
    for (number, line) in lines[max(0, end - area.height)..<end].enumerated() {
      let style: Style =
        switch line.level {
        case .error: Style(.alarm, .bold)
        case .warning: Style(.warning)
        case .notice: .plain
        case .info, .debug: .quiet
        }
      let text = Line([
        Span(clock.clock(line.time), .quiet), Span(line.level >= .warning ? " \(line.level) " : " ", style),
        Span(line.text, style),
      ])
      screen.put(clipped: text, line: area.y + number, column: area.x, limit: area.width)
    }
  }
}
