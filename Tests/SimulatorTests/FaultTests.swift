import ArbdFramework
import ArbdSimulator
import ArbdTransport
import Testing

@Suite struct FaultTests {
  @Test(arguments: [
    ("coinbase stall 5s", Fault(.coinbase, .stall(.seconds(5)))),
    ("coinbase stall", Fault(.coinbase, .stall(.seconds(366 * 86_400)))),
    ("binance close", Fault(.binance, .close(.goingAway))),
    ("binance close 1012", Fault(.binance, .close(CloseCode(rawValue: 1012)))),
    ("coinbase drop one", Fault(.coinbase, .drop, hitsOne: true)),
    ("coinbase frame truncated", Fault(.coinbase, .frame(.truncated))),
    ("coinbase status 503 10s", Fault(.coinbase, .status(503, .seconds(10)))),
    ("coinbase skew -5s 10s", Fault(.coinbase, .skew(by: .seconds(-5), .seconds(10)))),
    ("coinbase burst 2s", Fault(.coinbase, .burst(.seconds(2), factor: 100))),
    ("coinbase skip 3", Fault(.coinbase, .skip(3))),
    ("kraken wrong-checksum 2", Fault(.kraken, .wrongChecksum(2))), ("okx lose-updates", Fault(.okx, .loseUpdates(1))),
    ("coinbase_advanced no-snapshot", Fault(.coinbaseAdvanced, .noSnapshot(1))),
    ("bybit halt 1h", Fault(.bybit, .halt(.seconds(3_600)))),
  ])
  func faultsAreRead(text: String, fault: Fault) throws {
    #expect(try Fault(text) == fault)
    #expect(try ScheduledFault("30s " + text) == ScheduledFault(at: .seconds(30), fault))
  }

  @Test(arguments: [
    ("coinbase", "form"), ("mtgox drop", "mtgox"), ("coinbase explode", "explode"), ("coinbase drop now", "now"),
    ("coinbase refuse", "missing"), ("coinbase refuse soon", "soon"), ("coinbase close 1005", "1005"),
    ("coinbase close 99", "1000 to 4999"), ("coinbase frame round", "garbage"), ("coinbase skip 0", "1 to"),
  ])
  func mistakesAreNamed(text: String, part: String) {
    let error = #expect(throws: ScenarioError.self) { try Fault(text) }
    #expect(error?.description.contains(part) == true, "\(String(describing: error))")
  }

  @Test func everyFaultIsInTheGrammar() throws {
    let samples = [
      "stall", "close", "drop", "frame json", "drip 1s", "refuse 1s", "status 403 1s", "wrong-accept 1s", "no-pong 1s",
      "refuse-subscriptions 1s", "ignore-subscriptions 1s", "mute 1s", "skip", "wrong-sequence", "duplicate", "reorder",
      "skew 1s 1s", "burst 1s", "halt 1s", "lose-updates", "repeat-updates", "reorder-updates", "wrong-checksum",
      "no-snapshot",
    ]
    let named = Fault.grammar.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
    #expect(named == samples.compactMap { $0.split(separator: " ").first.map(String.init) })
    for sample in samples { #expect(try "\(Fault("binance " + sample))".hasPrefix("binance \(sample.prefix(4))")) }
  }
}
