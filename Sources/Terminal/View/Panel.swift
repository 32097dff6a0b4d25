/// A part of the dashboard that can have the focus, in the order of Tab.
package enum Panel: Int, CaseIterable, Sendable {
  case markets, chart, alerts, cycles, feeds, sinks, log

  var title: String {
    switch self {
    case .markets: "Markets"
    case .chart: "Spread"
    case .alerts: "Alerts"
    case .cycles: "Cycles"
    case .feeds: "Feeds"
    case .sinks: "Sinks"
    case .log: "Log"
    }
  }

  func neighbour(_ step: Int) -> Panel {
    let count = Panel.allCases.count
    return Panel(rawValue: (rawValue + step + count) % count) ?? .markets
  }
}

/// What a person does.
package enum Key: Sendable, Equatable {
  case character(Unicode.Scalar)
  case up, down, left, right, pageUp, pageDown, home, end
  case tab, backTab, enter, escape, backspace
  /// The first button at a place of the screen.
  case click(line: Int, column: Int)
  case wheelUp, wheelDown
  /// Ctrl-C.
  case interrupt
}

/// What a key asks of the world around the dashboard.
package enum Effect: Sendable, Equatable {
  /// The viewer goes away; the run goes on.
  case leave
  /// The run shall end.
  case stopRun
  /// These alerts go into a file.
  case export([AlertRow])
}
