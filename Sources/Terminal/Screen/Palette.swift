/// How styles look on a terminal with so many colours. Blue and orange tell gain from loss, as red and green look alike to
/// many; without colours, bold and reverse do.
package struct Palette: Sendable, Equatable {
  package enum Depth: Sendable, Equatable {
    case none, eight, sixteen, many
  }

  /// What a cell is drawn with.
  package struct Paint: Sendable, Hashable {
    /// By the numbers of xterm's palette; nil: the terminal's own.
    package var color: Int16?
    package var isBold = false
    package var isDim = false
    package var isReverse = false
    package var isUnderlined = false
  }

  package let depth: Depth

  package init(_ depth: Depth) { self.depth = depth }

  package func paint(_ style: Style) -> Paint {
    var paint = Paint()
    paint.isBold = style.emphasis.contains(.bold)
    paint.isReverse = style.emphasis.contains(.reverse)
    paint.isUnderlined = style.emphasis.contains(.underline)
    switch depth {
    case .many: paint.color = Palette.many(style.role)
    case .sixteen: paint.color = Palette.sixteen(style.role)
    case .eight: paint.color = Palette.eight(style.role)
    case .none: if style.role == .warning { paint.isUnderlined = true }
    }
    if style.role == .quiet, depth == .none || depth == .eight { paint.isDim = true }
    return paint
  }

  private static func many(_ role: Style.Role) -> Int16? {
    switch role {
    case .plain, .title: nil
    case .quiet: 245
    case .focus, .line: 75
    case .gain: 39
    case .loss: 208
    case .warning: 220
    case .alarm: 202
    case .mark: 214
    }
  }

  private static func sixteen(_ role: Style.Role) -> Int16? {
    switch role {
    case .plain, .title: nil
    case .quiet: 8
    case .focus, .gain, .line: 12
    case .loss, .mark: 3
    case .warning, .alarm: 11
    }
  }

  private static func eight(_ role: Style.Role) -> Int16? {
    switch role {
    case .plain, .title, .quiet: nil
    case .focus, .gain, .line: 6
    case .loss, .warning, .alarm, .mark: 3
    }
  }
}
