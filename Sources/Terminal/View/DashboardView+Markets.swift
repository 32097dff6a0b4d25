extension DashboardView {
  /// A row of the panel with all that is reckoned from its markets.
  struct MarketLine {
    let group: MarketGroup
    let best: MarketComparison?
    let oldest: Double
  }

  /// The rows, filtered; sorted where they must be reckoned for it.
  var groups: [MarketGroup] {
    state.filter.isEmpty ? model.groups : model.groups.filter { state.admits($0.searchText) }
  }

  private var lines: [MarketLine] {
    let lines = groups.map { group in
      let states = group.keys.values.compactMap { model.markets[$0] }
      return MarketLine(
        group: group,
        best: MarketComparison(states.filter { !isStale($0) }.map(\.row), fees: model.report?.fees ?? [:]),
        oldest: states.map { model.age(of: $0.row, at: now) }.max() ?? 0)
    }
    switch state.marketOrder {
    case .name: return lines
    case .net: return lines.sorted { ($0.best?.net ?? -.infinity) > ($1.best?.net ?? -.infinity) }
    case .age: return lines.sorted { $0.oldest > $1.oldest }
    }
  }

  private func isStale(_ market: DashboardModel.MarketState) -> Bool {
    model.age(of: market.row, at: now) >= surroundings.staleAfter
  }

  var marketsNote: String {
    let missing = state.filter.isEmpty ? "" : "\(groups.count) of \(model.groups.count), "
    return "\(missing)\(state.marketOrder.title)"
  }

  func drawMarkets(_ screen: inout Screen, _ area: Area, _ chosen: Int?) {
    let lines = self.lines
    guard !lines.isEmpty else {
      screen.put(
        Line(model.groups.isEmpty ? "No prices yet." : "No market fits the filter.", .quiet), line: area.y,
        column: area.x)
      return
    }
    let all = Set(lines.flatMap { $0.group.keys.keys }).sorted()
    let selected = min(self.selected(.markets), lines.count - 1)
    func columns(isFolded: Bool) -> MarketColumns {
      let room = max(1, (area.height - 1) / (isFolded ? 2 : 1))
      let first = max(0, selected - room + 1)
      return MarketColumns(
        self, Array(lines.dropFirst(first).prefix(room)), first: first, all, area.width, isFolded: isFolded)
    }
    // Figures that have no room beside the prices stand below them.
    let wide = columns(isFolded: false)
    let shown = wide.venues.count == all.count ? wide : columns(isFolded: true)
    shown.draw(&screen, area, chosen)
  }

  /// How a market stands in its cell: price or bid and ask, last move, age.
  func cell(_ market: DashboardModel.MarketState, best: MarketComparison?, showsQuotes: Bool, decimals: Int) -> Line {
    let row = market.row
    let age = model.age(of: row, at: now)
    let isStale = age >= surroundings.staleAfter
    func price(_ value: Double?, isBest: Bool, _ role: Style.Role) -> Span {
      let text = value.map { Figure.fixed($0, digits: decimals) } ?? "-"
      return Span(text, isStale ? .quiet : isBest ? Style(role, [.bold, .underline]) : .plain)
    }
    let sells = best?.sell.venue == row.venue && best?.sell.instrument == row.instrument
    let buys = best?.buy.venue == row.venue && best?.buy.instrument == row.instrument
    var line = Line()
    if showsQuotes, row.bid != nil || row.ask != nil {
      line.spans = [
        price(row.bid, isBest: sells, .gain), Span("/", .quiet), price(row.ask, isBest: buys, .loss),
      ]
    } else {
      line.spans = [price(row.reference, isBest: sells || buys, sells ? .gain : .loss)]
    }
    let arrows = isASCII ? ["v", " ", "^"] : ["▼", " ", "▲"]
    line.spans.append(
      Span(arrows[market.direction + 1], isStale ? .quiet : Style(market.direction < 0 ? .loss : .gain)))
    let text = ClockText.age(seconds: age)
    let padding = String(repeating: " ", count: max(1, 4 - text.count))
    line.spans.append(
      isStale
        ? Span(padding.dropLast() + "!" + text, Style(.alarm, [.bold, .reverse])) : Span(padding + text, ageStyle(age)))
    return line
  }
}

/// The venues with the best ask and the best bid, of those whose data is fresh: where one would buy and sell.
struct MarketComparison {
  /// Bought there, at its ask; where it has no quotes, at its last price.
  let buy: MarketRow
  /// Sold there, at its bid.
  let sell: MarketRow
  let spread: Double
  /// In basis points, before fees and after.
  let gross: Double
  let net: Double

  /// Nil unless two venues have a price.
  init?(_ rows: [MarketRow], fees: [String: Double]) {
    var best: (buy: MarketRow, sell: MarketRow, spread: Double, gross: Double, net: Double)?
    for buy in rows {
      guard let price = buy.ask ?? buy.last, price > 0 else { continue }
      let kept = 1 - (fees[buy.venue] ?? 0) / 1e4
      for sell in rows where sell.venue != buy.venue {
        guard let bid = sell.bid ?? sell.last else { continue }
        let net = (bid * kept * (1 - (fees[sell.venue] ?? 0) / 1e4) / price - 1) * 1e4
        guard net.isFinite, bid - price > best?.spread ?? -.infinity else { continue }
        best = (buy, sell, bid - price, (bid / price - 1) * 1e4, net)
      }
    }
    guard let best else { return nil }
    (buy, sell, spread, gross, net) = best
  }
}
