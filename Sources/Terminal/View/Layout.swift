/// Where panels stand. A wide terminal has all of them; in a narrow one the markets and one other are open, and the rest
/// are tabs.
struct Layout: Equatable {
  private(set) var areas: [(panel: Panel, area: Area)] = []
  /// Places of tabs on their line.
  private(set) var tabs: [(panel: Panel, start: Int, width: Int)] = []
  private(set) var tabLine: Int?
  let headerLines: Int
  let isFolded: Bool

  /// Below this nothing sensible can be shown.
  static let leastColumns = 64
  static let leastLines = 16

  init(columns: Int, lines: Int, state: ViewState, model: DashboardModel) {
    headerLines = columns < 140 ? 2 : 1
    isFolded = columns < 110 || lines < 34
    let top = headerLines
    let height = max(0, lines - top - 1)
    let shown = state.filter.isEmpty ? model.groups.count : model.groups.count { state.admits($0.searchText) }
    let rows = max(1, shown) * (columns < 110 ? 2 : 1)
    if isFolded {
      fold(columns, top, height, rows, state)
    } else if columns >= 170 && lines >= 44 {
      spread(columns, top, height, rows)
    } else {
      stack(columns, top, height, rows)
    }
  }

  private mutating func fold(_ columns: Int, _ top: Int, _ height: Int, _ rows: Int, _ state: ViewState) {
    // Of the two panels the one with the focus gets more.
    let share = state.focus == .markets ? height * 2 / 3 : height / 2
    let markets = max(4, min(rows + 2, share))
    areas.append((.markets, Area(x: 0, y: top, width: columns, height: markets)))
    tabLine = top + markets
    var place = 1
    for panel in Panel.allCases where panel != .markets {
      let width = panel.title.count + 2
      tabs.append((panel, place, width))
      place += width + 1
    }
    areas.append((state.open, Area(x: 0, y: top + markets, width: columns, height: height - markets)))
  }

  private mutating func stack(_ columns: Int, _ top: Int, _ height: Int, _ rows: Int) {
    let markets = min(rows + 2, max(4, height / 4))
    let log = 4
    let feeds = 7
    let middle = height - markets - log - feeds
    let chart = max(7, middle / 2)
    var y = top
    areas.append((.markets, Area(x: 0, y: y, width: columns, height: markets)))
    y += markets
    let left = (columns - 1) / 2
    areas.append((.chart, Area(x: 0, y: y, width: left, height: chart)))
    areas.append((.cycles, Area(x: left + 1, y: y, width: columns - left - 1, height: chart)))
    y += chart
    areas.append((.alerts, Area(x: 0, y: y, width: columns, height: middle - chart)))
    y += middle - chart
    areas.append((.feeds, Area(x: 0, y: y, width: left, height: feeds)))
    areas.append((.sinks, Area(x: left + 1, y: y, width: columns - left - 1, height: feeds)))
    y += feeds
    areas.append((.log, Area(x: 0, y: y, width: columns, height: log)))
  }

  private mutating func spread(_ columns: Int, _ top: Int, _ height: Int, _ rows: Int) {
    let markets = min(rows + 2, max(4, height / 3))
    let log = 6
    let feeds = max(9, height / 5)
    let middle = height - markets - log - feeds
    var y = top
    areas.append((.markets, Area(x: 0, y: y, width: columns, height: markets)))
    y += markets
    let left = columns * 9 / 20
    let chart = middle * 3 / 5
    areas.append((.chart, Area(x: 0, y: y, width: left, height: chart)))
    areas.append((.cycles, Area(x: 0, y: y + chart, width: left, height: middle - chart)))
    areas.append((.alerts, Area(x: left + 1, y: y, width: columns - left - 1, height: middle)))
    y += middle
    areas.append((.feeds, Area(x: 0, y: y, width: columns / 2, height: feeds)))
    areas.append((.sinks, Area(x: columns / 2 + 1, y: y, width: columns - columns / 2 - 1, height: feeds)))
    y += feeds
    areas.append((.log, Area(x: 0, y: y, width: columns, height: log)))
  }

  func area(of panel: Panel) -> Area? { areas.first { $0.panel == panel }?.area }

  func tab(line: Int, column: Int) -> Panel? {
    guard line == tabLine else { return nil }
    return tabs.first { column >= $0.start && column < $0.start + $0.width }?.panel
  }

  /// The first row that is shown, so that the selected one is.
  func firstRow(of panel: Panel, selected: Int) -> Int {
    guard let area = area(of: panel) else { return 0 }
    let room = max(1, area.height - 2)
    return max(0, selected - room + 1)
  }

  static func == (left: Layout, right: Layout) -> Bool {
    left.areas.map(\.area) == right.areas.map(\.area) && left.areas.map(\.panel) == right.areas.map(\.panel)
  }
}

extension MarketGroup {
  var searchText: String {
    var text = label
    for (venue, key) in keys { text += " \(venue) \(key.instrument)" }
    return text
  }
}
