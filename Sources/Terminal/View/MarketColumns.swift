/// How the columns of the markets panel share the width of a terminal.
struct MarketColumns {
  private let view: DashboardView
  /// Those that are shown, from number `first` on.
  private let lines: [DashboardView.MarketLine]
  private let first: Int
  /// Of all venues.
  private let missing: Int
  private let labelWidth: Int
  /// What the venues' prices differ by stands below them, on a line of its own.
  private let isFolded: Bool
  /// Those that have room, from the first that the person wants to see.
  private(set) var venues: [String] = []
  private var widths: [Int] = []
  /// By line, then by venue.
  private var cells: [[Line?]] = []
  private let decimals: [Int]
  private let gap: Int

  private static let figureWidth = 8

  init(
    _ view: DashboardView, _ lines: [DashboardView.MarketLine], first: Int, _ all: [String], _ room: Int,
    isFolded: Bool
  ) {
    self.view = view
    self.lines = lines
    self.first = first
    self.isFolded = isFolded
    let decimals = lines.map { MarketColumns.decimals($0.group, view) }
    self.decimals = decimals
    labelWidth = min(18, lines.map(\.group.label.columns).max() ?? 0)
    let spreads = zip(lines, decimals).compactMap { line, decimals in
      line.best.map { Figure.fixed($0.spread, digits: decimals).count }
    }
    let figures = isFolded ? 0 : 2 + max(6, spreads.max() ?? 0) + 2 * (MarketColumns.figureWidth + 1)
    let left = room - labelWidth - figures
    func cells(_ showsQuotes: Bool) -> [[Line?]] {
      zip(lines, decimals).map { line, decimals in
        all.map { venue in
          guard let key = line.group.keys[venue], let market = view.model.markets[key] else { return nil }
          return view.cell(market, best: line.best, showsQuotes: showsQuotes, decimals: decimals)
        }
      }
    }
    func widths(_ cells: [[Line?]]) -> [Int] {
      all.indices.map { place in
        cells.reduce(min(16, all[place].columns)) { max($0, $1[place]?.width ?? 0) }
      }
    }
    func fits(_ widths: [Int], _ gap: Int) -> Bool { widths.reduce(0) { $0 + $1 + gap } <= left }
    var known = cells(true)
    var natural = widths(known)
    let showsQuotes = fits(natural, 2)
    if !showsQuotes {
      known = cells(false)
      natural = widths(known)
    }
    let gap = fits(natural, 2) ? 2 : 1
    self.gap = gap
    let wanted = natural.map { $0 + gap }
    let firstVenue = fits(natural, gap) ? 0 : min(view.state.firstVenue, max(0, all.count - 1))
    var used = 0
    for (venue, width) in zip(all, wanted).dropFirst(firstVenue) {
      guard used + width <= left else { break }
      used += width
      venues.append(venue)
      self.widths.append(width)
    }
    missing = all.count - venues.count
    let shown = firstVenue..<firstVenue + venues.count
    self.cells = known.map { Array($0[shown]) }
  }

  private static func decimals(_ group: MarketGroup, _ view: DashboardView) -> Int {
    let rows = group.keys.values.compactMap { view.model.markets[$0]?.row }
    let finest = rows.map(\.decimals).max() ?? 2
    // Whole numbers with two digits read as money; what costs less than 10 is told by its own.
    return min(10, max(finest, rows.contains { ($0.reference ?? 0) >= 10 } ? 2 : finest))
  }

  /// `chosen`: number of the selected line; nil where the panel has not the focus.
  func draw(_ screen: inout Screen, _ area: Area, _ chosen: Int?) {
    drawTitles(&screen, area)
    for number in lines.indices {
      let y = area.y + 1 + number * (isFolded ? 2 : 1)
      draw(number, &screen, area, y)
      if first + number == chosen { screen.select(line: y, column: area.x, count: labelWidth) }
    }
  }

  private func drawTitles(_ screen: inout Screen, _ area: Area) {
    var column = area.x + labelWidth
    for (venue, width) in zip(venues, widths) {
      let text = Line(venue.clipped(to: width - gap, ellipsis: screen.ellipsis), Style(.title))
      screen.put(text, line: area.y, column: column + width - text.width)
      column += width
    }
    if missing > 0 {
      let hint = Line("\(missing) more: h l", Style(.warning))
      screen.put(hint, line: area.y, column: area.x)
    }
    guard !isFolded else { return }
    let end = area.x + area.width
    right("spread", &screen, area.y, end - 2 * (MarketColumns.figureWidth + 1), .quiet)
    right("gross bp", &screen, area.y, end - MarketColumns.figureWidth - 1, .quiet)
    right("net bp", &screen, area.y, end, .quiet)
  }

  private func right(_ text: String, _ screen: inout Screen, _ line: Int, _ end: Int, _ style: Style) {
    screen.put(text, line: line, column: end - text.columns, style: style)
  }

  private func draw(_ number: Int, _ screen: inout Screen, _ area: Area, _ y: Int) {
    let (line, decimals) = (lines[number], decimals[number])
    screen.put(clipped: Line(line.group.label, .strong), line: y, column: area.x, limit: labelWidth)
    var column = area.x + labelWidth
    for (cell, width) in zip(cells[number], widths) {
      if let cell { screen.put(cell, line: y, column: column + width - cell.width) }
      column += width
    }
    let end = area.x + area.width
    guard let best = line.best else {
      let text = line.group.keys.count < 2 ? "" : "no two fresh prices"
      if isFolded {
        screen.put(text, line: y + 1, column: area.x + 2, style: .quiet)
      } else {
        right(view.isASCII ? "-" : "—", &screen, y, end, .quiet)
      }
      return
    }
    let spread = Figure.fixed(best.spread, digits: decimals)
    let (gross, net) = (Figure.signed(best.gross), Figure.signed(best.net))
    let netStyle = best.net > 0 ? Style(.gain, .bold) : Style(.loss)
    if isFolded {
      let text = folded(best, spread, gross, Span(net, netStyle)).first { $0.width <= area.width }
      screen.put(text ?? Line([Span("  net ", .quiet), Span(net, netStyle)]), line: y + 1, column: area.x)
    } else {
      right(spread, &screen, y, end - 2 * (MarketColumns.figureWidth + 1), .plain)
      right(gross, &screen, y, end - MarketColumns.figureWidth - 1, .plain)
      right(net, &screen, y, end, netStyle)
    }
  }

  /// The figures that stand below the prices, from the fullest to the shortest.
  private func folded(_ best: MarketComparison, _ spread: String, _ gross: String, _ net: Span) -> [Line] {
    let arrow = view.isASCII ? ">" : "→"
    let (buy, sell) = (best.buy.venue.clipped(to: 16, ellipsis: "~"), best.sell.venue.clipped(to: 16, ellipsis: "~"))
    let figures = Line([
      Span("   spread ", .quiet), Span(spread), Span("   gross ", .quiet), Span(gross), Span("   net ", .quiet), net,
      Span(" bp", .quiet),
    ])
    let short = Line([
      Span("  ", .quiet), Span(spread), Span("  gross ", .quiet), Span(gross), Span("  net ", .quiet), net,
    ])
    return [
      Line("  buy \(buy) \(arrow) sell \(sell)", .quiet) + figures, Line("  \(buy)\(arrow)\(sell)", .quiet) + figures,
      Line("  \(buy)\(arrow)\(sell)", .quiet) + short, short,
    ]
  }
}
