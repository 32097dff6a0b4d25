internal import ArbdFramework

/// A grid of cells, as they shall stand on a terminal. Whatever is put here is safe to show: control characters become
/// escapes, and where only ASCII can be shown, everything else a question mark.
package struct Screen: Sendable, Equatable {
  /// A column of a line. Plain bytes, so that two screens are quickly compared.
  package struct Cell: Sendable, Equatable {
    /// 0 in the second column of a wide character.
    package var scalar: UInt32 = 0x20
    /// A mark that combines with it; 0 for none. A second one is left out.
    package var mark: UInt32 = 0
    package var style = Style.plain

    package init() {}
  }

  package let columns: Int
  package let lines: Int
  package private(set) var cells: [Cell]
  /// Only ASCII can be shown.
  let isASCII: Bool

  package init(columns: Int, lines: Int, isASCII: Bool = false) {
    self.columns = max(0, columns)
    self.lines = max(0, lines)
    self.isASCII = isASCII
    cells = [Cell](repeating: Cell(), count: self.columns * self.lines)
  }

  package subscript(line: Int, column: Int) -> Cell { cells[line * columns + column] }

  var ellipsis: Unicode.Scalar { isASCII ? "~" : "…" }

  /// Puts text from a place on, at most `limit` columns of it and never past the edge. Returns the columns it took.
  @discardableResult
  package mutating func put(
    _ text: String, line: Int, column: Int, limit: Int = .max, style: Style = .plain
  ) -> Int {
    guard line >= 0, line < lines, column >= 0, column < columns else { return 0 }
    let end = min(columns, column + min(limit, columns))
    var place = column
    for scalar in text.unicodeScalars {
      guard scalar.value >= 0x20, scalar.value < 0x7F else {
        if !put(unusual: scalar, line: line, start: column, &place, end: end, style) { break }
        continue
      }
      guard place < end else { break }
      set(line, place, scalar.value, style)
      place += 1
    }
    return place - column
  }

  private mutating func put(
    unusual scalar: Unicode.Scalar, line: Int, start: Int, _ place: inout Int, end: Int, _ style: Style
  ) -> Bool {
    guard let width = scalar.columns else {
      // Those that only steer how text is set have nothing to show.
      guard scalar.properties.generalCategory == .control else { return true }
      for character in String(scalar).printable.unicodeScalars {
        guard place < end else { return false }
        set(line, place, character.value, style)
        place += 1
      }
      return true
    }
    if width == 0 {
      if place > start, !isASCII {
        let before = cells[line * columns + place - 1].scalar == 0 ? place - 2 : place - 1
        let cell = line * columns + before
        if before >= start, cells[cell].mark == 0 { cells[cell].mark = scalar.value }
      }
      return true
    }
    guard place + width <= end else { return false }
    set(line, place, isASCII ? Screen.replacement(of: scalar) : scalar.value, style)
    if width == 2 { set(line, place + 1, isASCII ? 0x20 : 0, style) }
    place += width
    return true
  }

  /// What stands for a character where only ASCII can be shown.
  private static func replacement(of scalar: Unicode.Scalar) -> UInt32 {
    switch scalar {
    case "−", "—", "–": 0x2D
    case "→": 0x3E
    case "×": 0x78
    case "…": 0x7E
    default: 0x3F
    }
  }

  private mutating func set(_ line: Int, _ column: Int, _ scalar: UInt32, _ style: Style) {
    let place = line * columns + column
    // Half a wide character is none.
    if cells[place].scalar == 0, column > 0 { cells[place - 1].scalar = 0x20 }
    if scalar != 0, column + 1 < columns, cells[place + 1].scalar == 0 { cells[place + 1].scalar = 0x20 }
    cells[place].scalar = scalar
    cells[place].mark = 0
    cells[place].style = style
  }

  @discardableResult
  package mutating func put(_ text: Line, line: Int, column: Int, limit: Int = .max) -> Int {
    var place = column
    let end = limit == .max ? columns : min(columns, column + limit)
    for span in text.spans where place < end {
      place += put(span.text, line: line, column: place, limit: end - place, style: span.style)
    }
    return place - column
  }

  /// Puts a text that may be shortened where it does not fit.
  mutating func put(clipped text: Line, line: Int, column: Int, limit: Int) {
    guard text.width > limit else {
      put(text, line: line, column: column, limit: limit)
      return
    }
    let used = put(text, line: line, column: column, limit: max(0, limit - 1))
    put(String(ellipsis), line: line, column: column + min(used, max(0, limit - 1)), style: .quiet)
  }

  /// Fills a part of a line with one character.
  mutating func fill(_ character: Unicode.Scalar = " ", line: Int, column: Int, count: Int, style: Style = .plain) {
    guard line >= 0, line < lines else { return }
    for place in max(0, column)..<max(0, column, min(columns, column + max(0, count))) {
      set(line, place, character.value, style)
    }
  }

  /// Marks what stands there as selected: reversed, in one colour, whatever its pieces had.
  mutating func select(line: Int, column: Int, count: Int) {
    guard line >= 0, line < lines else { return }
    for place in max(0, column)..<max(0, column, min(columns, column + max(0, count))) {
      let isBold = cells[line * columns + place].style.emphasis.contains(.bold)
      cells[line * columns + place].style = Style(.plain, isBold ? [.bold, .reverse] : .reverse)
    }
  }

  // MARK: As text

  /// The line as a reader sees it, without blanks at its end.
  package func text(line: Int) -> String {
    var text = ""
    for column in 0..<columns {
      let cell = self[line, column]
      guard cell.scalar != 0 else { continue }
      text.unicodeScalars.append(Unicode.Scalar(cell.scalar) ?? " ")
      if let mark = Unicode.Scalar(cell.mark), cell.mark != 0 { text.unicodeScalars.append(mark) }
    }
    while text.last == " " { text.removeLast() }
    return text
  }

  package var text: String { (0..<lines).map { text(line: $0) + "\n" }.joined() }
}
