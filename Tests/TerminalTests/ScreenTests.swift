import Testing

@testable import ArbdTerminal

@Suite struct ScreenTests {
  private static func line(_ text: String, columns: Int = 12, isASCII: Bool = false) -> String {
    var screen = Screen(columns: columns, lines: 1, isASCII: isASCII)
    screen.put(text, line: 0, column: 0)
    return screen.text(line: 0)
  }

  @Test(arguments: [
    ("plain", "plain"),
    // Control characters are escaped, whatever their kind.
    ("a\u{1B}[2J", "a\\u{1B}[2J"), ("a\nb\tc", "a\\nb\\tc"), ("\u{9B}31m", "\\u{009B}31m"), ("x\u{7F}y", "x\\u{7F}y"),
    // Those that turn the direction of text, or have no width, are left out.
    ("a\u{202E}b\u{200B}c", "abc"), ("a\u{2028}b", "ab"),
    // Wide ones are whole or not there.
    ("日本語日本語", "日本語日本語"), ("x日本語日本語", "x日本語日本"),
    // Marks stand on the character before, at most one.
    ("e\u{301}\u{302}x", "e\u{301}x"), ("\u{301}x", "x"), ("日\u{301}", "日\u{301}"),
    ("longer than the line", "longer than "),
  ]) func onlyWhatIsSafeIsPut(_ text: String, _ shown: String) {
    let expected = String(shown.reversed().drop { $0 == " " }.reversed())
    #expect(Self.line(text).unicodeScalars.elementsEqual(expected.unicodeScalars), "\(Self.line(text))")
  }

  @Test func nothingButASCIIIsPutWhereNothingElseCanBeShown() {
    #expect(Self.line("−1 → ×2 …é日", columns: 20, isASCII: true) == "-1 > x2 ~??")
  }

  @Test func aWideCharacterThatIsWrittenOverLeavesNoHalf() {
    var screen = Screen(columns: 6, lines: 1)
    screen.put("日本", line: 0, column: 0)
    screen.put("x", line: 0, column: 1)
    #expect(screen.text(line: 0) == " x本")
    screen.put("y", line: 0, column: 2)
    #expect(screen.text(line: 0) == " xy")
    #expect((0..<6).allSatisfy { screen[0, $0].scalar != 0 })
  }

  @Test func textIsCutWithAnEllipsisAndNeverPastTheEdge() {
    var screen = Screen(columns: 10, lines: 2)
    screen.put(clipped: Line("a long name"), line: 0, column: 2, limit: 5)
    #expect(screen.text(line: 0) == "  a lo…")
    screen.put(clipped: Line("日本語"), line: 1, column: 0, limit: 4)
    #expect(screen.text(line: 1) == "日…")
    #expect(screen.put("x", line: 7, column: 0) == 0 && screen.put("x", line: 0, column: -1) == 0)
  }

  @Test func brailleDotsStandWhereTheyWereSet() {
    var canvas = BrailleCanvas(columns: 2, lines: 1, isASCII: false)
    #expect(canvas.width == 4 && canvas.height == 4)
    canvas.set(0, 0)
    canvas.set(1, 3)
    canvas.set(9, 9)
    #expect(canvas.character(line: 0, column: 0) == "⢁" && canvas.character(line: 0, column: 1) == nil)
    var plain = BrailleCanvas(columns: 3, lines: 1, isASCII: true)
    plain.line(from: (0, 0), to: (2, 1))
    #expect((0..<3).map { plain.character(line: 0, column: $0) } == ["'", ".", "."])
  }

  @Test func barsShowShares() {
    #expect(Gauge.text(0.5, columns: 4, isASCII: false) == "██░░")
    #expect(Gauge.text(0.001, columns: 4, isASCII: true) == "#---")
    #expect(Gauge.text(7, columns: 2, isASCII: true) == "##" && Gauge.text(.nan, columns: 2, isASCII: true) == "--")
    #expect(Sparkline.text([0, 5, 10], columns: 2, isASCII: false) == "▅█")
    #expect(Sparkline.text([0, 0], columns: 2, isASCII: false).isEmpty)
  }

  @Test func coloursTellGainFromLossWithoutRedAndGreen() {
    for depth in [Palette.Depth.many, .sixteen, .eight] {
      let palette = Palette(depth)
      #expect(palette.paint(Style(.gain)).color != palette.paint(Style(.loss)).color)
      // Red and green of the sixteen colours, and their bright ones.
      for role in Style.Role.allCases { #expect(![1, 2, 9, 10].contains(palette.paint(Style(role)).color)) }
    }
    #expect(Style.Role.allCases.allSatisfy { Palette(.none).paint(Style($0)).color == nil })
  }
}

@Suite struct TableTests {
  private static func text(_ width: Int) -> [String] {
    var screen = Screen(columns: width, lines: 2)
    Table(
      columns: [
        Table.Column(title: "name", shortest: 4), Table.Column(title: "price", alignsRight: true),
        Table.Column(title: "count", alignsRight: true, priority: 1),
      ], rows: [Table.Row(cells: [Line("a venue's name"), Line("60,044.00"), Line("12,345")])]
    ).draw(&screen, Area(x: 0, y: 0, width: width, height: 2))
    return [screen.text(line: 0), screen.text(line: 1)]
  }

  @Test func numbersAreNeverCut() {
    #expect(Self.text(40) == ["name                price   count", "a venue's name  60,044.00  12,345"])
    // Closer together, then names shorter, then without the least of the numbers.
    #expect(Self.text(31) == ["name               price  count", "a venue's name 60,044.00 12,345"])
    #expect(Self.text(24) == ["name        price  count", "a veno… 60,044.00 12,345".replacing("veno", with: "venu")])
    #expect(Self.text(20) == ["name           price", "a venue's… 60,044.00"])
    for width in 4..<14 { #expect(!Self.text(width)[1].contains("60,0") || Self.text(width)[1].contains("60,044.00")) }
  }
}
