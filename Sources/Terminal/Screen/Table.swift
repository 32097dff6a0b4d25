/// Lines of cells in columns. Where there is no room, columns go by their priority; numbers are never cut.
struct Table {
  struct Column {
    let title: String
    var alignsRight = false
    /// The highest goes first; 0 stays.
    var priority = 0
    /// Its texts may be shortened to this; nil: they are numbers, or must be read whole.
    var shortest: Int?
  }

  struct Row {
    var cells: [Line]
    var isSelected = false
  }

  var columns: [Column]
  var rows: [Row]

  /// Draws into a rectangle, the titles on its first line, rows from `first` on.
  func draw(_ screen: inout Screen, _ area: Area, first: Int = 0, showsTitles: Bool = true) {
    guard area.height > 0, area.width > 0 else { return }
    let shown = rows.dropFirst(first).prefix(max(0, area.height - (showsTitles ? 1 : 0)))
    let natural = naturalWidths(Array(shown), showsTitles)
    let needed = natural.filter { $0 > 0 }
    // Closer together is better than without some.
    let gap = needed.reduce(0, +) + 2 * max(0, needed.count - 1) <= area.width ? 2 : 1
    let (kept, widths) = layout(natural, area.width, gap)
    var line = area.y
    if showsTitles {
      draw(kept.map { Line(columns[$0].title, .quiet) }, kept, widths, gap, line, area, &screen)
      line += 1
    }
    for row in shown {
      draw(kept.map { $0 < row.cells.count ? row.cells[$0] : Line() }, kept, widths, gap, line, area, &screen)
      if row.isSelected { screen.select(line: line, column: area.x, count: area.width) }
      line += 1
    }
  }

  /// Of each column, its title included; 0 where it holds nothing.
  private func naturalWidths(_ shown: [Row], _ showsTitles: Bool) -> [Int] {
    var natural = [Int](repeating: 0, count: columns.count)
    for row in shown {
      for (place, cell) in row.cells.enumerated() where place < natural.count {
        natural[place] = max(natural[place], cell.width)
      }
    }
    for (place, column) in columns.enumerated() where showsTitles && natural[place] > 0 {
      natural[place] = max(natural[place], column.title.columns)
    }
    return natural
  }

  /// What is left for one column when the others have what they need.
  func room(for column: Int, in width: Int) -> Int {
    let natural = naturalWidths(rows, true).enumerated().filter { $0.offset != column && $0.element > 0 }
    return width - natural.reduce(0) { $0 + $1.element + 1 }
  }

  private func layout(_ natural: [Int], _ room: Int, _ gap: Int) -> (kept: [Int], widths: [Int]) {
    // What holds nothing needs no room.
    var kept = columns.indices.filter { natural[$0] > 0 }
    while true {
      var widths = kept.map { natural[$0] }
      var excess = widths.reduce(0, +) + gap * max(0, kept.count - 1) - room
      if excess <= 0 { return (kept, widths) }
      let slack = kept.map { place in
        columns[place].shortest.map { max(0, natural[place] - max($0, columns[place].title.columns)) } ?? 0
      }
      // Shortening what may be shortened by a little is better than losing a column.
      if slack.reduce(0, +) >= excess {
        while excess > 0,
          let widest = widths.indices.filter({ isShortenable(kept[$0], widths[$0]) }).max(by: {
            widths[$0] < widths[$1]
          })
        {
          widths[widest] -= 1
          excess -= 1
        }
        return (kept, widths)
      }
      guard let least = kept.max(by: { columns[$0].priority < columns[$1].priority }), columns[least].priority > 0
      else {
        for place in kept.indices {
          widths[place] -= slack[place]
        }
        return (kept, widths)
      }
      kept.removeAll { $0 == least }
    }
  }

  private func isShortenable(_ place: Int, _ width: Int) -> Bool {
    guard let shortest = columns[place].shortest else { return false }
    return width > max(shortest, columns[place].title.columns)
  }

  private func draw(
    _ cells: [Line], _ kept: [Int], _ widths: [Int], _ gap: Int, _ line: Int, _ area: Area, _ screen: inout Screen
  ) {
    var column = area.x
    let end = area.x + area.width
    for (place, cell) in cells.enumerated() {
      let width = widths[place]
      let room = min(width, end - column)
      // A number that has no room is not shown at all.
      if room < cell.width, columns[kept[place]].shortest == nil {
        screen.put(String(screen.ellipsis), line: line, column: column, limit: max(0, room), style: .quiet)
      } else {
        let indent = columns[kept[place]].alignsRight ? max(0, room - cell.width) : 0
        screen.put(clipped: cell, line: line, column: column + indent, limit: room - indent)
      }
      column += width + gap
    }
  }
}

/// A rectangle of a screen.
struct Area: Equatable {
  var x: Int
  var y: Int
  var width: Int
  var height: Int

  func contains(line: Int, column: Int) -> Bool {
    line >= y && line < y + height && column >= x && column < x + width
  }
}
