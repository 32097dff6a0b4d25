extension DashboardView {
  /// The alerts in view, in their order.
  var entries: [AlertBook.Entry] {
    let admitted =
      state.filter.isEmpty ? model.alerts.entries : model.alerts.entries.filter { state.admits($0.latest.searchText) }
    switch state.alertOrder {
    case .time: return admitted
    case .net: return admitted.sorted { $0.latest.route.netBasisPoints > $1.latest.route.netBasisPoints }
    case .count: return admitted.sorted { $0.count > $1.count }
    }
  }

  var alertsNote: String {
    var note = "\(Figure.grouped(model.alerts.total)), \(state.alertOrder.title)"
    if !state.filter.isEmpty { note = "\(entries.count) routes of " + note }
    return note
  }

  func drawAlerts(_ screen: inout Screen, _ area: Area, _ first: Int, _ chosen: Int?) {
    let entries = self.entries
    guard !entries.isEmpty else {
      let text = model.alerts.total == 0 ? "No alerts yet." : "No alert fits the filter."
      screen.put(Line(text, .quiet), line: area.y, column: area.x)
      return
    }
    let shown = Array(entries.dropFirst(first).prefix(area.height - 1))
    func table() -> Table {
      let rows = shown.enumerated().map { number, entry in
        let route = entry.latest.route
        let times = entry.count > 1 ? "\(isASCII ? "x" : "×")\(Figure.grouped(UInt64(entry.count)))" : ""
        return Table.Row(
          cells: [
            Line(clock.clock(entry.latest.detectedAt), .quiet), Line(entry.latest.detector, .strong), Line(),
            Line(times, Style(.mark)), Line(spread(route)),
            Line(Figure.signed(route.grossBasisPoints)), net(route.netBasisPoints),
          ], isSelected: first + number == chosen)
      }
      return Table(
        columns: [
          Table.Column(title: "time"), Table.Column(title: "detector", shortest: 8),
          Table.Column(title: "route", shortest: 8), Table.Column(title: "", alignsRight: true, priority: 2),
          Table.Column(title: "spread", alignsRight: true, priority: 4),
          Table.Column(title: "gross bp", alignsRight: true, priority: 3),
          Table.Column(title: "net bp", alignsRight: true),
        ], rows: rows)
    }
    // The spread gives way to the prices of the route, which tell it too.
    var table = table()
    let wanted = shown.map { RouteText.variants($0.latest.route.legs, isASCII: isASCII, price: price) }
    func priced(_ variants: [Line], _ room: Int) -> Bool { variants.dropLast().contains { $0.width <= room } }
    if !wanted.allSatisfy({ priced($0, table.room(for: 2, in: area.width)) }) { table = withoutSpreads(table) }
    let room = table.room(for: 2, in: area.width)
    for (row, variants) in wanted.enumerated() {
      table.rows[row].cells[2] = variants.first { $0.width <= room } ?? variants.last ?? Line()
    }
    table.draw(&screen, area)
  }

  /// The same without its spreads.
  private func withoutSpreads(_ table: Table) -> Table {
    var table = table
    for row in table.rows.indices { table.rows[row].cells[4] = Line() }
    return table
  }

  /// Digits as the market's own prices have them.
  func price(_ leg: LegRow) -> String {
    guard let market = model.markets[MarketKey(venue: leg.venue, instrument: leg.instrument)] else {
      return Figure.price(leg.price)
    }
    return Figure.fixed(leg.price, digits: max(market.row.decimals, leg.price >= 10 ? 2 : 0))
  }

  private func spread(_ route: RouteRow) -> String {
    guard let spread = route.spread else { return "" }
    let decimals = route.legs.compactMap { leg in
      model.markets[MarketKey(venue: leg.venue, instrument: leg.instrument)]?.row.decimals
    }.max()
    return decimals.map { Figure.fixed(spread, digits: max(2, $0)) } ?? Figure.price(spread)
  }

  func net(_ basisPoints: Double) -> Line {
    Line(Figure.signed(basisPoints), basisPoints > 0 ? Style(.gain, .bold) : Style(.loss))
  }

  // MARK: Detail

  func drawDetail(_ identity: String, _ screen: inout Screen) {
    guard let entry = model.alerts.entries.first(where: { $0.identity == identity }) else {
      drawBox("Alert", [Line("This alert is no longer kept.", .quiet)], &screen)
      return
    }
    let alert = entry.latest
    let route = alert.route
    func line(_ name: String, _ value: Line) -> Line {
      Line([Span(name + String(repeating: " ", count: max(1, 11 - name.count)), .quiet)]) + value
    }
    var lines = [
      line("detector", Line([Span(alert.detector, .strong), Span(" (\(alert.type))", .quiet)])),
      line("detected", Line("\(clock.date(alert.detectedAt)).\(clock.exact(alert.detectedAt).suffix(3))")),
      line("window", Line("\(clock.exact(alert.windowStart)) to \(clock.exact(alert.windowEnd))")),
    ]
    if entry.count > 1 {
      lines.append(
        line(
          "seen",
          Line(
            "\(Figure.grouped(UInt64(entry.count))) times since \(clock.clock(entry.firstAt)), best \(Figure.signed(entry.bestNet)) bp net"
          )))
    }
    lines.append(Line())
    lines += legLines(route.legs)
    lines.append(Line())
    if route.spread != nil { lines.append(line("spread", Line(self.spread(route), .strong))) }
    let fees = route.legs.reduce(0) { $0 + $1.feeBasisPoints }
    lines.append(line("gross", Line("\(Figure.signed(route.grossBasisPoints)) bp")))
    lines.append(line("fees", Line("\(Figure.plain(fees)) bp in all")))
    lines.append(line("net", net(route.netBasisPoints) + Line(" bp")))
    lines.append(line("id", Line(alert.id, .quiet)))
    drawBox("Alert", lines, &screen)
  }

  private func legLines(_ legs: [LegRow]) -> [Line] {
    let rows = legs.map { leg in
      [
        leg.buys ? "buy" : "sell", leg.venue.clipped(to: 16, ellipsis: isASCII ? "~" : "…"),
        leg.instrument.clipped(to: 20, ellipsis: isASCII ? "~" : "…"), price(leg),
        "\(Figure.plain(leg.feeBasisPoints)) bp", leg.records.map { Figure.grouped(UInt64(max(0, $0))) } ?? "-",
      ]
    }
    let titles = ["", "venue", "instrument", "price", "fee", "records"]
    let widths = titles.indices.map { place in
      ([titles] + rows).map { $0[place].columns }.max() ?? 0
    }
    return ([titles] + rows).enumerated().map { number, cells in
      let texts = cells.enumerated().map { place, text in
        let blanks = String(repeating: " ", count: widths[place] - text.columns)
        return place >= 3 ? blanks + text : text + blanks
      }
      return Line(texts.joined(separator: "  "), number == 0 ? .quiet : .plain)
    }
  }
}
