import Foundation
import Glibc
import Testing

/// What the console sink does where standard output is a terminal.
@Suite struct TerminalTests {
  private let daemon: Daemon

  init() throws { daemon = try Daemon() }

  /// Runs the demo's capture with standard output on a terminal of `columns`, and gives what came out there.
  private func shown(columns: UInt16, options: String = "", environment: [String: String] = [:]) async throws -> String
  {
    let capture = Daemon.project.appendingPathComponent("Configs/quickstart.capture.jsonl").path
    try daemon.file(
      "config.json",
      #"""
      {"sources":[{"type":"replay","path":"\#(capture)","format":"capture",
         "adapters":[{"type":"coinbase","instruments":["BTC-USD"]},{"type":"binance","instruments":["BTC-USDT"]}]}],
       "fees":{"binance":{"taker_bps":10},"coinbase":{"taker_bps":60}},
       "detectors":[{"name":"btc","type":"spread","instrument":"BTC-USD","venues":["coinbase","binance"],
         "treat_as_equal":[["USD","USDT"]],"window":{"size":"5s","out_of_orderness":"1s"},
         "threshold":{"net_bps":0}}],
       "sinks":[{"type":"console"\#(options)}]}
      """#)
    let terminal = try Terminal(columns: columns)
    let process = Process()
    let binary = try #require(Daemon.binary)
    process.executableURL = binary
    process.arguments = ["--config", "config.json"]
    process.currentDirectoryURL = daemon.folder
    process.environment = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
    process.standardOutput = terminal.end
    try process.run()
    let deadline = ContinuousClock.now + Daemon.patience
    var text = ""
    while process.isRunning {
      text += terminal.read()
      guard ContinuousClock.now < deadline else {
        kill(process.processIdentifier, SIGKILL)
        Issue.record("arbd did not end; it showed \(text)")
        break
      }
      try await Task.sleep(for: .milliseconds(5))
    }
    #expect(process.terminationStatus == 0)
    return (text + terminal.read()).replacing("\r\n", with: "\n")
  }

  private static let alert =
    "buy binance BTC-USDT 60,048.06 → sell coinbase BTC-USD 60,542.59  spread 494.520  gross +82.35 bps  net "

  @Test func hasColours() async throws {
    let text = try await shown(columns: 80)
    #expect(text.contains("\u{1B}[1mbtc\u{1B}[0m  \(Self.alert)\u{1B}[1;34m+11.84\u{1B}[0m bps\n"), "\(text)")
    #expect(text.split(separator: "\n").last?.contains("end ") == true)
  }

  @Test func hasNoneWithNoColor() async throws {
    let text = try await shown(columns: 80, environment: ["NO_COLOR": "1"])
    #expect(text.contains("btc  \(Self.alert)+11.84 bps\n"), "\(text)")
    #expect(!text.contains("\u{1B}[1"))
  }

  @Test func hasNoneWhereNotWanted() async throws {
    #expect(try await !shown(columns: 80, options: #","color":"never""#).contains("\u{1B}[1"))
  }

  @Test func aNarrowOneGetsWholeAlerts() async throws {
    #expect(try await shown(columns: 10, options: #","color":"never""#).contains(Self.alert + "+11.84 bps\n"))
  }
}

/// A terminal without a screen.
private final class Terminal {
  /// Where a process writes.
  let end: FileHandle
  private let screen: Int32

  init(columns: UInt16) throws {
    screen = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK)
    // TIOCGPTN and TIOCSPTLCK of <asm-generic/ioctls.h>: its number, and unlock it.
    var (number, locked): (Int32, Int32) = (0, 0)
    try #require(ioctl(screen, 0x8004_5430, &number) == 0 && ioctl(screen, 0x4004_5431, &locked) == 0)
    let name = "/dev/pts/\(number)"
    let descriptor = open(name, O_RDWR | O_NOCTTY)
    try #require(descriptor >= 0)
    var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    try #require(ioctl(descriptor, UInt(TIOCSWINSZ), &size) == 0)
    end = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  deinit { close(screen) }

  /// What has been written since the last call.
  func read() -> String {
    var text: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = Glibc.read(screen, &part, part.count)
      guard count > 0 else { return String(decoding: text, as: UTF8.self) }
      text += part[..<count]
    }
  }
}
