/// How a cell looks: what it means, and how much it stands out. Colours are the driver's matter, so that a screen without
/// them has the same cells.
package struct Style: Sendable, Hashable {
  package enum Role: UInt8, Sendable, CaseIterable {
    case plain
    /// Of less importance: units, labels, rules.
    case quiet
    case title
    /// The title of the panel that has the focus.
    case focus
    /// A gain after fees, a price that rose, the best bid: blue.
    case gain
    /// A loss, a price that fell, the best ask: orange.
    case loss
    /// Data that is getting old.
    case warning
    /// Data that is stale, a feed that is down: must not be overlooked.
    case alarm
    /// The line of a chart.
    case line
    /// A threshold, and the marks of alerts.
    case mark
  }

  package struct Emphasis: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let bold = Emphasis(rawValue: 1)
    package static let reverse = Emphasis(rawValue: 2)
    package static let underline = Emphasis(rawValue: 4)
  }

  package var role: Role
  package var emphasis: Emphasis

  package init(_ role: Role, _ emphasis: Emphasis = []) {
    self.role = role
    self.emphasis = emphasis
  }

  package static let plain = Style(.plain)
  package static let quiet = Style(.quiet)
  package static let strong = Style(.plain, .bold)

  func with(_ more: Emphasis) -> Style { Style(role, emphasis.union(more)) }
}

/// A piece of text in one style.
package struct Span: Sendable, Equatable {
  package var text: String
  package var style: Style

  package init(_ text: String, _ style: Style = .plain) {
    self.text = text
    self.style = style
  }
}

/// Text in several styles, on one line.
package struct Line: Sendable, Equatable, ExpressibleByStringLiteral {
  package var spans: [Span]

  package init(_ spans: [Span] = []) { self.spans = spans }
  package init(_ text: String, _ style: Style = .plain) { spans = [Span(text, style)] }
  package init(stringLiteral text: String) { self.init(text) }

  /// In columns of a terminal.
  package var width: Int { spans.reduce(0) { $0 + $1.text.columns } }
  var text: String { spans.map(\.text).joined() }

  static func + (left: Line, right: Line) -> Line { Line(left.spans + right.spans) }

  func with(_ emphasis: Style.Emphasis) -> Line { Line(spans.map { Span($0.text, $0.style.with(emphasis)) }) }
}
