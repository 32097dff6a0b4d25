import Foundation
import OperationsTestSupport
import Testing

@Suite struct SimulateCommandTests {
  private static func lines(_ text: String) throws -> [[String: Any]] {
    try text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test func endpointsAndScheduleArePrinted() async throws {
    let daemon = try Daemon()
    let scenario = try daemon.file("scenario.json", #"{"faults":["1s coinbase drop one"]}"#)
    let result = try await daemon.run(
      "simulate", "--speed", "1000", "--duration", "1m", "--start-us", "1800000000000000", "--inject-every", "25s",
      "--inject", "10s spread BTC coinbase binance 80bps 5s", "--scenario", scenario)
    #expect(result.status == 0, "\(result.errors)")
    let lines = try Self.lines(result.text)
    #expect(lines.compactMap { $0["venue"] as? String }.prefix(2) == ["coinbase", "binance"])
    #expect((lines.first?["websocket"] as? String)?.hasPrefix("ws://127.0.0.1:") == true)
    #expect(lines.compactMap { $0["fault"] as? String } == ["coinbase drop"])
    let starts = lines.filter { $0["injection"] != nil }.compactMap { $0["start_us"] as? Int }
    #expect(starts == [10, 25, 50].map { 1_800_000_000_000_000 + $0 * 1_000_000 })
  }

  @Test func linesOnStandardInputAreObeyed() async throws {
    let daemon = try Daemon()
    let result = try await daemon.run(
      "simulate", "--schedule", daemon.path("schedule.jsonl"), "--inject-every", "30m",
      input: Data("fault coinbase drop\nfault coinbase explode\nhello\nstop\n".utf8))
    #expect(result.status == 0)
    #expect(result.errors.contains("\"explode\" is no fault"))
    #expect(result.errors.contains("\"hello\" is neither"))
    #expect(try daemon.lines("schedule.jsonl").count >= 1)
    #expect(!result.text.contains("injection"))
  }

  /// Those who come when no descriptor is left are not left waiting, and others find a place once there is one.
  @Test func whoFindsNoRoomIsTurnedAway() async throws {
    let daemon = try Daemon()
    let simulator = try daemon.startShell("ulimit -n 40; exec \"$ARBD\" simulate --venue coinbase")
    let address = #/"websocket":"ws://127.0.0.1:(\d+)/#
    try await simulator.wait("the endpoint") { simulator.outputSoFar.contains(address) }
    let port = try #require(simulator.outputSoFar.firstMatch(of: address).flatMap { UInt16($0.1) })
    let turnedAway = await inThread {
      let clients = (0..<60).compactMap { _ in try? LoopbackClient(port: port) }
      let last = clients.last
      last?.send(Array("GET /time HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".utf8))
      return last?.readToEnd()
    }
    #expect(turnedAway == "")
    let deadline = ContinuousClock.now + Daemon.patience
    var answer: LoopbackAnswer?
    while answer == nil, ContinuousClock.now < deadline {
      answer = await LoopbackAnswer.exchange(
        "GET /time HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", port: port
      ).flatMap { LoopbackAnswer($0) }
    }
    #expect(answer?.status == 200)
    simulator.send(SIGTERM)
  }

  @Test(arguments: [
    (["--venue", "mtgox"], "the simulator has coinbase, binance, kraken"),
    (["--venue", "coinbase=BTCUSD"], "no instrument"),
    (["--port", "mtgox=1"], "--port mtgox=1"), (["--fault", "1s coinbase explode"], "explode"),
    (["--inject", "1s triangle coinbase BTC-USD 10 5s"], "no triangle"), (["--tls-key", "key.pem"], "belong together"),
    (["--speed", "0"], "speed"), (["--rate", "-1"], "rate"), (["--book-depth", "0"], "depth"),
    (["--scenario", "nothing.json"], "nothing.json"),
    (["--venue", "coinbase=B/C-USD"], "cannot be"), (["--listen", "::1"], "no IPv4 address"),
  ])
  func mistakesAreExplained(arguments: [String], part: String) async throws {
    let result = try await Daemon().start(["simulate"] + arguments).result()
    #expect(result.status != 0)
    #expect(result.errors.contains(part), "\(result.errors)")
  }
}
