import Foundation
import Testing

/// `arbd doctor` against real sockets and files.
@Suite(.timeLimit(.minutes(5))) struct DoctorTests {
  private let daemon: Daemon

  init() throws { daemon = try Daemon() }

  /// What it says, by subject and check: the mark and the text.
  private struct Report {
    let status: Int32
    let text: String
    let errors: String
    private var lines: [(words: [String], line: String)] {
      text.split(separator: "\n").map { line in (line.split(separator: " ").map(String.init), String(line)) }
    }

    init(_ result: Invocation.Result) {
      (status, text, errors) = (result.status, result.text, result.errors)
    }

    /// The line of a check, its columns one space apart.
    subscript(_ place: String, _ check: String) -> String? {
      lines.map(\.words).first { $0.count > 3 && $0[1] == place && $0[3...].joined(separator: " ").hasPrefix(check) }
        .map { ([$0[0]] + $0[3...]).joined(separator: " ") }
    }

    var summary: String { lines.last?.line ?? "" }
    var marks: [Character] { lines.dropLast().compactMap(\.line.first) }
  }

  private func examine(
    _ sources: String, detectors: String = "", sinks: String = #"{"type":"console"}"#, timeout: String = "10s",
    locale: String = "C.UTF-8"
  ) async throws -> Report {
    try daemon.file("config.json", #"{"sources":[\#(sources)],"detectors":[\#(detectors)],"sinks":[\#(sinks)]}"#)
    // Attempts to connect are remembered; not with those of other tests.
    let command = "\"$ARBD\" doctor --config config.json --timeout \(timeout)"
    let result = try await daemon.shell("XDG_STATE_HOME=. LC_ALL=\(locale) exec \(command)")
    #expect(result.signal == nil)
    return Report(result)
  }

  /// A simulator with these faults from the start, and where its Coinbase is.
  private func simulate(_ faults: String..., more: [String] = []) async throws -> (Invocation, endpoint: String) {
    let simulator = try daemon.start(
      ["simulate", "--venue", "coinbase=BTC-USD,ETH-USD", "--rate", "50"] + more
        + faults.flatMap { ["--fault", "0s coinbase \($0) 1h"] })
    try await simulator.wait("the simulator") { simulator.outputSoFar.contains("\n") }
    let line = try #require(simulator.outputSoFar.split(separator: "\n").first)
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    return (simulator, try #require(object?["websocket"] as? String))
  }

  private static func coinbase(_ endpoint: String, _ instrument: String = "BTC-USD", more: String = "") -> String {
    #"{"type":"coinbase","endpoint":"\#(endpoint)","instruments":["\#(instrument)"]\#(more)}"#
  }

  // MARK: All is well

  @Test func whatIsSimulatedIsGood() async throws {
    let report = try await examine(
      #"{"type":"coinbase","endpoint":"simulator","instruments":["BTC-USD"]},"#
        + #"{"type":"binance","endpoint":"simulator","instruments":["BTC-USDT"],"channels":["trades","quotes"]}"#,
      detectors: #"{"name":"btc","type":"spread","instrument":"BTC-USD","venues":["coinbase","binance"],"#
        + #""treat_as_equal":[["USD","USDT"]],"window":{"size":"1s"}}"#,
      sinks: #"{"type":"console"},{"type":"jsonl","path":"out.jsonl"}"#)
    #expect(report.status == 0, "\(report.errors)")
    #expect(report.marks == Array(repeating: "✓", count: 19), "\(report.text)")
    #expect(report.summary == "19 checks: 19 good, 0 failed")
    #expect(report["sources[1]", "subscriptions"] == "✓ subscriptions 2 of 2 acknowledged")
    #expect(report["detectors[0]", "markets"] == "✓ markets trades of coinbase BTC-USD, binance BTC-USDT")
    #expect(try daemon.content("out.jsonl").isEmpty, "nothing is delivered")
  }

  /// The configuration that comes with arbd, its venues' addresses replaced.
  @Test func theLiveConfigurationIsGoodAgainstTheSimulator() async throws {
    let file = Daemon.project.appendingPathComponent("Configs/live.json")
    var configuration = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    configuration["$schema"] = nil
    var sources = try #require(configuration["sources"] as? [[String: Any]])
    try #require(sources.count == 5)
    let venues = try sources.map { source in
      let instruments = try #require(source["instruments"] as? [String])
      return "\(try #require(source["type"] as? String))=\(instruments.joined(separator: ","))"
    }
    let simulator = try daemon.start(
      ["simulate", "--rate", "20", "--quote-rate", "20"] + venues.flatMap { ["--venue", $0] })
    try await simulator.wait("the simulator") { simulator.outputSoFar.count { $0 == "\n" } >= venues.count }
    let lines = simulator.outputSoFar.split(separator: "\n").prefix(venues.count)
    let endpoints = try lines.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
    for place in sources.indices {
      let venue = sources[place]["type"] as? String
      let endpoint = endpoints.first { $0?["venue"] as? String == venue }
      sources[place]["endpoint"] = try #require(endpoint??["websocket"])
      sources[place]["channels"] = ["trades", "quotes", "book"]
    }
    configuration["sources"] = sources
    try daemon.file(
      "config.json", String(decoding: try JSONSerialization.data(withJSONObject: configuration), as: UTF8.self))
    let report = Report(
      try await daemon.shell("LC_ALL=C.UTF-8 exec \"$ARBD\" doctor --config config.json --timeout 10s"))
    #expect(report.status == 0, "\(report.errors) \(report.text)")
    #expect(report.marks.allSatisfy { $0 == "✓" } && report.marks.count >= 40, "\(report.text)")
    for (place, source) in sources.enumerated() {
      let count = 3 * (source["instruments"] as? [String] ?? []).count
      #expect(report["sources[\(place)]", "subscriptions"] == "✓ subscriptions \(count) of \(count) acknowledged")
    }
    simulator.send(SIGTERM)
  }

  @Test func aSinkIsLeftAsItIs() async throws {
    try daemon.file("out.jsonl", "half a li")
    try daemon.file("records.jsonl", Record.trade(1, at: 1) + "\n")
    let report = try await examine(
      #"{"type":"replay","path":"records.jsonl"}"#, sinks: #"{"type":"jsonl","path":"out.jsonl"}"#)
    #expect(report.status == 0)
    #expect(report["sources[0]", "first line"] == "✓ first line decoded")
    #expect(try daemon.content("out.jsonl") == Data("half a li".utf8))
  }

  @Test func tellsUntilWhenACertificateHolds() async throws {
    try await makeCertificate()
    let (simulator, endpoint) = try await simulate(
      more: ["--tls-certificate", daemon.path("own.pem"), "--tls-key", daemon.path("own.key")])
    let address = endpoint.replacing("127.0.0.1", with: "localhost")
    let report = try await examine(Self.coinbase(address, more: #","ca_file":"own.pem""#))
    #expect(report.status == 0, "\(report.text)")
    #expect(
      report["sources[0]", "TLS"]?.wholeMatch(
        of: /✓ TLS the certificate holds until \d{4}-\d\d-\d\d, another (29|30) days \(.* ms\)/) != nil,
      "\(report.text)")
    simulator.send(SIGTERM)
  }

  @Test func whatARunTakesForItselfIsFree() async throws {
    try daemon.file("records.jsonl", Record.trade(1, at: 1) + "\n")
    try daemon.file("file", "")
    func report(_ places: String) async throws -> Report {
      try daemon.file(
        "config.json",
        #"{"sources":[{"type":"replay","path":"records.jsonl"}],"sinks":[{"type":"console"}],\#(places)}"#)
      return Report(try await daemon.shell("LC_ALL=C.UTF-8 exec \"$ARBD\" doctor --config config.json"))
    }
    func line(_ report: Report, _ subject: String) -> String? {
      report.text.split(separator: "\n").first { $0.dropFirst(3).hasPrefix(subject + " ") }
        .map { $0.split(separator: " ").joined(separator: " ") }
    }
    let free = try await report(
      #""state":{"path":"made/of/two"},"http":{"listen":"127.0.0.1:0"},"control":{"path":"c.sock"}"#)
    #expect(free.status == 0, "\(free.text)")
    #expect(line(free, "state") == "✓ state folder made/of/two can be used", "\(free.text)")
    #expect(line(free, "control") == "✓ control socket c.sock can be made")
    #expect(!FileManager.default.fileExists(atPath: daemon.path("made")), "nothing is made")

    let silent = try SilentServer()
    let taken = try await report(
      #""state":{"path":"file"},"http":{"listen":"127.0.0.1:\#(silent.port)"},"control":{"path":"file"}"#)
    #expect(taken.status == 1)
    #expect(line(taken, "state") == "✗ state folder file is no folder", "\(taken.text)")
    #expect(line(taken, "http") == "✗ http address Address already in use")
    #expect(line(taken, "control") == "✗ control socket there is something that is no socket")

    let long = try await report(
      #""state":{"path":"file/deep"},"control":{"path":"\#(String(repeating: "x", count: 120))"}"#)
    #expect(line(long, "state")?.hasPrefix("✗ state folder cannot look at file/deep: ") == true, "\(long.text)")
    #expect(line(long, "control") == "✗ control socket longer than the 107 bytes that a socket's path can have")
  }

  // MARK: Something is wrong

  @Test func aSelfSignedCertificateIsRefused() async throws {
    try await makeCertificate()
    let (simulator, endpoint) = try await simulate(
      more: ["--tls-certificate", daemon.path("own.pem"), "--tls-key", daemon.path("own.key")])
    let report = try await examine(Self.coinbase(endpoint.replacing("127.0.0.1", with: "localhost")))
    #expect(report.status == 1)
    #expect(
      report["sources[0]", "TLS"] == "✗ TLS the certificate of localhost is self-signed and not a trusted one",
      "\(report.text)")
    #expect(report["sources[0]", "WebSocket"] == "– WebSocket not reached")
    simulator.send(SIGTERM)
  }

  @Test func aPortWithoutAServerIsRefused() async throws {
    let silent = try SilentServer(answers: false)
    let report = try await examine(Self.coinbase("ws://127.0.0.1:\(silent.port)"), locale: "C")
    #expect(report.status == 1)
    #expect(
      report["sources[0]", "connection"]
        == "FAIL connection cannot connect to 127.0.0.1:\(silent.port): Connection refused", "\(report.text)")
    #expect(report.summary == "9 checks: 2 good, 2 failed, 5 not possible")
    #expect(report.text.utf8.allSatisfy { $0 < 0x80 })
  }

  @Test(arguments: ["ws", "wss"])
  func aServerThatSaysNothingIsNotWaitedForLong(scheme: String) async throws {
    let silent = try SilentServer()
    let report = try await examine(Self.coinbase("\(scheme)://127.0.0.1:\(silent.port)/feed"), timeout: "1s")
    #expect(report.status == 1)
    #expect(report["sources[0]", "connection"]?.hasPrefix("✓ connection ") == true)
    let (check, reason) =
      scheme == "ws"
      ? ("WebSocket", "ws://127.0.0.1:\(silent.port)/feed did not answer in time")
      : ("TLS", "agreeing on TLS with 127.0.0.1:\(silent.port) took too long")
    #expect(report["sources[0]", check] == "✗ \(check) \(reason)", "\(report.text)")
    #expect(report["sources[0]", "clock"] == "– clock there is no connection")
  }

  @Test func anInstrumentThatIsNotListedIsRefused() async throws {
    let (simulator, endpoint) = try await simulate()
    let report = try await examine(Self.coinbase(endpoint, "DOGE-USD"))
    #expect(report.status == 1)
    #expect(
      report["sources[0]", "subscriptions"]?.hasPrefix(
        "✗ subscriptions 0 of 1 acknowledged; trades of DOGE-USD refused: ") == true, "\(report.text)")
    #expect(report["sources[0]", "first data"] == "– first data no stream is acknowledged")
    simulator.send(SIGTERM)
  }

  @Test(arguments: [
    ("mute", "first data", "✗ first data 0 of 1 streams; none within 3 s of trades of BTC-USD"),
    ("no-pong", "round trip", "✗ round trip no pong within 3 s"),
    ("ignore-subscriptions", "subscriptions", "✗ subscriptions 0 of 1 acknowledged; no answer within 3 s"),
    ("status 403", "WebSocket", "✗ WebSocket "),
    ("wrong-accept", "WebSocket", "✗ WebSocket "),
    ("skew 60s", "clock", "✗ clock +"),
    ("skew -60s", "clock", "✗ clock −"),
  ])
  func aFaultShowsWhereItIs(fault: String, check: String, words: String) async throws {
    let (simulator, endpoint) = try await simulate(fault)
    let report = try await examine(Self.coinbase(endpoint), timeout: "3s")
    #expect(report.status == 1)
    #expect(report["sources[0]", check]?.hasPrefix(words) == true, "\(report.text)")
    simulator.send(SIGTERM)
  }

  @Test func filesThatCannotBeUsedAreNamed() async throws {
    try daemon.file("bad.jsonl", "{\n" + Record.trade(1, at: 1) + "\n")
    try daemon.file("empty.jsonl", "")
    let report = try await examine(
      #"{"type":"replay","path":"gone.jsonl"},{"type":"replay","path":"bad.jsonl"},"#
        + #"{"type":"replay","path":"empty.jsonl"}"#,
      detectors: #"{"name":"btc","type":"spread","instrument":"BTC-USD","venues":["coinbase","binance"],"#
        + #""window":{"size":"1s"}}"#,
      sinks: #"{"type":"jsonl","path":"no/folder/out.jsonl"}"#)
    #expect(report.status == 1)
    #expect(report["sources[0]", "open"] == "✗ open gone.jsonl: cannot open: No such file or directory")
    #expect(report["sources[0]", "first line"] == "– first line it is not open")
    #expect(report["sources[1]", "first line"] == "✗ first line bad.jsonl:1: unexpected end at byte 1")
    #expect(report["sources[2]", "first line"] == "✗ first line there is nothing in it")
    #expect(report["detectors[0]", "markets"]?.hasPrefix("– markets whether trades at coinbase, binance come") == true)
    #expect(
      report["sinks[0]", "connect"] == "✗ connect cannot open no/folder/out.jsonl: No such file or directory")
  }

  @Test func aPipeThatNobodyWritesToIsNotWaitedFor() async throws {
    _ = try await daemon.shell("mkfifo pipe")
    let report = try await examine(#"{"type":"replay","path":"pipe"}"#, timeout: "200ms")
    #expect(report.status == 1)
    #expect(report["sources[0]", "open"] == "✗ open opening it takes longer than 0.2 s")
  }

  @Test func aCaptureIsNotBegun() async throws {
    let (simulator, endpoint) = try await simulate()
    let report = try await examine(
      Self.coinbase(endpoint, more: #","record":{"path":"capture.jsonl"}"#) + ","
        + Self.coinbase(endpoint, more: #","record":{"path":"no/capture.jsonl"}"#))
    #expect(report["sources[0]", "record"] == "✓ record capture.jsonl can be written")
    #expect(report["sources[1]", "record"] == "✗ record cannot write no/capture.jsonl: No such file or directory")
    #expect(!FileManager.default.fileExists(atPath: daemon.path("capture.jsonl")))
    simulator.send(SIGTERM)
  }

  @Test func aWrongConfigurationIsNotExamined() async throws {
    let report = try await examine(#"{"type":"nonsense"}"#)
    #expect(report.status == 1)
    #expect(report.text.isEmpty)
    #expect(report.errors.contains("config.json:1:"))
  }

  private func makeCertificate() async throws {
    let result = try await daemon.shell(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout own.key -out own.pem "
        + "-subj /CN=localhost -days 30 -addext subjectAltName=DNS:localhost")
    try #require(result.status == 0, "\(result.errors)")
  }
}

/// A port on loopback where connections are accepted, by the kernel, and nothing is ever said; or refused.
private final class SilentServer: Sendable {
  let port: Int
  private let listener: Int32

  init(answers: Bool = true) throws {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && (!answers || listen(listener, 16) == 0)
          && getsockname(listener, $0, &length) == 0
      }
    }
    port = Int(UInt16(bigEndian: address.sin_port))
    guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
  }

  deinit { close(listener) }
}
