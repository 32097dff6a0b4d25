import Testing

@testable import ArbdFramework

@Suite struct ProbeTests {
  @Test func aVenueThatServesEverythingIsGood() {
    var script = ProbeScript()
    #expect(script.outputs == [.open(ConnectionID(index: 0), script.probe.request)])
    script.open()
    #expect(script.outputs.dropFirst() == [.ping(ConnectionID(index: 0)), .send(ConnectionID(index: 0), "+BTC-USD")])
    script.particulars?.lookup = .milliseconds(12)
    script.particulars?.connect = .microseconds(1_540)
    script.particulars?.tls = .milliseconds(31)
    script.particulars?.certificateEnd = Timestamp(
      microseconds: ProbeScript.wallClock.microseconds + 41 * 86_400_000_000)
    script.pong()
    script.advance(by: .milliseconds(340))
    script.receive("ack BTC-USD", "trade BTC-USD -20000", "trade BTC-USD -30000", "trade BTC-USD -90000")
    #expect(!script.probe.isFinished, "a few more trades are waited for")
    script.receive("trade BTC-USD -40000", "trade BTC-USD -10000")
    #expect(script.probe.isFinished)
    #expect(
      FindingTable(script.findings, .unicode).text == """
        ✓  sources[0] probed  host           feed.probed.example found (12 ms)
        ✓  sources[0] probed  connection     TCP to 192.0.2.1:443 (1.5 ms)
        ✓  sources[0] probed  TLS            the certificate holds until 2027-02-25, another 41 days (31 ms)
        ✓  sources[0] probed  WebSocket      open
        ✓  sources[0] probed  subscriptions  1 of 1 acknowledged
        ✓  sources[0] probed  first data     1 of 1 streams, the last after 400 ms
        ✓  sources[0] probed  round trip     20 ms from ping to pong
        ✓  sources[0] probed  clock          −30 ms (the venue's time − time of arrival here, median of 5): how old data \
        is when it gets here
        8 checks: 8 good, 0 failed

        """)
  }

  @Test func withoutMoreTradesItEndsAfterASecond() {
    var script = ProbeScript()
    script.open()
    script.pong()
    script.receive("ack BTC-USD", "trade BTC-USD -20000")
    #expect(script.probe.deadline == script.now + .seconds(1))
    script.advance(by: .seconds(1))
    #expect(script.probe.isFinished)
    #expect(script.report["clock"]?.hasPrefix("good −20 ms") == true)
  }

  struct Failing: Sendable {
    let stage: NetworkFailure.Stage
    var hasAddress = false
    /// Of host, connection, TLS and WebSocket.
    let verdicts: [Finding.Verdict]
  }

  static let failures = [
    Failing(stage: .resolve, verdicts: [.failed, .unknown, .unknown, .unknown]),
    Failing(stage: .connect, verdicts: [.good, .failed, .unknown, .unknown]),
    Failing(stage: .tls, hasAddress: true, verdicts: [.good, .good, .failed, .unknown]),
    Failing(stage: .handshake, hasAddress: true, verdicts: [.good, .good, .good, .failed]),
    // An address that is none.
    Failing(stage: .handshake, verdicts: [.failed, .unknown, .unknown, .unknown]),
  ]

  @Test(arguments: failures.indices)
  func whatRestsOnAFailureIsUnknown(index: Int) {
    let failing = Self.failures[index]
    var script = ProbeScript()
    if failing.hasAddress {
      script.particulars = SocketParticulars()
      script.particulars?.address = "192.0.2.1:443"
      script.advance()
    }
    script.fail(NetworkFailure(failing.stage, "it broke"))
    #expect(script.probe.isFinished)
    #expect(script.findings.map(\.verdict) == failing.verdicts + [.unknown, .unknown, .unknown, .unknown])
    #expect(script.findings.filter { $0.verdict == .failed }.map(\.text) == ["it broke"])
    #expect(script.findings.allSatisfy { !$0.text.contains("secret") })
  }

  @Test func withoutTLSThereIsNoLineOfIt() {
    let script = ProbeScript(endpoint: "ws://127.0.0.1:9")
    #expect(!script.findings.map(\.check).contains("TLS"))
  }

  @Test func aVenueThatSaysNothingFailsInTime() {
    var script = ProbeScript()
    script.open()
    script.advance(by: .seconds(9))
    #expect(!script.probe.isFinished)
    script.advance(by: .seconds(1))
    #expect(script.probe.isFinished)
    #expect(script.report["WebSocket"] == "good open")
    #expect(
      script.report["subscriptions"] == "failed 0 of 1 acknowledged; no answer within 10 s for trades of BTC-USD")
    #expect(script.report["first data"] == "unknown no stream is acknowledged")
    #expect(
      script.report["round trip"]
        == "failed no pong within 10 s: a dead connection would not be told from a quiet one")
    #expect(script.report["clock"] == "unknown no data came that has a time of its own")
  }

  @Test func aNetworkThatNeverAnswersIsGivenUp() {
    var script = ProbeScript()
    script.advance(by: .seconds(15))
    #expect(script.probe.isFinished)
    #expect(script.report["host"] == "unknown not looked up")
    #expect(script.report["connection"] == "failed it was not open within 10 s")
  }

  @Test func aRefusedStreamIsNamedAndNotWaitedFor() {
    var script = ProbeScript(["BTC-USD", "XYZ-USD"])
    script.open()
    script.pong()
    script.receive("ack BTC-USD", "refuse XYZ-USD", "trade BTC-USD -10")
    script.advance(by: .seconds(1))
    #expect(script.probe.isFinished)
    #expect(script.report["subscriptions"] == "failed 1 of 2 acknowledged; trades of XYZ-USD refused: not listed")
    #expect(script.report["first data"]?.hasPrefix("good 1 of 1 streams") == true)
  }

  @Test func dataProvesASubscription() {
    var script = ProbeScript()
    script.open()
    script.receive("trade BTC-USD -10")
    script.advance(by: .seconds(10))
    #expect(script.report["subscriptions"] == "good 0 of 1 acknowledged; 1 not, but their data came")
  }

  @Test(arguments: [
    ("ack BTC-USD", "a quiet market needs longer"),
    ("heartbeat", "the venue's heartbeats come, so the market may be quiet"),
  ])
  func dataThatDoesNotComeIsAFailure(frame: String, hint: String) {
    var script = ProbeScript()
    script.open()
    script.receive("ack BTC-USD", frame)
    script.advance(by: .seconds(10))
    #expect(
      script.report["first data"]
        == "failed 0 of 1 streams; none within 10 s of trades of BTC-USD (\(hint): --timeout)")
  }

  @Test func framesThatCannotBeReadFail() {
    var script = ProbeScript()
    script.open()
    script.receive("what", "is", "ack BTC-USD", "trade BTC-USD -1")
    #expect(script.report["frames"] == "failed 2 could not be read, the first: malformed_json at byte 0")
  }

  @Test func aLossExplainsWhatIsMissing() {
    var script = ProbeScript()
    script.open()
    script.receive("error")
    script.probe.take(.closed(ConnectionID(index: 0), code: 1_008, reason: "the peer closed the connection: go away"))
    script.advance()
    #expect(script.probe.isFinished)
    let text = script.report["subscriptions"]
    #expect(text?.hasSuffix("; the venue says: on strike; the peer closed the connection: go away") == true)
    #expect(script.report["round trip"] == "failed the peer closed the connection: go away")
  }

  @Test func connectionsAreOneSource() {
    var script = ProbeScript(["A-USD", "B-USD", "C-USD"])
    #expect(script.probe.sockets.count == 3)
    // One attempt in the venue's minute, so the others have to stay out.
    #expect(script.outputs.count == 1)
    script.open()
    script.advance(by: .seconds(10))
    #expect(
      script.report["connection"]
        == "failed probed allows no further attempt to connect for 60 s (2 of 3 connections)")
    #expect(script.report["WebSocket"] == "good 1 of 3 connections open")
  }

  @Test(arguments: [
    ([], "unknown no data came"), ([0, 0], "unknown no data came"),
    ([-2_000_000], "good −2.0 s (the venue's time − time of arrival here, median of 1): how old data is"),
    ([-2_000_001], "failed −2.0 s (the venue's time − time of arrival here, median of 1): this machine's clock is"),
    ([1_500], "good +1.5 ms (the venue's time − time of arrival here, median of 1): this machine's clock is behind"),
    (
      [1, 9_000_000, 5_000_000],
      "failed +5.0 s (the venue's time − time of arrival here, median of 3): this machine's clock is slow, and records "
        + "more than 2.0 s ahead are rejected"
    ),
  ])
  func comparesClocks(offsets: [Int64], words: String) {
    var clock = ClockOffset()
    let received = Timestamp(microseconds: 1_000_000_000)
    for offset in offsets {
      clock.note(eventTime: Timestamp(microseconds: received.microseconds + offset), receiveTime: received)
    }
    let finding = ClockOffset.finding("x", clock.samples, limit: .seconds(2))
    #expect("\(finding.verdict) \(finding.text)".hasPrefix(words), "\(finding.text)")
  }
}
