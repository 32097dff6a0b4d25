import Foundation
import Testing

@testable import ArbdTerminal

/// Screens of fixed states, as text files that one can look at. `make golden` writes them anew.
@Suite struct GoldenScreenTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Golden")

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let columns: Int
    let lines: Int
    var keys: [Key] = []
    var showsPaint = false
    var make: @Sendable () -> Dashboard = { SampleRun().dashboard }

    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "80x24", columns: 80, lines: 24),
    Case(name: "80x24-markets", columns: 80, lines: 24, keys: [.tab, .tab, .tab, .tab, .tab]),
    Case(name: "80x24-chart", columns: 80, lines: 24, keys: [.backTab]),
    Case(name: "80x24-feeds", columns: 80, lines: 24, keys: [.tab, .tab]),
    Case(name: "80x24-detail", columns: 80, lines: 24, keys: [.down, .enter]),
    Case(name: "80x24-help", columns: 80, lines: 24, keys: [.character("?")]),
    Case(name: "80x24-filter", columns: 80, lines: 24, keys: [.character("/"), .character("e"), .character("t")]),
    Case(name: "64x16", columns: 64, lines: 16),
    Case(name: "20x5", columns: 20, lines: 5),
    Case(name: "120x40", columns: 120, lines: 40),
    Case(name: "120x40-quit", columns: 120, lines: 40, keys: [.character("q")]),
    Case(name: "200x60", columns: 200, lines: 60),
    Case(name: "monochrome", columns: 120, lines: 40, showsPaint: true) { SampleRun(staleVenue: "kraken").dashboard },
    Case(name: "ascii", columns: 120, lines: 40) { SampleRun(isASCII: true).dashboard },
    Case(name: "stale-feed", columns: 120, lines: 40) { SampleRun(staleVenue: "coinbase").dashboard },
    Case(name: "no-data", columns: 120, lines: 40) { Dashboard(Dashboard.Surroundings()) },
    Case(name: "sink-down", columns: 120, lines: 40) { SampleRun(failingSink: true).dashboard },
    Case(name: "sink-down-80x24", columns: 80, lines: 24, keys: [.tab, .tab, .tab]) {
      SampleRun(failingSink: true).dashboard
    },
    Case(
      name: "absurd", columns: 120, lines: 40,
      keys: [.character("/"), .character("v"), .character("i"), .character("l")]
    ) { SampleRun(odd: true).dashboard },
  ]

  @Test(arguments: cases) func theScreenIsTheGoldenOne(_ golden: Case) throws {
    var dashboard = golden.make()
    for key in golden.keys {
      _ = dashboard.handle(key, columns: golden.columns, lines: golden.lines, now: SampleRun.now)
    }
    let screen = dashboard.screen(columns: golden.columns, lines: golden.lines, now: SampleRun.now)
    let text = screen.text + (golden.showsPaint ? "\n" + Self.paint(screen) : "")
    let file = Self.folder.appending(path: golden.name + ".txt")
    if ProcessInfo.processInfo.environment["ARBD_WRITE_GOLDEN"] != nil {
      try Data(text.utf8).write(to: file)
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == text)
  }

  /// How each cell is drawn without colours: `b`old, `d`im, `r`everse, `u`nderlined, two of them in capitals.
  private static func paint(_ screen: Screen) -> String {
    let palette = Palette(.none)
    return (0..<screen.lines).map { line in
      let letters = (0..<screen.columns).map { column -> Character in
        let paint = palette.paint(screen[line, column].style)
        if paint.isBold { return paint.isReverse ? "R" : paint.isUnderlined ? "U" : "b" }
        return paint.isReverse ? "r" : paint.isUnderlined ? "u" : paint.isDim ? "d" : "."
      }
      return String(letters) + "\n"
    }.joined()
  }
}
