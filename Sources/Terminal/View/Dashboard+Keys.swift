extension Dashboard {
  /// Does what a key asks for. `columns` and `lines`: the size of the screen, for the mouse.
  package mutating func handle(_ key: Key, columns: Int, lines: Int, now: Int64) -> [Effect] {
    view.message = nil
    if view.isFiltering { return editFilter(key) }
    if let overlay = view.overlay { return handle(key, in: overlay) }
    switch key {
    case .character(let character): return handle(character, now)
    case .up: move(-1)
    case .down: move(1)
    case .pageUp, .wheelUp: move(key == .wheelUp ? -3 : -10)
    case .pageDown, .wheelDown: move(key == .wheelDown ? 3 : 10)
    case .home: move(-100_000)
    case .end: move(100_000)
    case .left: sideways(-1)
    case .right: sideways(1)
    case .tab: focus(on: view.focus.neighbour(1))
    case .backTab: focus(on: view.focus.neighbour(-1))
    case .enter: openDetail()
    case .escape:
      view.filter = ""
      view.alert = nil
      view.rows = [:]
    case .backspace: break
    case .interrupt: return leave()
    case .click(let line, let column): click(line, column, columns, lines, now)
    }
    return []
  }

  private mutating func handle(_ character: Unicode.Scalar, _ now: Int64) -> [Effect] {
    switch character {
    case "k": move(-1)
    case "j": move(1)
    case "g": move(-100_000)
    case "G": move(100_000)
    case "h": sideways(-1)
    case "l": sideways(1)
    case "/":
      view.earlierFilter = view.filter
      view.isFiltering = true
    case "p": togglePause(at: now)
    case "s":
      if view.focus == .markets {
        view.marketOrder = view.marketOrder.next
      } else {
        view.alertOrder = view.alertOrder.next
      }
    case "d": nextDetector()
    case "D": nextPair()
    case "+", "=": view.range = min(ViewState.ranges.count - 1, view.range + 1)
    case "-", "_": view.range = max(0, view.range - 1)
    case "e": return [.export(alertsInView)]
    case "?": view.overlay = .help
    case "u": view.isUTC.toggle()
    case "q": return leave()
    default: break
    }
    return []
  }

  private mutating func leave() -> [Effect] {
    guard surroundings.endsRun else { return [.leave] }
    view.overlay = .quit
    return []
  }

  private mutating func handle(_ key: Key, in overlay: ViewState.Overlay) -> [Effect] {
    switch (overlay, key) {
    case (.quit, .character("y")), (.quit, .character("Y")), (.quit, .interrupt), (.quit, .enter):
      view.overlay = nil
      return [.stopRun]
    case (_, .interrupt): return leave()
    case (.detail, .up), (.detail, .character("k")), (.detail, .down), (.detail, .character("j")):
      move(key == .up || key == .character("k") ? -1 : 1)
      openDetail()
    case (.detail, .character("e")): return [.export(alertsInView)]
    case (.quit, .click), (.quit, .wheelUp), (.quit, .wheelDown): break
    default: view.overlay = nil
    }
    return []
  }

  private mutating func editFilter(_ key: Key) -> [Effect] {
    switch key {
    case .character(let character):
      // Longer than any name is no filter.
      if character.columns == 1, view.filter.unicodeScalars.count < 64 { view.filter.unicodeScalars.append(character) }
    case .backspace: if !view.filter.isEmpty { view.filter.unicodeScalars.removeLast() }
    case .enter, .tab: view.isFiltering = false
    case .escape, .interrupt:
      view.filter = view.earlierFilter
      view.isFiltering = false
    default: break
    }
    view.alert = nil
    view.rows = [:]
    return []
  }

  // MARK: Where

  mutating func focus(on panel: Panel) {
    view.focus = panel
    if panel != .markets { view.open = panel }
  }

  private mutating func move(_ step: Int) {
    let count = rowCount(of: view.focus)
    guard count > 0 else { return }
    let place = min(count - 1, max(0, min(selected(view.focus), count - 1) + step))
    if view.focus == .alerts {
      let entries = self.entries
      // The first of all stays the newest, whatever comes.
      view.alert = place == 0 && step < 0 ? nil : entries[place].identity
    } else {
      view.rows[view.focus] = place
    }
  }

  private mutating func sideways(_ step: Int) {
    if view.focus == .chart {
      view.range = min(ViewState.ranges.count - 1, max(0, view.range + step))
    } else {
      let venues = Set(shown.markets.keys.map(\.venue)).count
      view.firstVenue = min(max(0, venues - 1), max(0, view.firstVenue + step))
    }
  }

  private mutating func openDetail() {
    guard view.focus == .alerts else { return }
    let entries = self.entries
    let place = min(selected(.alerts), entries.count - 1)
    if place >= 0 { view.overlay = .detail(entries[place].identity) }
  }

  private mutating func click(_ line: Int, _ column: Int, _ columns: Int, _ lines: Int, _ now: Int64) {
    let layout = Layout(columns: columns, lines: lines, state: view, model: shown)
    for (panel, area) in layout.areas where area.contains(line: line, column: column) {
      let place = layout.firstRow(of: panel, selected: selected(panel)) + line - area.y - 2
      if view.focus == panel, place >= 0, place < rowCount(of: panel) {
        let current = min(selected(panel), rowCount(of: panel) - 1)
        if place == current { openDetail() } else { move(place - current) }
      }
      focus(on: panel)
      return
    }
    if let panel = layout.tab(line: line, column: column) { focus(on: panel) }
  }

  // MARK: What is shown

  private var picture: DashboardView {
    DashboardView(model: shown, state: view, surroundings: surroundings, now: shown.time, isPaused: isPaused)
  }

  private var entries: [AlertBook.Entry] { picture.entries }

  private func selected(_ panel: Panel) -> Int { picture.selected(panel) }

  private func rowCount(of panel: Panel) -> Int { picture.rowCount(of: panel) }

  /// The alerts that the panel has, each by itself, newest first.
  private var alertsInView: [AlertRow] { shown.alerts.all.filter { view.admits($0.searchText) } }

  // MARK: Chart

  private mutating func nextDetector() {
    let detectors = picture.detectors
    guard !detectors.isEmpty else { return }
    let current = picture.seriesKey?.detector
    let place = current.flatMap { detectors.firstIndex(of: $0) }.map { ($0 + 1) % detectors.count } ?? 0
    view.series = SeriesKey(detector: detectors[place], pair: nil)
  }

  private mutating func nextPair() {
    guard let key = picture.seriesKey else { return }
    let keys = shown.seriesKeys.filter { $0.detector == key.detector }
    guard let place = keys.firstIndex(of: key) else { return }
    view.series = keys[(place + 1) % keys.count]
  }
}

extension AlertRow {
  /// What a filter looks into.
  var searchText: String {
    var text = "\(detector) \(type)"
    for leg in route.legs { text += " \(leg.venue) \(leg.instrument)" }
    return text
  }
}
