import Logging
import Synchronization
import Testing

@testable import ArbdFramework

/// Instruments that are halted, delisted or new while a run goes on.
@Suite struct LiveInstrumentsTests {
  private static func service() -> InstrumentService {
    let target = InstrumentService.Target(
      sources: [0], venue: "tiny", adapter: ListedAdapter.self, request: HTTPRequest(url: "https://tiny.example/i"),
      interval: nil, cache: nil, wanted: [.btc])
    return InstrumentService([target], makeNetwork: { AnsweringNetwork(.silence) }, logger: silentLogger)
  }

  private let log = StatusLog()

  private func script() throws -> LiveScript {
    let script = try LiveScript(["BTC-USD", "ETH-USD"], lists: Self.service(), logger: log.logger)
    script.turn()
    script.network.opens(script.first)
    script.trade(1)
    return script
  }

  private static let all = InstrumentListTests.list(["BTC-USD", "ETH-USD"])

  @Test func aHaltedInstrumentIsDownUntilItIsTradedAgain() throws {
    let script = try script()
    script.begin(with: Self.all)
    script.pass(.seconds(5))
    let before = log.lines.count
    script.begin(with: InstrumentListTests.list(["ETH-USD"], halted: ["BTC-USD": "BREAK"]))
    script.pass(.seconds(5))
    #expect(log.lines.dropFirst(before) == ["tiny trades of BTC-USD: down: not traded now: BREAK"])
    let halted = log.lines.count
    script.begin(with: Self.all)
    script.pass(.seconds(2))
    #expect(log.lines.dropFirst(halted).contains("tiny trades of BTC-USD: live: traded again"))
    #expect(log.lines.dropFirst(halted).allSatisfy { !$0.contains("BTC-USD: down") })
  }

  /// The market's own data counts for more than a list that may be late.
  @Test func dataOfAHaltedInstrumentMakesItLive() throws {
    let script = try script()
    script.pass(.seconds(2))
    script.begin(with: InstrumentListTests.list(["ETH-USD"], halted: ["BTC-USD": "BREAK"]))
    script.pass(.seconds(5))
    let halted = log.lines.count
    script.trade(2)
    script.pass(.seconds(15))
    #expect(log.lines.dropFirst(halted).contains("tiny trades of BTC-USD: live"))
  }

  @Test func aDelistedInstrumentIsDownWithNearNames() throws {
    let script = try script()
    script.begin(with: Self.all)
    script.begin(with: InstrumentListTests.list(["ETH-USD", "BTC-USDT"]))
    script.turn(2)
    #expect(log.lines.contains("tiny trades of BTC-USD: down: tiny does not list BTC-USD; near: BTC-USDT"))
  }

  @Test func aNewInstrumentIsAStatusEvent() throws {
    let script = try script()
    script.begin(with: Self.all)
    script.turn()
    #expect(!log.lines.contains("tiny SOL-USD: live: newly listed"))
    script.begin(with: InstrumentListTests.list(["BTC-USD", "ETH-USD", "SOL-USD"]))
    script.turn(2)
    #expect(log.lines.contains("tiny SOL-USD: live: newly listed"))
    // The first list of a run is no news.
    #expect(log.lines.count { $0.hasSuffix("newly listed") } == 1)
  }
}

/// What a run tells of its markets.
private final class StatusLog: Sendable {
  private let kept = Mutex<[String]>([])

  var lines: [String] { kept.withLock { $0 } }

  var logger: Logger {
    var logger = Logger(label: "test") { _ in Handler(log: self) }
    logger.logLevel = .debug
    return logger
  }

  private struct Handler: LogHandler {
    let log: StatusLog
    var logLevel = Logger.Level.debug
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { log.kept.withLock { $0.append("\(event.message)") } }
  }
}
