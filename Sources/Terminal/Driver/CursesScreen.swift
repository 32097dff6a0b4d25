internal import CNcurses
internal import Glibc

/// The terminal by way of ncurses. One thread owns it: ncurses knows one screen at a time and no threads.
struct CursesScreen: ~Copyable {
  private let screen: OpaquePointer
  private let input: Int32
  private let ownsInput: Bool
  private let palette: Palette
  private let hasMouse: Bool
  private var pairs: [Int16: Int32] = [:]
  private var shown: Screen?

  /// Sets it up; nil where ncurses cannot. `color`: nil for what the terminal has.
  init?(hasColor: Bool, hasMouse: Bool) {
    ownsInput = isatty(STDIN_FILENO) != 1
    input = ownsInput ? open("/dev/tty", O_RDWR | O_CLOEXEC) : STDIN_FILENO
    guard input >= 0 else { return nil }
    TerminalRestorer.note(STDOUT_FILENO)
    guard let output = fdopen(dup(STDOUT_FILENO), "w"), let source = fdopen(dup(input), "r"),
      let screen = newterm(nil, output, source)
    else {
      if ownsInput { close(input) }
      return nil
    }
    self.screen = screen
    self.hasMouse = hasMouse
    var depth = Palette.Depth.none
    if hasColor, start_color() == OK {
      use_default_colors()
      depth = arbd_colors() >= 256 ? .many : arbd_colors() >= 16 ? .sixteen : arbd_colors() >= 8 ? .eight : .none
    }
    palette = Palette(depth)
    prepare()
  }

  /// The descriptor that keys come from.
  var keyboard: Int32 { input }

  private func prepare() {
    cbreak()
    noecho()
    nonl()
    curs_set(0)
    set_escdelay(25)
    let window = arbd_stdscr()
    keypad(window, true)
    nodelay(window, true)
    leaveok(window, true)
    idlok(window, false)
    if hasMouse { mousemask(arbd_mouse_wanted(), nil) }
    mouseinterval(0)
    TerminalRestorer.arm(farewell)
  }

  /// What takes the screen down, without ncurses.
  private var farewell: [UInt8] {
    var text = ""
    for capability in ["sgr0", "op", "cnorm", "rmkx", "rmcup"] {
      text += arbd_terminal_string(capability).map { String(cString: $0) } ?? ""
    }
    // Of xterm and those like it; others leave it out of their description and know no mouse.
    if hasMouse { text += "\u{1B}[?1000l\u{1B}[?1002l\u{1B}[?1006l" }
    return CursesScreen.withoutPadding(Array(text.utf8))
  }

  /// Descriptions ask for pauses by `$<5>`, which are not for the terminal.
  private static func withoutPadding(_ bytes: [UInt8]) -> [UInt8] {
    var kept: [UInt8] = []
    var place = 0
    while place < bytes.count {
      if bytes[place] == UInt8(ascii: "$"), place + 1 < bytes.count, bytes[place + 1] == UInt8(ascii: "<"),
        let end = bytes[place...].firstIndex(of: UInt8(ascii: ">"))
      {
        place = end + 1
      } else {
        kept.append(bytes[place])
        place += 1
      }
    }
    return kept
  }

  // MARK: Drawing

  var size: (columns: Int, lines: Int) { (Int(arbd_columns()), Int(arbd_lines())) }

  /// Takes up the terminal's size, which has changed.
  mutating func resize() {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else { return }
    resizeterm(Int32(size.ws_row), Int32(size.ws_col))
    shown = nil
  }

  /// Draws what has changed since the last time.
  mutating func draw(_ screen: Screen) {
    let isNew = shown?.columns != screen.columns || shown?.lines != screen.lines
    if isNew { wclear(arbd_stdscr()) }
    var changes = 0
    for line in 0..<screen.lines {
      for column in 0..<screen.columns {
        let cell = screen[line, column]
        if !isNew, shown?[line, column] == cell { continue }
        // The first half of a wide character draws both.
        guard cell.scalar != 0 else { continue }
        put(cell, line, column)
        changes += 1
      }
    }
    shown = screen
    if changes > 0 || isNew { wrefresh(arbd_stdscr()) }
  }

  private mutating func put(_ cell: Screen.Cell, _ line: Int, _ column: Int) {
    let paint = palette.paint(cell.style)
    var attributes: attr_t = 0
    if paint.isBold { attributes |= arbd_attribute_bold() }
    if paint.isDim { attributes |= arbd_attribute_dim() }
    if paint.isReverse { attributes |= arbd_attribute_reverse() }
    if paint.isUnderlined { attributes |= arbd_attribute_underline() }
    var characters = [wchar_t(bitPattern: cell.scalar)]
    if cell.mark != 0 { characters.append(wchar_t(bitPattern: cell.mark)) }
    _ = arbd_put(
      Int32(line), Int32(column), characters, Int32(characters.count), attributes, pair(of: paint.color))
  }

  private mutating func pair(of color: Int16?) -> Int32 {
    guard let color else { return 0 }
    if let known = pairs[color] { return known }
    let number = Int32(pairs.count + 1)
    guard number < arbd_color_pairs(), init_pair(Int16(number), color, -1) == OK else { return 0 }
    pairs[color] = number
    return number
  }

  func ring() { beep() }

  // MARK: Keys

  /// The next key that has been pressed; nil when there is none. `isResized`: the terminal's size has changed.
  mutating func nextKey(isResized: inout Bool) -> Key? {
    while true {
      var code = wint_t()
      switch arbd_key(&code) {
      case KEY_CODE_YES:
        if Int32(bitPattern: code) == KEY_RESIZE {
          isResized = true
        } else if let key = CursesScreen.key(Int32(bitPattern: code)) {
          return key
        }
      case OK: if let key = CursesScreen.key(character: code) { return key }
      default: return nil
      }
    }
  }

  private static func key(_ code: Int32) -> Key? {
    switch code {
    case KEY_UP: .up
    case KEY_DOWN: .down
    case KEY_LEFT: .left
    case KEY_RIGHT: .right
    case KEY_PPAGE: .pageUp
    case KEY_NPAGE: .pageDown
    case KEY_HOME: .home
    case KEY_END: .end
    case KEY_BTAB: .backTab
    case KEY_ENTER: .enter
    case KEY_BACKSPACE: .backspace
    case KEY_MOUSE: mouse()
    default: nil
    }
  }

  private static func key(character: wint_t) -> Key? {
    switch character {
    case 3: .interrupt
    case 8, 127: .backspace
    case 9: .tab
    case 10, 13: .enter
    case 27: .escape
    default: Unicode.Scalar(character).flatMap { $0.value < 0x20 ? nil : .character($0) }
    }
  }

  private static func mouse() -> Key? {
    var event = MEVENT()
    guard getmouse(&event) == OK else { return nil }
    if arbd_mouse_is_wheel_up(event.bstate) != 0 { return .wheelUp }
    if arbd_mouse_is_wheel_down(event.bstate) != 0 { return .wheelDown }
    return .click(line: Int(event.y), column: Int(event.x))
  }

  // MARK: Leaving and coming back

  /// The terminal is a plain one until `resume`.
  func suspend() {
    endwin()
    TerminalRestorer.disarm()
  }

  mutating func resume() {
    TerminalRestorer.note(STDOUT_FILENO)
    prepare()
    shown = nil
    resize()
    clearok(arbd_stdscr(), true)
  }

  consuming func end(isGone: Bool) {
    TerminalRestorer.disarm()
    // A terminal that has vanished takes nothing more.
    if !isGone { endwin() }
    delscreen(screen)
    if ownsInput { close(input) }
  }
}
