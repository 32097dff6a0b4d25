/// Dots on a grid finer than cells: 2 by 4 in a cell by braille patterns; where only ASCII can be shown, one by two, as `'`,
/// `.` and `:`.
struct BrailleCanvas {
  let columns: Int
  let lines: Int
  let isASCII: Bool
  private var dots: [UInt8]

  init(columns: Int, lines: Int, isASCII: Bool) {
    self.columns = max(0, columns)
    self.lines = max(0, lines)
    self.isASCII = isASCII
    dots = [UInt8](repeating: 0, count: self.columns * self.lines)
  }

  /// Of dots.
  var width: Int { columns * (isASCII ? 1 : 2) }
  var height: Int { lines * (isASCII ? 2 : 4) }

  /// The Unicode Standard, block Braille Patterns: dots 1–3 and 7 stand left, 4–6 and 8 right, top to bottom.
  private static let bits: [[UInt8]] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]

  /// `y` counts from the top.
  mutating func set(_ x: Int, _ y: Int) {
    guard x >= 0, x < width, y >= 0, y < height else { return }
    if isASCII {
      dots[y / 2 * columns + x] |= y % 2 == 0 ? 1 : 2
    } else {
      dots[y / 4 * columns + x / 2] |= BrailleCanvas.bits[x % 2][y % 4]
    }
  }

  /// A stroke from one point to the next column's.
  mutating func line(from start: (x: Int, y: Int), to end: (x: Int, y: Int)) {
    let steps = max(abs(end.x - start.x), abs(end.y - start.y), 1)
    for step in 0...steps {
      let share = Double(step) / Double(steps)
      set(
        start.x + Int((Double(end.x - start.x) * share).rounded()),
        start.y + Int((Double(end.y - start.y) * share).rounded()))
    }
  }

  /// The character of a cell; nil where it is empty.
  func character(line: Int, column: Int) -> Unicode.Scalar? {
    let dots = dots[line * columns + column]
    guard dots != 0 else { return nil }
    if isASCII { return dots == 1 ? "'" : dots == 2 ? "." : ":" }
    return Unicode.Scalar(0x2800 + UInt32(dots))
  }
}

/// Values as bars of a line's height, the largest the highest: `▁▃▇`.
enum Sparkline {
  static func text(_ values: [Double], columns: Int, isASCII: Bool) -> String {
    let levels = Array((isASCII ? "_.-=^" : "▁▂▃▄▅▆▇█").unicodeScalars)
    let shown = values.suffix(columns)
    guard let top = shown.max(), top > 0 else { return "" }
    var text = ""
    for value in shown {
      let level = Int((value / top * Double(levels.count - 1)).rounded())
      text.unicodeScalars.append(levels[min(levels.count - 1, max(0, level))])
    }
    return text
  }
}

/// A share as a bar: `███░░`.
enum Gauge {
  static func text(_ share: Double, columns: Int, isASCII: Bool) -> String {
    let clamped = share.isFinite ? min(1, max(0, share)) : 0
    // Something is never shown as nothing.
    let full = clamped > 0 ? max(1, Int((clamped * Double(columns)).rounded())) : 0
    return String(repeating: isASCII ? "#" : "█", count: full)
      + String(repeating: isASCII ? "-" : "░", count: max(0, columns - full))
  }
}
