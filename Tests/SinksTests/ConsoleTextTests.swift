import ArbdFramework
import Testing

@testable import ArbdSinks

@Suite struct ConsoleTextTests {
  private static let spreadLine =
    "00:00:11.699  btc  buy binance BTC-USDT 60,041.97 → sell coinbase BTC-USD 60,109.98  "
    + "spread 68.0160  gross +11.33 bps  net −58.69 bps\n"

  private static func text(_ console: inout ConsoleText, _ batch: Record..., width: Int? = nil) -> String {
    String(decoding: console.lines(for: batch, width: width), as: UTF8.self)
  }

  @Test func aDumbTerminalGetsPlainLines() {
    #expect(!ConsoleSink.moves(terminal: "dumb") && !ConsoleSink.moves(terminal: ""))
    #expect(ConsoleSink.moves(terminal: "xterm-256color") && ConsoleSink.moves(terminal: nil))
  }

  // MARK: Alerts

  @Test func showsASpread() {
    var console = ConsoleText(isTerminal: false, isColored: false)
    #expect(Self.text(&console, .alert(Sample.spread())) == Self.spreadLine)
  }

  @Test func showsACycle() {
    var console = ConsoleText(isTerminal: false, isColored: false)
    #expect(
      Self.text(&console, .alert(Sample.cycle))
        == "23:59:59.999  triangle  buy binance BTC-USDT 60,043.64 → buy binance ETH-BTC 0.0407400 → "
        + "sell binance ETH-USDT 2,449.36  gross +13.01 bps  net −17.00 bps\n")
  }

  @Test func showsNothingForMarketData() {
    var console = ConsoleText(isTerminal: false, isColored: false)
    #expect(Self.text(&console, Sample.trade(1), Sample.quote) == "")
  }

  @Test func coloursTheDetectorAndAGain() {
    var console = ConsoleText(isTerminal: false, isColored: true)
    #expect(
      Self.text(&console, .alert(Sample.spread(net: 11.84)))
        == "00:00:11.699  \u{1B}[1mbtc\u{1B}[0m  buy binance BTC-USDT 60,041.97 → sell coinbase BTC-USD 60,109.98  "
        + "spread 68.0160  gross +11.33 bps  net \u{1B}[1;34m+11.84\u{1B}[0m bps\n")
    let loss = Self.text(&console, .alert(Sample.spread()))
    #expect(loss == Self.spreadLine.replacing("btc  ", with: "\u{1B}[1mbtc\u{1B}[0m  "))
  }

  // MARK: Status

  @Test func showsHowTheRunIsDoing() {
    var console = ConsoleText(isTerminal: false, isColored: false)
    #expect(
      Self.text(&console, Sample.status(1, events: 1_500))
        == "status 1s  1,500 events/s  1,500 events  0 alerts  0 late\n")
    // The rate is that since the line before.
    #expect(
      Self.text(&console, Sample.status(3, events: 1_600, alerts: 2, late: 3))
        == "status 3s  50 events/s  1,600 events  2 alerts  3 late\n")
  }

  @Test func showsRejectedRecordsAndPricesWhereThereAreSome() {
    var console = ConsoleText(isTerminal: false, isColored: false)
    let prices = [
      StatusReport.LastPrice(market: Sample.binance, price: 60_057.92),
      StatusReport.LastPrice(market: Sample.coinbase, price: 0.5),
    ]
    #expect(
      Self.text(&console, Sample.status(3_600, events: 12_345_678, rejected: 4, prices: prices))
        == "status 3,600s  3,429 events/s  12,345,678 events  0 alerts  0 late  4 rejected  "
        + "BTC-USDT binance 60,057.92  BTC-USD coinbase 0.500000\n")
  }

  @Test func endsWithTheWholeRun() {
    var console = ConsoleText(isTerminal: false, isColored: false)
    _ = Self.text(&console, Sample.status(1, events: 900))
    #expect(
      Self.text(&console, Sample.status(2, events: 1_000, isFinal: true))
        == "end 2s  500 events/s  1,000 events  0 alerts  0 late\n")
  }

  @Test func aRunOfNoTimeHasNoRate() {
    var console = ConsoleText(isTerminal: false, isColored: false)
    #expect(
      Self.text(&console, Sample.status(0, events: 5, isFinal: true))
        == "end 0s  0 events/s  5 events  0 alerts  0 late\n")
  }

  // MARK: On a terminal

  private static let wipe = "\r\u{1B}[K"
  private static let oneSecond = "status 1s  10 events/s  10 events  0 alerts  0 late"
  private static let twoSeconds = "status 2s  20 events/s  30 events  0 alerts  0 late"

  @Test func keepsTheStatusLineAtTheBottom() {
    var console = ConsoleText(isTerminal: true, isColored: false)
    #expect(Self.text(&console, Sample.status(1, events: 10)) == Self.oneSecond)
    #expect(Self.text(&console, .alert(Sample.spread())) == Self.wipe + Self.spreadLine + Self.oneSecond)
    #expect(Self.text(&console, Sample.status(2, events: 30)) == Self.wipe + Self.twoSeconds)
    #expect(
      Self.text(&console, .alert(Sample.spread()), Sample.status(2, events: 30, isFinal: true))
        == Self.wipe + Self.spreadLine + "end 2s  15 events/s  30 events  0 alerts  0 late\n")
  }

  @Test func hasNothingToWipeAtFirst() {
    var console = ConsoleText(isTerminal: true, isColored: false)
    #expect(Self.text(&console, .alert(Sample.spread())) == Self.spreadLine)
  }

  @Test(arguments: [(80, oneSecond), (20, "status 1s  10 event"), (2, "s"), (1, "")])
  func cutsTheStatusLineToTheWidth(_ width: Int, shown: String) {
    var console = ConsoleText(isTerminal: true, isColored: false)
    #expect(Self.text(&console, Sample.status(1, events: 10), width: width) == shown)
  }

  @Test func doesNotCutWhatStays() {
    var console = ConsoleText(isTerminal: true, isColored: false)
    let alert = Self.text(&console, .alert(Sample.spread()), width: 20)
    #expect(alert == Self.spreadLine)
    let end = Self.text(&console, Sample.status(1, events: 10, isFinal: true), width: 20)
    #expect(end == "end 1s  10 events/s  10 events  0 alerts  0 late\n")
  }
}
