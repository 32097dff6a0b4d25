extension DashboardView {
  func drawOverlay(_ screen: inout Screen) {
    switch state.overlay {
    case nil: return
    case .quit:
      drawBox(
        "Quit", [Line("This ends the run itself, not only the screen."), Line(), Line("End it?  y / n", .strong)],
        &screen)
    case .detail(let identity): drawDetail(identity, &screen)
    case .help: drawBox("Keys", help, &screen)
    }
  }

  private var help: [Line] {
    let keys = [
      ("Tab, Shift-Tab", "next panel, the one before"), ("arrows, h j k l", "select a row; venues to the side"),
      ("g, G, PgUp, PgDn", "first, last, a page"), ("Enter", "detail of the selected alert"),
      ("/", "filter by detector, venue or instrument; Esc clears"),
      ("s", "sort markets by name, net, age; alerts by time, net, count"),
      ("d, D", "next detector in the chart, next of its pairs"), ("+, -", "a longer time range, a shorter"),
      ("p", "pause the screen; the run goes on"), ("e", "write the alerts in view to a CSV file"),
      ("u", "local time or UTC"),
      ("q", surroundings.endsRun ? "end the run, after a question" : "leave; the run goes on"),
    ]
    var lines = keys.map { key, what in
      Line([Span(key + String(repeating: " ", count: max(1, 18 - key.count)), .strong), Span(what)])
    }
    lines.append(Line())
    let limit = Figure.plain(surroundings.staleAfter)
    lines.append(Line("An age marked with ! is \(limit) s or more: that price is in no spread.", .quiet))
    lines.append(Line("bp: basis points, hundredths of a percent.", .quiet))
    return lines
  }

  /// A box in the middle of the screen, over what stands there.
  func drawBox(_ title: String, _ lines: [Line], _ screen: inout Screen) {
    let width = min(screen.columns - 4, max(title.count + 6, (lines.map(\.width).max() ?? 0) + 4))
    let height = min(screen.lines - 2, lines.count + 2)
    let area = Area(x: (screen.columns - width) / 2, y: (screen.lines - height) / 2, width: width, height: height)
    let corners = isASCII ? ["+", "+", "+", "+"] : ["┌", "┐", "└", "┘"]
    for line in area.y..<area.y + height {
      screen.fill(line: line, column: area.x, count: width)
      screen.put(isASCII ? "|" : "│", line: line, column: area.x)
      screen.put(isASCII ? "|" : "│", line: line, column: area.x + width - 1)
    }
    for (line, left) in [(area.y, 0), (area.y + height - 1, 2)] {
      screen.fill(isASCII ? "-" : "─", line: line, column: area.x + 1, count: width - 2)
      screen.put(corners[left], line: line, column: area.x)
      screen.put(corners[left + 1], line: line, column: area.x + width - 1)
    }
    screen.put(" \(title) ", line: area.y, column: area.x + 2, style: Style(.title, .bold))
    for (number, line) in lines.prefix(height - 2).enumerated() {
      screen.put(clipped: line, line: area.y + 1 + number, column: area.x + 2, limit: width - 4)
    }
  }
}
